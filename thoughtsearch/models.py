"""The data that callers give and get: thoughts, hits, results. It is plain data, the same on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, overload

if TYPE_CHECKING:
    from datetime import datetime

#: The columns of `ai_thought_history` that a writer may fill, in the table's order.
COLUMNS = (
    "ai_id",
    "session_id",
    "cycle_number",
    "thought_content",
    "thought_type",
    "tags",
    "metadata",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Thought:
    """One row of `ai_thought_history`, under the table's own column names.

    `id` is None until the thought is stored. `created_at` is aware, in UTC; None if the row holds no readable time.
    `metadata_text` is the stored text if `metadata` can't express it: it is no JSON object, or a number exceeds a float.
    """

    thought_content: str
    ai_id: int = 0
    session_id: int | None = None
    cycle_number: int | None = None
    thought_type: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    id: int | None = None
    metadata_text: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data of the thought, `id` first; `created_at` is ISO 8601 with `+00:00`."""
        record: dict[str, Any] = {"id": self.id}
        record |= {name: getattr(self, name) for name in COLUMNS}
        record["tags"] = list(self.tags)
        record["metadata"] = dict(self.metadata)
        record["created_at"] = self.created_at.isoformat() if self.created_at else None
        if self.metadata_text is not None:
            record["metadata_text"] = self.metadata_text
        return record


@dataclass(frozen=True, slots=True)
class Snippet:
    """A verbatim piece of `thought_content` around the best matches.

    `start` is the index of its first character in the whole text. `highlights` are (start, end) pairs within `text`.
    """

    text: str
    start: int = 0
    highlights: tuple[tuple[int, int], ...] = ()
    cut_before: bool = False
    cut_after: bool = False

    def __str__(self) -> str:
        return self.marked("", "")

    def marked(self, opening: str, closing: str) -> str:
        """The text with marks around the matches, and an ellipsis where it was cut. It escapes nothing."""
        return self._render(opening, closing, str)

    def html(self) -> str:
        """The text as escaped HTML, with the matches in `<mark>`."""
        from html import escape

        return self._render("<mark>", "</mark>", escape)

    def _render(self, opening: str, closing: str, escape: Any) -> str:
        parts = ["…" if self.cut_before else ""]
        position = 0
        for start, end in self.highlights:
            parts += [escape(self.text[position:start]), opening, escape(self.text[start:end]), closing]
            position = end
        parts += [escape(self.text[position:]), "…" if self.cut_after else ""]
        return "".join(parts)


class EmbeddingModel(NamedTuple):
    """A model that has vectors in a database. Searches by meaning use the `active` one."""

    id: int
    name: str
    dimensions: int
    active: bool
    #: How many vectors it has. In a large table on PostgreSQL this is the last count plus what came since.
    embedded: int
    #: The embedder's name as the user gave it when the thoughts were embedded, such as "wordllama".
    spec: str | None = None


class Coverage(NamedTuple):
    """How many thoughts have a vector of the model that searches use. Large numbers are those of the last count."""

    model: str
    embedded: int
    thoughts: int

    @property
    def share(self) -> float:
        """The share of the thoughts with a vector, 0 to 1; 1 if there are no thoughts."""
        return self.embedded / self.thoughts if self.thoughts else 1.0

    def said(self) -> str:
        """The text of a warning about the thoughts without a vector."""
        lacking = self.thoughts - self.embedded
        return f"{lacking:,} of {self.thoughts:,} thoughts have no embedding yet; run thoughtsearch backfill --embeddings"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {"model": self.model, "embedded": self.embedded, "thoughts": self.thoughts}


@dataclass(frozen=True, slots=True)
class TermScore:
    """What one word, phrase or prefix of the query adds to a hit's score: tf in the thought, df and idf in the table."""

    term: str
    tf: int
    df: int
    idf: float
    score: float


class RetrieverScore(NamedTuple):
    """The score that one retriever, "text" or "semantic", gives to a hit, and how much it counts.

    `score` is BM25 or the cosine similarity. `part` is what it adds to the hit's score.
    """

    rank: int
    score: float
    part: float
    weight: float


#: The earlier name of RetrieverScore.
LegScore = RetrieverScore


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explains a score: BM25 over `documents` thoughts of `average_length` tokens; this thought has `length` tokens.

    In a hybrid search, `legs` holds the score of each retriever that found the hit, and `fusion` names how they were fused.
    """

    terms: tuple[TermScore, ...]
    length: int
    average_length: float
    documents: int
    ranks: Mapping[str, int] = field(default_factory=dict)  # by retriever ("text", "semantic"); 1 is the best
    legs: Mapping[str, RetrieverScore] = field(default_factory=dict)
    fusion: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A thought that was found. A higher `score` is better; it is 0.0 if the query has nothing to rank by."""

    thought: Thought
    score: float
    snippet: Snippet
    agent: str | None = None
    explanation: Explanation | None = None

    @property
    def id(self) -> int:
        """The thought's id."""
        assert self.thought.id is not None
        return self.thought.id

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data: `id`, `score`, `snippet`, `agent`, `thought`, and `explanation` if asked for."""
        record: dict[str, Any] = {
            "id": self.id,
            "score": self.score,
            "snippet": {
                "text": self.snippet.text,
                "start": self.snippet.start,
                "highlights": [list(pair) for pair in self.snippet.highlights],
            },
            "agent": self.agent,
            "thought": self.thought.to_dict(),
        }
        if self.explanation is not None:
            record["explanation"] = {
                "terms": [
                    {"term": t.term, "tf": t.tf, "df": t.df, "idf": t.idf, "score": t.score} for t in self.explanation.terms
                ],
                "length": self.explanation.length,
                "average_length": self.explanation.average_length,
                "documents": self.explanation.documents,
                "ranks": dict(self.explanation.ranks),
            }
            if self.explanation.legs or self.explanation.fusion:
                record["explanation"]["fusion"] = self.explanation.fusion
                record["explanation"]["legs"] = {name: found._asdict() for name, found in self.explanation.legs.items()}
        return record


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, and how many matching thoughts have it. `label` is for people, such as an agent's name."""

    value: str | int | None
    count: int
    label: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; `label` only if it says more than the value."""
        record: dict[str, Any] = {"value": self.value, "count": self.count}
        return record | ({"label": self.label} if self.label is not None else {})


@dataclass(frozen=True, slots=True)
class Results(Sequence[Hit]):
    """One page of hits, best first, with what a caller needs to trust them."""

    hits: tuple[Hit, ...]
    engine: str
    mode_requested: str = "auto"
    mode_used: str = "text"
    warnings: tuple[str, ...] = ()
    next_cursor: str | None = None
    total: int | None = None
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    coverage: Coverage | None = None  # if the search used the thoughts' meaning, or should have

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data, as `--json` prints it; `total` and `facets` only if asked for."""
        record: dict[str, Any] = {
            "hits": [hit.to_dict() for hit in self.hits],
            "engine": self.engine,
            "mode_requested": self.mode_requested,
            "mode_used": self.mode_used,
            "warnings": list(self.warnings),
            "next_cursor": self.next_cursor,
        }
        if self.total is not None:
            record["total"] = self.total
        if self.facets:
            record["facets"] = {name: [value.to_dict() for value in values] for name, values in self.facets.items()}
        if self.coverage is not None:
            record["coverage"] = self.coverage.to_dict()
        return record
