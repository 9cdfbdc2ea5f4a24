"""Makes the page that a caller gets: hits with snippets and explanations, facets, and the cursor of the next page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..engines.contract.dialect import Dialect, FacetCount
from ..models import Explanation, FacetValue, Hit, Results
from ..query.cursor import Cursor
from ..query.match import Document
from .agents import Agents
from .explain import explain
from .histogram import histogram
from .query import SearchQuery
from .ranked import Ranked
from .retrieval import Retrieved
from .snippet import snippets

#: An explanation reads all words of a hit: 0.3 ms for a thought of 500 words.
MOST_EXPLAINED = 1_000
MOST_WARNINGS = 20


def present(dialect: Dialect, query: SearchQuery, found: Retrieved, ranked: Sequence[Ranked]) -> Results:
    """Make results of the first ranked candidates. Reads no database."""
    request = query.request
    shown = ranked[: request.limit]
    hits = tuple(_hits(dialect, query, found, shown))
    following = _next_cursor(dialect, query, found, shown) if len(ranked) > request.limit else None
    facets = {name: _facet(name, counts, found.agents) for name, counts in found.facets.items()}
    warnings = [*query.warnings, *found.warnings]
    if request.explain and len(hits) > MOST_EXPLAINED:
        warnings.append(f"only the first {MOST_EXPLAINED:,} hits are explained; ask for fewer at once")
    if found.mode != "text" and found.coverage and found.coverage.embedded < found.coverage.thoughts:
        warnings.append(found.coverage.said())
    return Results(
        hits,
        dialect.name,
        request.mode,
        found.mode,
        _first_warnings(warnings),
        following,
        found.total,
        facets,
        found.coverage,
    )


def _first_warnings(warnings: list[str]) -> tuple[str, ...]:
    """At most MOST_WARNINGS of the warnings, as nobody reads more."""
    rest = len(warnings) - MOST_WARNINGS
    return tuple(warnings) if rest <= 0 else (*warnings[:MOST_WARNINGS], f"and {rest} more")


def _hits(dialect: Dialect, query: SearchQuery, found: Retrieved, shown: Sequence[Ranked]) -> list[Hit]:
    names = {ident: name or nickname for ident, name, nickname in found.agents}
    distinct = tuple(dict.fromkeys(found.phrases))
    hits: list[Hit] = []
    thoughts = dialect.thoughts([one.candidate for one in shown])
    pieces = snippets([thought.thought_content for thought in thoughts], distinct, query.deadline.check)
    for rank, (one, thought, piece) in enumerate(zip(shown, thoughts, pieces, strict=True), len(query.seen) + 1):
        hit = Hit(thought, one.score, piece, names.get(thought.ai_id))
        if query.request.explain and found.corpus is not None and len(hits) < MOST_EXPLAINED:
            query.deadline.check()
            hit = replace(hit, explanation=_explanation(query, found, hit, one, rank))
        hits.append(hit)
    return hits


def _explanation(query: SearchQuery, found: Retrieved, hit: Hit, ranked: Ranked, rank: int) -> Explanation:
    assert found.corpus is not None
    made = explain(Document(hit.thought), found.phrases, found.corpus, rank)
    fusion = query.request.fusion if found.mode == "hybrid" else None
    scores = ranked.by_retriever
    if scores or fusion:
        made = replace(made, ranks={name: score.rank for name, score in scores.items()}, legs=scores, fusion=fusion)
    return made


def _next_cursor(dialect: Dialect, query: SearchQuery, found: Retrieved, shown: Sequence[Ranked]) -> str:
    if found.mode == "text" and not found.phrases:
        last = dialect.place(shown[-1].candidate)
        return Cursor(query.fingerprint, query.now, last=last).encode()
    newest = query.cursor.newest if query.cursor else found.newest
    seen = (*query.seen, *(one.candidate.id for one in shown))
    return Cursor(query.fingerprint, query.now, seen, newest).encode()


def _facet(name: str, counts: Sequence[FacetCount], agents: Agents) -> tuple[FacetValue, ...]:
    if name == "time":
        return histogram(counts)
    names = {ident: label or nickname for ident, label, nickname in agents} if name == "ai" else {}
    return tuple(FacetValue(one.value, one.thoughts, names.get(one.value)) for one in counts)
