"""The query as a tree. `match.py` says what each node means; each engine has a compiler that must agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """One token: as written (engines analyse that themselves) and as analysed (what is compared)."""

    text: str
    term: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side in one column; with `prefix` the last one need only begin so.

    A single word is a phrase of one. Phrases are the leaves that score.
    """

    words: tuple[Word, ...]
    prefix: bool = False

    def __str__(self) -> str:
        return " ".join(word.text for word in self.words) + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Literal:
    """These very characters in `thought_content`: for what the analyser drops (`->`, an emoji). Never scores."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them. A leaf that stands in it twice scores twice: the query term frequency of BM25."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The exact complement. Nothing below it scores."""

    child: Node


@dataclass(frozen=True, slots=True)
class Should:
    """What `child` accepts, no more and no less; the optional leaves only add to the score."""

    child: Node
    optional: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """What `child` accepts, no more and no less; nothing below it scores."""

    child: Node


@dataclass(frozen=True, slots=True)
class MatchAll:
    """Every thought."""


@dataclass(frozen=True, slots=True)
class AgentNamed:
    """Of the agent with this name or nickname in `ai_profiles`; must be resolved into AgentIn before use."""

    name: str


@dataclass(frozen=True, slots=True)
class AgentIn:
    """Of one of these agents."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SessionIs:
    """Of this session."""

    session_id: int


@dataclass(frozen=True, slots=True)
class SessionIn:
    """Of one of these sessions."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CycleIn:
    """`low <= cycle_number <= high`; None is open. A thought without a cycle number is in no range."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class TypeIs:
    """Of this thought_type, exactly."""

    value: str


@dataclass(frozen=True, slots=True)
class TypeIn:
    """Of one of these types, exactly."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagIs:
    """Has this tag, exactly."""

    value: str


@dataclass(frozen=True, slots=True)
class TagIn:
    """Has at least one of these tags, exactly."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagAll:
    """Has every one of these tags, exactly."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreatedIn:
    """`start <= created_at < end`, both aware; None is open. A thought without a readable time is in no range."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Meta:
    """A metadata predicate: `operator` is one of predicates.OPERATORS, `value` JSON data. Two-valued, never an error.

    `value` is held as canonical JSON text, so that nodes compare and hash.
    """

    path: tuple[str, ...]
    operator: str
    value: str


Node: TypeAlias = (
    Phrase
    | Literal
    | And
    | Or
    | Not
    | Should
    | Quiet
    | MatchAll
    | AgentNamed
    | AgentIn
    | SessionIs
    | SessionIn
    | CycleIn
    | TypeIs
    | TypeIn
    | TagIs
    | TagIn
    | TagAll
    | CreatedIn
    | Meta
)


def all_of(children: list[Node]) -> Node:
    """And, without needless nesting."""
    kept = _narrowed([child for child in children if not isinstance(child, MatchAll)])
    if not kept:
        return MatchAll()
    return kept[0] if len(kept) == 1 else And(tuple(kept))


def _narrowed(children: list[Node]) -> list[Node]:
    """With one interval of time for all that there are: SQLite plans each of thousands against each other one."""
    spans = [child for child in children if isinstance(child, CreatedIn)]
    if len(spans) < 2:
        return children
    start = max((span.start for span in spans if span.start), default=None)
    end = min((span.end for span in spans if span.end), default=None)
    return [*(child for child in children if not isinstance(child, CreatedIn)), CreatedIn(start, end)]


def any_of(children: list[Node]) -> Node:
    """Or, without needless nesting."""
    return children[0] if len(children) == 1 else Or(tuple(children))


def scoring_phrases(node: Node) -> tuple[Phrase, ...]:
    """The phrases that add to the score, in the order written, repeated as often as they are."""
    return tuple(_scoring(node))


def _scoring(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, (And, Or)):
        for child in node.children:
            yield from _scoring(child)
    elif isinstance(node, Should):
        yield from _scoring(node.child)
        yield from node.optional


def needs_text(node: Node) -> bool:
    """Whether whatever the node accepts holds at least one of its scoring leaves."""
    if isinstance(node, Phrase):
        return True
    if isinstance(node, And):
        return any(map(needs_text, node.children))
    if isinstance(node, Or):
        return all(map(needs_text, node.children))
    if isinstance(node, Should) and isinstance(node.child, Quiet):
        return set(scoring_phrases(node.child.child)) <= set(node.optional) and needs_text(node.child.child)
    return isinstance(node, Should) and needs_text(node.child)


def rewrite(node: Node, phrase: Any) -> Node:
    """The tree with `leaf(node)` in place of each node that has no children."""
    if isinstance(node, And):
        return And(tuple(rewrite(child, phrase) for child in node.children))
    if isinstance(node, Or):
        return Or(tuple(rewrite(child, phrase) for child in node.children))
    if isinstance(node, Not):
        return Not(rewrite(node.child, phrase))
    if isinstance(node, Quiet):
        return Quiet(rewrite(node.child, phrase))
    if isinstance(node, Should):
        return Should(rewrite(node.child, phrase), node.optional)
    rewritten: Node = phrase(node)
    return rewritten
