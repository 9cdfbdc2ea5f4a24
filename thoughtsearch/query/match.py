"""Defines what every node means, in plain Python over one thought. The engines' compilers must agree with it.

`metadata.py` says what a metadata predicate reads of a thought, and when it reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..models import Thought
from ..text import terms
from ..text.nesting import dumps
from .predicates import holds
from .tree import (
    AgentIn,
    AgentNamed,
    And,
    CreatedIn,
    CycleIn,
    Literal,
    MatchAll,
    Meta,
    Node,
    NonScoring,
    Not,
    Or,
    Phrase,
    SessionIn,
    SessionIs,
    Should,
    TagAll,
    TagIn,
    TagIs,
    TypeIn,
    TypeIs,
)


class Document:
    """A thought and its analysed columns; each column is analysed once."""

    def __init__(self, thought: Thought) -> None:
        self.thought = thought
        self.columns = [
            terms(thought.thought_content),
            terms(thought.thought_type or ""),
            terms(",".join(thought.tags)),
        ]
        self.metadata = thought.metadata_text or dumps(dict(thought.metadata))

    def frequency(self, phrase: Phrase) -> int:
        """Count how often the phrase stands in the thought: its tf."""
        return sum(_occurrences(phrase, column) for column in self.columns)

    @property
    def length(self) -> int:
        """The number of tokens in all columns: the dl of BM25."""
        return sum(map(len, self.columns))


def _occurrences(phrase: Phrase, column: list[str]) -> int:
    *fixed, last = [word.term for word in phrase.words]
    if not fixed:
        return sum(term.startswith(last) for term in column) if phrase.prefix else column.count(last)
    size, found = len(fixed), 0
    for position in _places(fixed[0], column):
        final = column[position + size] if position + size < len(column) else None
        if final is None or column[position : position + size] != fixed:
            continue
        found += final.startswith(last) if phrase.prefix else final == last
    return found


def _places(term: str, column: list[str]) -> Iterator[int]:
    """Where the term stands in the column. This must be fast, as explaining a large page calls it for every hit."""
    position = -1
    for _ in range(column.count(term)):
        position = column.index(term, position + 1)
        yield position


def match(node: Node, thought: Thought | Document) -> bool:
    """Whether the query accepts the thought."""
    document = thought if isinstance(thought, Document) else Document(thought)
    row = document.thought
    if isinstance(node, Phrase):
        return document.frequency(node) > 0
    if isinstance(node, Literal):
        return node.text in row.thought_content
    if isinstance(node, And):
        return all(match(child, document) for child in node.children)
    if isinstance(node, Or):
        return any(match(child, document) for child in node.children)
    if isinstance(node, Not):
        return not match(node.child, document)
    if isinstance(node, (Should, NonScoring)):
        return match(node.child, document)
    return _filtered(node, document)


def _filtered(node: Node, document: Document) -> bool:
    row = document.thought
    if isinstance(node, AgentIn):
        return row.ai_id in node.ids
    if isinstance(node, SessionIs):
        return row.session_id == node.session_id
    if isinstance(node, SessionIn):
        return row.session_id in node.ids
    if isinstance(node, CycleIn):
        return _between(row.cycle_number, node.low, node.high)
    if isinstance(node, TypeIs):
        return row.thought_type == node.value
    if isinstance(node, TypeIn):
        return row.thought_type in node.values
    if isinstance(node, TagIs):
        return node.value in row.tags
    if isinstance(node, TagIn):
        return any(value in row.tags for value in node.values)
    if isinstance(node, TagAll):
        return all(value in row.tags for value in node.values)
    if isinstance(node, CreatedIn):
        return (
            row.created_at is not None
            and (node.start is None or row.created_at >= node.start)
            and (node.end is None or row.created_at < node.end)
        )
    if isinstance(node, Meta):
        return holds(node, document.metadata)
    if isinstance(node, AgentNamed):
        raise TypeError("an agent's name is resolved into numbers before a query is matched")
    assert isinstance(node, MatchAll)
    return True


def _between(value: int | None, low: int | None, high: int | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value <= high)
