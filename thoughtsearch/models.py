"""What goes in and what comes out: thoughts, hits, results. Plain data, the same on every engine."""

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

    `id` is None until it is stored. `created_at` is aware, in UTC; None where the row holds no readable time.
    `metadata_text` is what the row holds where `metadata` can't say it: no JSON object, or a number beyond a float.
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
        """The thought as JSON-ready data, `id` first; `created_at` as ISO 8601 with `+00:00`."""
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
    """A piece of `thought_content` around the best matches, verbatim.

    `start` is its first character's index in the whole text; `highlights` are (start, end) pairs within `text`.
    """

    text: str
    start: int = 0
    highlights: tuple[tuple[int, int], ...] = ()
    cut_before: bool = False
    cut_after: bool = False

    def __str__(self) -> str:
        return self.marked("", "")

    def marked(self, opening: str, closing: str) -> str:
        """The text with marks around the matches and an ellipsis where it was cut. Escapes nothing."""
        return self._render(opening, closing, str)

    def html(self) -> str:
        """HTML-escaped, matches in `<mark>`."""
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
    """A model that has vectors in a database. Searches by meaning use the one that is `active`."""

    id: int
    name: str
    dimensions: int
    active: bool
    #: How many vectors it has; in a large table on PostgreSQL as last counted, with what came since.
    embedded: int
    #: How the embedder was named by who embedded the thoughts, such as "wordllama".
    spec: str | None = None


class Coverage(NamedTuple):
    """How many of the thoughts have a vector of the model that searches use; large numbers as last counted."""

    model: str
    embedded: int
    thoughts: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there are no thoughts."""
        return self.embedded / self.thoughts if self.thoughts else 1.0

    def said(self) -> str:
        """For a warning."""
        lacking = self.thoughts - self.embedded
        return f"{lacking:,} of {self.thoughts:,} thoughts have no embedding yet; run thoughtsearch backfill --embeddings"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"model": self.model, "embedded": self.embedded, "thoughts": self.thoughts}


@dataclass(frozen=True, slots=True)
class TermScore:
    """What one word, phrase or prefix of the query gave to a hit: tf in the thought, df and idf in the table."""

    term: str
    tf: int
    df: int
    idf: float
    score: float


class RetrieverScore(NamedTuple):
    """What one retriever, "text" or "semantic", says of a hit and how much that counts.

    `score` is BM25 or the cosine similarity, `part` what it adds to the hit's score.
    """

    rank: int
    score: float
    part: float
    weight: float


#: Its earlier name.
LegScore = RetrieverScore


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a score came about: BM25 over `documents` thoughts of `average_length` tokens, this one of `length`.

    In a hybrid search `legs` holds what each retriever that found it says, and `fusion` how their parts were made.
    """

    terms: tuple[TermScore, ...]
    length: int
    average_length: float
    documents: int
    ranks: Mapping[str, int] = field(default_factory=dict)  # by retriever ("text", "semantic"), 1 is best
    legs: Mapping[str, RetrieverScore] = field(default_factory=dict)
    fusion: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A thought that was found. Higher `score` is better; 0.0 where the query held nothing to rank by."""

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
        """JSON-ready: `id`, `score`, `snippet`, `agent`, `thought`, and `explanation` where asked for."""
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
    """One value of a facet and how many of the matching thoughts have it. `label` is for people (an agent's name)."""

    value: str | int | None
    count: int
    label: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `label` only where it says more than the value."""
        record: dict[str, Any] = {"value": self.value, "count": self.count}
        return record | ({"label": self.label} if self.label is not None else {})


@dataclass(frozen=True, slots=True)
class Results(Sequence[Hit]):
    """One page of hits, best first, and what a caller needs in order to trust it."""

    hits: tuple[Hit, ...]
    engine: str
    mode_requested: str = "auto"
    mode_used: str = "text"
    warnings: tuple[str, ...] = ()
    next_cursor: str | None = None
    total: int | None = None
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    coverage: Coverage | None = None  # where the thoughts' meaning was looked at, or should have been

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `--json` prints. `total` and `facets` only where asked for."""
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
