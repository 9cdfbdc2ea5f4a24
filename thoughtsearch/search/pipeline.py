"""One search, from the request to a page of hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeAlias

from ..bm25 import explain
from ..engines.contract.deadline import NO_DEADLINE, Deadline
from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan, Row
from ..errors import InputError
from ..models import FacetValue, Hit, Results
from ..operations.agents import Agents, called, unknown_agent
from ..operations.thoughts import get
from ..query.cursor import Cursor, damaged, decode
from ..query.match import Document
from ..query.request import Request
from ..query.simplify import simplified
from ..query.tree import AgentIn, AgentNamed, Node, Phrase, rewrite, scoring_leaves
from .histogram import histogram
from .lexical import best_rows
from .shorten import shortened
from .snippet import budget_of, snippet

if TYPE_CHECKING:
    from ..models import Coverage, LegScore
    from .semantic import Meaning

#: To explain a hit all of its words are looked at: 0.3 ms for a thought of 500.
MOST_EXPLAINED = 1_000
MOST_WARNINGS = 20
_COUNTED = 1_001
OUTDATED = (
    "thoughts were indexed by an older version of the text analysis, and some may be missing here; run "
    "thoughtsearch doctor --repair"
)
#: A thought's row, its score, and what the legs of a search by meaning say of it.
Found: TypeAlias = "tuple[Row, float, Mapping[str, LegScore]]"


def search(
    dialect: Dialect,
    request: Request,
    meaning: Meaning | None = None,
    coverage: Coverage | None = None,
    warning: str | None = None,
    *,
    like: int | None = None,
    deadline: Deadline = NO_DEADLINE,
) -> Plan[Results]:
    """One page of hits; by words alone where the query's meaning is not given. Reads only.

    `like` is the thought that the meaning is of, which is not among the hits. The deadline is for the work between the
    statements; who runs them sees to theirs.
    """
    cursor = decode(request.cursor, _fingerprint(request, like)) if request.cursor is not None else None
    now = cursor.now if cursor else datetime.now(timezone.utc)
    parsed = request.parsed(now)
    warnings = list(parsed.warnings)
    agents = yield from dialect.agents()
    node = simplified(_with_agents(parsed.node, agents, warnings))
    node = yield from shortened(dialect, node, warnings)
    leaves = scoring_leaves(node)
    ranked = bool(leaves or meaning)
    if cursor and (cursor.newest if ranked else cursor.last) is None:
        raise damaged()
    used = "text"
    if meaning is None:
        rows = yield from best_rows(dialect, node, request.limit + 1, cursor)
        found: list[Found] = [(row, float(row[-1]), {}) for row in rows]
    else:
        from .semantic import hybrid, semantic

        constraints = simplified(_with_agents(parsed.constraints, agents, []))
        used = "semantic" if request.mode == "semantic" else "hybrid"
        if used == "semantic":
            node = constraints
            found = yield from semantic(dialect, meaning, node, request.limit + 1, cursor, like)
        else:
            fusing = (request.limit + 1, cursor, request.fusion, request.weight)
            found = yield from hybrid(dialect, meaning, node, constraints, *fusing)
    shown = found[: request.limit]
    following = None
    if len(found) > request.limit:
        rows = [row for row, _, _ in shown]
        following = yield from _following(dialect, _fingerprint(request, like), now, cursor, rows, ranked=ranked)
    hits = _hits(dialect, shown, leaves, agents, deadline)
    if request.explain and ranked:
        first_rank = len(cursor.seen) + 1 if cursor else 1
        if len(hits) > MOST_EXPLAINED:
            warnings.append(f"only the first {MOST_EXPLAINED:,} hits are explained; ask for fewer at once")
        fusion = request.fusion if used == "hybrid" else None
        hits = yield from _explained(dialect, hits, shown, leaves, first_rank, fusion, deadline)
    total = None
    if request.total:
        total = int((yield dialect.total(node))[0][0])
    facets = {}
    for name in request.facets:
        facets[name] = _facet(name, (yield dialect.facet(node, name)), agents)
    if pending := (yield from _unindexed(dialect)):
        warnings.append(f"{pending} thoughts are not indexed yet and were not searched; run thoughtsearch backfill")
    if dialect.outdated:
        warnings.append(OUTDATED)
    if warning:
        warnings.append(warning)
    if meaning and coverage and coverage.embedded < coverage.thoughts:
        warnings.append(coverage.said())
    return Results(tuple(hits), dialect.name, request.mode, used, _told(warnings), following, total, facets, coverage)


def _told(warnings: list[str]) -> tuple[str, ...]:
    """As many as somebody reads."""
    rest = len(warnings) - MOST_WARNINGS
    return tuple(warnings) if rest <= 0 else (*warnings[:MOST_WARNINGS], f"and {rest} more")


def similar(dialect: Dialect, thought_id: int, request: Request, deadline: Deadline = NO_DEADLINE) -> Plan[Results]:
    """One page of the thoughts nearest to this one. Reads only."""
    thought = yield from get(dialect, thought_id)
    if thought is None:
        raise InputError(f"There is no thought {thought_id} to compare with.")
    from ..operations.vectors import active
    from .semantic import Meaning

    model, coverage = yield from active(dialect)
    vector = yield from dialect.embedding.vector(model.id, thought_id)
    if vector is None:
        raise InputError(
            f"Thought {thought_id} has no embedding yet to compare with: run thoughtsearch backfill --embeddings."
        )
    semantic = replace(request, mode="semantic")
    return (yield from search(dialect, semantic, Meaning(model, vector), coverage, like=thought_id, deadline=deadline))


def _unindexed(dialect: Dialect) -> Plan[str | None]:
    """How many thoughts a backfill has yet to index, for a warning: counting them all would slow each search down."""
    reached = yield from dialect.backfilled()
    if reached is None:
        return None
    count = int((yield dialect.some_unindexed(reached, _COUNTED))[0][0])
    return f"over {count - 1:,}" if count == _COUNTED else f"{count:,}" if count else None


def _with_agents(node: Node, agents: Agents, warnings: list[str]) -> Node:
    def resolved(leaf: Node) -> Node:
        if not isinstance(leaf, AgentNamed):
            return leaf
        ids = called(agents, leaf.name)
        if not ids:
            warnings.append(unknown_agent(agents, leaf.name))
        return AgentIn(tuple(ids))

    return rewrite(node, resolved)


def _fingerprint(request: Request, like: int | None) -> str:
    return request.fingerprint() + ("" if like is None else f" like {like}")


def _following(
    dialect: Dialect,
    fingerprint: str,
    now: datetime,
    cursor: Cursor | None,
    shown: Sequence[Row],
    *,
    ranked: bool,
) -> Plan[str]:
    if not ranked:
        return Cursor(fingerprint, now, last=dialect.place(shown[-1])).encode()
    newest = cursor.newest if cursor else int((yield dialect.newest_id())[0][0])
    seen = (*(cursor.seen if cursor else ()), *(row[0] for row in shown))
    return Cursor(fingerprint, now, seen, newest).encode()


def _hits(
    dialect: Dialect, found: Sequence[Found], leaves: Sequence[Phrase], agents: Agents, deadline: Deadline
) -> list[Hit]:
    names = {ident: name or nickname for ident, name, nickname in agents}
    distinct = tuple(dict.fromkeys(leaves))
    budget = budget_of(len(found))
    hits = []
    for row, score, _ in found:
        deadline.check()
        thought = dialect.thought(row)
        piece = snippet(thought.thought_content, distinct, budget=budget)
        hits.append(Hit(thought, score, piece, names.get(thought.ai_id)))
    return hits


def _explained(
    dialect: Dialect,
    hits: Sequence[Hit],
    found: Sequence[Found],
    leaves: Sequence[Phrase],
    first_rank: int,
    fusion: str | None,
    deadline: Deadline,
) -> Plan[list[Hit]]:
    corpus = yield from dialect.corpus(leaves)
    explained: list[Hit] = []
    for rank, (hit, (_, _, legs)) in enumerate(zip(hits, found, strict=True), first_rank):
        if len(explained) == MOST_EXPLAINED:
            return [*explained, *hits[MOST_EXPLAINED:]]
        deadline.check()
        made = explain(Document(hit.thought), leaves, corpus, rank)
        if legs or fusion:
            made = replace(made, ranks={name: leg.rank for name, leg in legs.items()}, legs=legs, fusion=fusion)
        explained.append(replace(hit, explanation=made))
    return explained


def _facet(name: str, rows: Sequence[Row], agents: Agents) -> tuple[FacetValue, ...]:
    if name == "time":
        return histogram(rows)
    names = {ident: label or nickname for ident, label, nickname in agents} if name == "ai" else {}
    return tuple(FacetValue(value, count, names.get(value)) for value, count in rows)
