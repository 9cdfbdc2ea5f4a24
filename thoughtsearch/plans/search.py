"""One search, from the request to a page of hits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from ..engines.dialect import Dialect
from ..engines.statement import Plan, Row
from ..errors import MissingFeature
from ..models import FacetValue, Hit, Results
from ..query.cursor import Cursor, decode
from ..query.match import Document
from ..query.request import Request
from ..query.tree import AgentIn, AgentNamed, Node, Phrase, rewrite, scoring_leaves
from ..rank.bm25 import explain
from ..rank.histogram import histogram
from ..rank.snippet import snippet
from .agents import Agents, called, unknown_agent
from .maxscore import best_rows
from .shorten import shortened

_COUNTED = 1_001
OUTDATED = (
    "thoughts were indexed by an older version of the text analysis, and some may be missing here; run "
    "thoughtsearch doctor --repair"
)


def search(dialect: Dialect, request: Request) -> Plan[Results]:
    """One page of hits. Reads only."""
    if request.mode in ("semantic", "hybrid"):
        raise MissingFeature(f'mode="{request.mode}" needs embeddings, which this version does not have; use "text".')
    cursor = decode(request.cursor, request.fingerprint()) if request.cursor is not None else None
    now = cursor.now if cursor else datetime.now(timezone.utc)
    parsed = request.parsed(now)
    warnings = list(parsed.warnings)
    agents = yield from dialect.agents()
    node = _with_agents(parsed.node, agents, warnings)
    node = yield from shortened(dialect, node, warnings)
    leaves = scoring_leaves(node)

    rows = yield from best_rows(dialect, node, request.limit + 1, cursor)
    shown = rows[: request.limit]
    following = None
    if len(rows) > request.limit:
        following = yield from _following(dialect, request, now, cursor, shown, ranked=bool(leaves))
    hits = _hits(dialect, shown, leaves, agents)
    if request.explain and leaves:
        hits = yield from _explained(dialect, hits, leaves, first_rank=len(cursor.seen) + 1 if cursor else 1)
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
    return Results(tuple(hits), dialect.name, request.mode, "text", tuple(warnings), following, total, facets)


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


def _following(
    dialect: Dialect,
    request: Request,
    now: datetime,
    cursor: Cursor | None,
    shown: Sequence[Row],
    *,
    ranked: bool,
) -> Plan[str]:
    if not ranked:
        return Cursor(request.fingerprint(), now, last=dialect.place(shown[-1])).encode()
    newest = cursor.newest if cursor else int((yield dialect.newest_id())[0][0])
    seen = (*(cursor.seen if cursor else ()), *(row[0] for row in shown))
    return Cursor(request.fingerprint(), now, seen, newest).encode()


def _hits(dialect: Dialect, rows: Sequence[Row], leaves: Sequence[Phrase], agents: Agents) -> list[Hit]:
    names = {ident: name or nickname for ident, name, nickname in agents}
    distinct = tuple(dict.fromkeys(leaves))
    hits = []
    for row in rows:
        thought = dialect.thought(row)
        piece = snippet(thought.thought_content, distinct)
        hits.append(Hit(thought, float(row[-1]), piece, names.get(thought.ai_id)))
    return hits


def _explained(dialect: Dialect, hits: Sequence[Hit], leaves: Sequence[Phrase], first_rank: int) -> Plan[list[Hit]]:
    corpus = yield from dialect.corpus(leaves)
    return [
        Hit(
            hit.thought,
            hit.score,
            hit.snippet,
            hit.agent,
            explain(Document(hit.thought), leaves, corpus, rank),
        )
        for rank, hit in enumerate(hits, first_rank)
    ]


def _facet(name: str, rows: Sequence[Row], agents: Agents) -> tuple[FacetValue, ...]:
    if name == "time":
        return histogram(rows)
    names = {ident: label or nickname for ident, label, nickname in agents} if name == "ai" else {}
    return tuple(FacetValue(value, count, names.get(value)) for value, count in rows)
