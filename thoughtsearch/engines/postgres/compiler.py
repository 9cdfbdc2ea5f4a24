"""Compile the query tree for PostgreSQL: one tsquery for what a tsquery can say, and conditions on the row for the rest.

PostgreSQL parses no text of the user. A tsquery is built of analysed terms, each inside quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...query.tree import (
    AgentIn,
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
    scoring_phrases,
)
from .frequency import MOST_POSITIONS, counted, crowded, crowded_by, words_of
from .jsonb import meta_condition
from .lexeme import phrase_expression

# PostgreSQL knows times beyond these, and Python does not. A thought with such a time counts as one without a time.
_FIRST, _LAST = "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"


_FEW_TAGS = 64


@dataclass(slots=True)
class Compiled:
    """AND joins the `conditions`. `phrases` are the ones that score, each as often as it scores."""

    phrases: tuple[Phrase, ...] = ()
    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any, kind: str) -> str:
        """Keep the value as a parameter, and return its placeholder, of this SQL type."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{kind}"

    def text(self) -> str:
        """All conditions, each beginning with AND."""
        return "".join(f" AND {one}" for one in self.conditions)


def compile_tree(node: Node, among: Sequence[Phrase] | None = None) -> Compiled:
    """The tree as conditions. With `among`, only for thoughts that hold one of these phrases.

    AgentNamed must have been resolved.
    """
    compiled = Compiled(scoring_phrases(node))
    parts: list[Node] = list(node.children) if isinstance(node, And) else [node]
    if among is not None:
        # A thought that holds one of these also holds one of all phrases. To ask for both would look it up twice.
        parts = [part for part in parts if not (isinstance(part, Or) and part.children == compiled.phrases)]
        parts.append(Or(tuple(among)))
    in_index = [part for part in parts if _is_text(part)]
    if any(not isinstance(part, Not) for part in in_index):
        # One tsquery, so that one scan of the index answers all of it.
        compiled.conditions.append(_condition(And(tuple(in_index)), compiled))
        parts = [part for part in parts if part not in in_index]
    compiled.conditions += [_condition(part, compiled) for part in parts if not isinstance(part, MatchAll)]
    return compiled


def _is_text(part: Node) -> bool:
    return expression(part.child if isinstance(part, Not) else part) is not None


def expression(node: Node) -> str | None:
    """The node as a tsquery that accepts the same thoughts and that the index can answer. None where there is none."""
    if isinstance(node, Phrase):
        return phrase_expression(node)
    if isinstance(node, (Should, NonScoring)):
        return expression(node.child)
    if isinstance(node, Or):
        parts = [expression(child) for child in node.children]
        return None if None in parts else "(" + " | ".join(part or "" for part in dict.fromkeys(parts)) + ")"
    if isinstance(node, And):
        wanted = [expression(child) for child in node.children if not isinstance(child, Not)]
        unwanted = [expression(child.child) for child in node.children if isinstance(child, Not)]
        if not wanted or None in wanted or None in unwanted:
            return None
        negated = [f"!{part}" for part in unwanted]
        return "(" + " & ".join([*(part or "" for part in wanted), *negated]) + ")"
    return None


def _condition(node: Node, compiled: Compiled) -> str:
    """The node as an SQL condition. NULL means false, also under NOT."""
    text = expression(node)
    if text is not None:
        return _in_vector(node, text, compiled)
    return _composed(node, compiled)


def _in_vector(node: Node, text: str, compiled: Compiled) -> str:
    """Ask the index. Where the vector may lack positions of a phrase's words, test phrase by phrase."""
    found = f"(t.search_vector @@ {compiled.bind(text, 'tsquery')})"
    if next(_phrases(node), None) is None:
        return found
    if isinstance(node, Phrase):
        exact = f"{found} OR {crowded(node, compiled.bind)} AND {counted(node, compiled.bind)} > 0"
    else:
        words = dict.fromkeys(word for phrase in _phrases(node) for word in words_of(phrase))
        exact = f"CASE WHEN {crowded_by(list(words), compiled.bind)} THEN {_composed(node, compiled)} ELSE {found} END"
    candidates = compiled.bind(expression(_without_order(node)), "tsquery")
    return (
        f"((t.search_vector @@ {candidates}) AND CASE WHEN t.search_length <= {MOST_POSITIONS} THEN {found} "
        f"ELSE {exact} END)"
    )


def _phrases(node: Node) -> Iterator[Phrase]:
    """The phrases of more than one word, whatever stands above them."""
    if isinstance(node, Phrase):
        if len(node.words) > 1:
            yield node
    elif isinstance(node, (And, Or)):
        for child in node.children:
            yield from _phrases(child)
    elif isinstance(node, (Not, Should, NonScoring)):
        yield from _phrases(node.child)


def _without_order(node: Node) -> Node:
    """A node that accepts at least as much: the words of phrases may stand anywhere, and nothing is excluded."""
    if isinstance(node, Phrase):
        words = [Phrase((word,)) for word in node.words[:-1]]
        return And((*words, Phrase(node.words[-1:], node.prefix)))
    if isinstance(node, And):
        return And(tuple(_without_order(child) for child in node.children if not isinstance(child, Not)))
    if isinstance(node, Or):
        return Or(tuple(map(_without_order, node.children)))
    return _without_order(node.child) if isinstance(node, (Should, NonScoring)) else node


def _composed(node: Node, compiled: Compiled) -> str:
    if isinstance(node, Phrase):
        return _condition(node, compiled)
    if isinstance(node, Not):
        return f"NOT coalesce({_condition(node.child, compiled)}, false)"
    if isinstance(node, (And, Or)):
        joint = " AND " if isinstance(node, And) else " OR "
        return "(" + joint.join(_condition(child, compiled) for child in _with_text_together(node)) + ")"
    if isinstance(node, (Should, NonScoring)):
        return _condition(node.child, compiled)
    return _row_condition(node, compiled)


def _with_text_together(node: And | Or) -> Sequence[Node]:
    """The children. Where only some are text, all of the text becomes one child, which reads the vector once."""
    text = tuple(child for child in node.children if expression(child) is not None)
    if len(text) < 2 or len(text) == len(node.children):
        return node.children
    return [type(node)(text), *(child for child in node.children if child not in text)]


def _row_condition(node: Node, compiled: Compiled) -> str:
    bind = compiled.bind
    if isinstance(node, MatchAll):
        return "true"
    if isinstance(node, Literal):
        return f"(pg_catalog.strpos(t.thought_content, {bind(node.text, 'text')}) > 0)"
    if isinstance(node, AgentIn):
        return f"(t.ai_id = ANY({bind(list(node.ids), 'bigint[]')}))"
    if isinstance(node, SessionIs):
        return f"(t.session_id = {bind(node.session_id, 'bigint')})"
    if isinstance(node, SessionIn):
        return f"(t.session_id = ANY({bind(list(node.ids), 'bigint[]')}))"
    if isinstance(node, TypeIs):
        return f"(t.thought_type = {bind(node.value, 'text')})"
    if isinstance(node, TypeIn):
        return f"(t.thought_type = ANY({bind(list(node.values), 'text[]')}))"
    if isinstance(node, TagIs):
        return f"(t.tags OPERATOR(pg_catalog.@>) {bind([node.value], 'text[]')})"
    if isinstance(node, TagAll):
        return f"(t.tags OPERATOR(pg_catalog.@>) {bind(list(node.values), 'text[]')})"
    if isinstance(node, TagIn):
        return _any_tag(node, compiled)
    if isinstance(node, CycleIn):
        return _between("t.cycle_number", node.low, ("<=", node.high), "bigint", compiled)
    if isinstance(node, CreatedIn):
        start, end = (moment.isoformat() if isinstance(moment, datetime) else None for moment in (node.start, node.end))
        upper = ("<", end) if end else ("<=", _LAST)
        return _between("t.created_at", start or _FIRST, upper, "timestamptz", compiled)
    assert isinstance(node, Meta), node
    return meta_condition(node, compiled.bind)


def _any_tag(node: TagIn, compiled: Compiled) -> str:
    wanted = compiled.bind(list(node.values), "text[]")
    if len(node.values) <= _FEW_TAGS:
        return f"(t.tags OPERATOR(pg_catalog.&&) {wanted})"
    # Where the index doesn't answer &&, it compares each tag of a row with each of these. This looks them up instead.
    return f"EXISTS (SELECT 1 FROM pg_catalog.unnest(t.tags) AS u(tag) WHERE u.tag = ANY({wanted}))"


def _between(column: str, low: Any, upper: tuple[str, Any], kind: str, compiled: Compiled) -> str:
    sign, high = upper
    parts = [] if low is not None or high is not None else [f"{column} IS NOT NULL"]
    if low is not None:
        parts.append(f"{column} >= {compiled.bind(low, kind)}")
    if high is not None:
        parts.append(f"{column} {sign} {compiled.bind(high, kind)}")
    return "(" + " AND ".join(parts) + ")"
