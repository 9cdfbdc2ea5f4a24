"""The part of a search that reads the database, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..bm25 import Corpus
from ..engines.contract.candidate import Candidate
from ..engines.contract.dialect import Dialect, FacetCount
from ..engines.contract.statement import Plan
from ..models import Coverage
from ..query.cursor import damaged
from ..query.simplify import simplify
from ..query.tree import AgentIn, AgentNamed, Node, Phrase, rewrite, scoring_phrases
from . import lexical, semantic
from .agents import Agents, find_agents, unknown_agent
from .fusion import POOL
from .query import SearchQuery
from .semantic import Meaning
from .shorten import shorten

_COUNTED = 1_001
OUTDATED = (
    "thoughts were indexed by an older version of the text analysis, and some may be missing here; run "
    "thoughtsearch doctor --repair"
)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one transaction read: each retriever's candidates, and everything else that the results will show."""

    mode: str
    node: Node
    phrases: tuple[Phrase, ...]
    agents: Agents
    #: The candidates of each retriever, "text" and "semantic", best first.
    candidates: Mapping[str, Sequence[Candidate]]
    #: In a hybrid search: candidates by words that rank behind the fused ones.
    rest: Sequence[Candidate] = ()
    #: The figures of BM25, where the search needed them.
    corpus: Corpus | None = None
    #: The largest id in the table, where a next page will need it.
    newest: int | None = None
    total: int | None = None
    facets: Mapping[str, Sequence[FacetCount]] = field(default_factory=dict)
    coverage: Coverage | None = None
    warnings: tuple[str, ...] = ()


def retrieve(
    dialect: Dialect, query: SearchQuery, meaning: Meaning | None = None, coverage: Coverage | None = None
) -> Plan[Retrieved]:
    """Retrieve by words alone where no meaning is given; else by meaning or by both."""
    warnings: list[str] = []
    agents = yield from dialect.agents()
    node = simplify(_with_agents(query.node, agents, warnings))
    node = yield from shorten(dialect, node, warnings)
    phrases = scoring_phrases(node)
    is_ranked = bool(phrases or meaning)
    if query.cursor and (query.cursor.newest if is_ranked else query.cursor.last) is None:
        raise damaged()
    wanted = query.request.limit + 1
    rest: Sequence[Candidate] = ()
    corpus: Corpus | None = None
    candidates: dict[str, Sequence[Candidate]]
    if meaning is None:
        mode = "text"
        found, corpus = yield from lexical.best(dialect, node, wanted, query.cursor)
        candidates = {"text": found}
        more = len(found) == wanted
    else:
        constraints = simplify(_with_agents(query.constraints, agents, []))
        if query.request.mode == "semantic":
            mode, node = "semantic", constraints
            found = yield from semantic.nearest(dialect, meaning, node, wanted, query)
            candidates = {"semantic": found}
            more = len(found) == wanted
        else:
            mode = "hybrid"
            candidates, rest = yield from _of_both(dialect, query, meaning, node, constraints)
            more = len(_new(candidates, query)) + len(rest) >= wanted
    newest = None
    if more and query.cursor is None and is_ranked:
        newest = yield from dialect.newest_id()
    if query.request.explain and corpus is None and is_ranked:
        corpus = yield from dialect.corpus(phrases)
    total = (yield from dialect.total(node)) if query.request.total else None
    facets = {}
    for name in query.request.facets:
        facets[name] = yield from dialect.facet(node, name)
    if pending := (yield from _unindexed(dialect)):
        warnings.append(f"{pending} thoughts are not indexed yet and were not searched; run thoughtsearch backfill")
    if dialect.outdated:
        warnings.append(OUTDATED)
    return Retrieved(
        mode, node, phrases, agents, candidates, rest, corpus, newest, total, facets, coverage, tuple(warnings)
    )


def _of_both(
    dialect: Dialect, query: SearchQuery, meaning: Meaning, node: Node, constraints: Node
) -> Plan[tuple[dict[str, Sequence[Candidate]], Sequence[Candidate]]]:
    """The first candidates of both retrievers. Where they don't fill a page, also the next candidates by words.

    A next page retrieves the same candidates again. Fusion then leaves out those that earlier pages showed.
    """
    whole = replace(query.cursor, seen=()) if query.cursor else None
    by_words, _ = yield from lexical.best(dialect, node, POOL, whole)
    by_meaning = yield from semantic.nearest(dialect, meaning, constraints, POOL, replace(query, cursor=whole))
    candidates: dict[str, Sequence[Candidate]] = {"text": by_words, "semantic": by_meaning}
    new = _new(candidates, query)
    lacking = query.request.limit + 1 - len(new)
    if lacking <= 0 or len(by_words) < POOL:
        return candidates, ()
    rest = yield from lexical.behind(dialect, node, lacking, query.cursor, {*new, *query.seen})
    return candidates, rest


def _new(candidates: Mapping[str, Sequence[Candidate]], query: SearchQuery) -> set[int]:
    return {one.id for found in candidates.values() for one in found}.difference(query.seen)


def _unindexed(dialect: Dialect) -> Plan[str | None]:
    """How many thoughts are not indexed yet, for a warning. It stops counting early, to keep searches fast."""
    count = yield from dialect.some_unindexed(_COUNTED)
    return f"over {count - 1:,}" if count == _COUNTED else f"{count:,}" if count else None


def _with_agents(node: Node, agents: Agents, warnings: list[str]) -> Node:
    def resolved(inner: Node) -> Node:
        if not isinstance(inner, AgentNamed):
            return inner
        ids = find_agents(agents, inner.name)
        if not ids:
            warnings.append(unknown_agent(agents, inner.name))
        return AgentIn(tuple(ids))

    return rewrite(node, resolved)
