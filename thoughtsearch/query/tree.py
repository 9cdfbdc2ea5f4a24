"""The query as a tree. `match.py` defines what each node means; the compiler of each engine must agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """One token: `text` as written, which engines analyse themselves, and `term` as analysed, which is compared."""

    text: str
    term: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side in one column. With `prefix` the last one only has to begin like this.

    A single word is a phrase of one. Only phrases score.
    """

    words: tuple[Word, ...]
    prefix: bool = False

    def __str__(self) -> str:
        return " ".join(word.text for word in self.words) + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Literal:
    """Exactly these characters in `thought_content`, for what the analysis drops (`->`, an emoji). Never scores."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All children must match."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one child must match. A phrase that it holds twice scores twice: the query term frequency of BM25."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The exact complement. Nothing below it scores."""

    child: Node


@dataclass(frozen=True, slots=True)
class Should:
    """Accepts exactly what `child` accepts. The optional clauses only add to the score."""

    child: Node
    optional: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class NonScoring:
    """Accepts exactly what `child` accepts, but nothing below it scores."""

    child: Node


@dataclass(frozen=True, slots=True)
class MatchAll:
    """Accepts every thought."""


@dataclass(frozen=True, slots=True)
class AgentNamed:
    """Of the agent with this name or nickname in `ai_profiles`. It must be replaced by AgentIn before matching."""

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
    """`low <= cycle_number <= high`; None is an open end. A thought without a cycle number is in no range."""

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
    """`start <= created_at < end`, both aware; None is an open end. A thought without a readable time is in no range."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Meta:
    """A metadata predicate; `operator` is one of predicates.OPERATORS. It is true or false, never an error.

    `value` is canonical JSON text, so that nodes can be compared and hashed.
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
    | NonScoring
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
    """Make an And, without needless nesting."""
    kept = _narrowed([child for child in children if not isinstance(child, MatchAll)])
    if not kept:
        return MatchAll()
    return kept[0] if len(kept) == 1 else And(tuple(kept))


def _narrowed(children: list[Node]) -> list[Node]:
    """Merge all intervals of time into one: SQLite's planner would compare each of thousands with each other one."""
    spans = [child for child in children if isinstance(child, CreatedIn)]
    if len(spans) < 2:
        return children
    start = max((span.start for span in spans if span.start), default=None)
    end = min((span.end for span in spans if span.end), default=None)
    return [*(child for child in children if not isinstance(child, CreatedIn)), CreatedIn(start, end)]


def any_of(children: list[Node]) -> Node:
    """Make an Or, without needless nesting."""
    return children[0] if len(children) == 1 else Or(tuple(children))


def scoring_phrases(node: Node) -> tuple[Phrase, ...]:
    """The phrases that add to the score, in the order written, repetitions included."""
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
    """Whether every thought that the node accepts holds at least one of its scoring phrases."""
    if isinstance(node, Phrase):
        return True
    if isinstance(node, And):
        return any(map(needs_text, node.children))
    if isinstance(node, Or):
        return all(map(needs_text, node.children))
    if isinstance(node, Should) and isinstance(node.child, NonScoring):
        return set(scoring_phrases(node.child.child)) <= set(node.optional) and needs_text(node.child.child)
    return isinstance(node, Should) and needs_text(node.child)


def rewrite(node: Node, replace: Any) -> Node:
    """The tree with `replace(node)` in place of each node that has no children."""
    if isinstance(node, And):
        return And(tuple(rewrite(child, replace) for child in node.children))
    if isinstance(node, Or):
        return Or(tuple(rewrite(child, replace) for child in node.children))
    if isinstance(node, Not):
        return Not(rewrite(node.child, replace))
    if isinstance(node, NonScoring):
        return NonScoring(rewrite(node.child, replace))
    if isinstance(node, Should):
        return Should(rewrite(node.child, replace), node.optional)
    rewritten: Node = replace(node)
    return rewritten
