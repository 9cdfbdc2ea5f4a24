"""What a store does with an embedder: each operation once, as a job, for the sync and the async store."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from .engines.contract.deadline import Deadline
from .engines.contract.dialect import Dialect
from .engines.contract.steps import Call, Job, Run, RunInTurn
from .engines.contract.vectors import Embedded
from .errors import EmbedderError, InputError, MissingFeature, ThoughtsearchError
from .models import Results
from .operations import thoughts
from .operations import vectors as embedding
from .query.request import Request
from .records import Draft
from .search import pipeline as searching
from .search.semantic import Meaning

if TYPE_CHECKING:
    from .embedders.embedder import Checked
    from .embedders.lazy import LazyEmbedder

#: With fewer thoughts embedded than this share, `auto` searches by words alone: the others would come too late.
COVERED = 0.95
T = TypeVar("T")
#: How many thoughts, and they.
Batch: TypeAlias = "tuple[int, Iterable[Draft]]"

_log = logging.getLogger("thoughtsearch")


def search(dialect: Dialect, embedder: LazyEmbedder, asked: Request, deadline: Deadline) -> Job[Results]:
    """One page of hits of the modes semantic and hybrid, or of auto where there is an embedder. Reads only."""
    # A continued list refers to the moment of its first page, but what is said does not depend on it.
    said = asked.parsed(datetime.now(timezone.utc)).said
    meaning, coverage, warning = None, None, None
    try:
        model, coverage = yield Run(embedding.active(dialect), deadline=deadline)
        if asked.mode == "auto" and coverage.share < COVERED:
            warning = f"searched by words alone: {coverage.said()}"
        elif said:
            checked: Checked = yield Call(partial(embedder.for_model, model))
            vector = yield Call(partial(checked.query, said))
            meaning = Meaning(model, vector)
    except (MissingFeature, EmbedderError, InputError) as error:
        if asked.mode != "auto":
            raise
        warning = f"searched by words alone: {error}"
    plan = searching.search(dialect, asked, meaning, coverage, warning, deadline=deadline)
    results: Results = yield Run(plan, deadline=deadline)
    return results


def add(dialect: Dialect, embedder: LazyEmbedder, draft: Draft) -> Job[int]:
    """Store one thought, then its vector if there is an embedder; its id."""
    ident: int = yield Run(thoughts.add(dialect, draft), write=True)
    if embedder.is_configured:
        yield from _embed_new(dialect, embedder, ident - 1, 1)
    return ident


def add_many(dialect: Dialect, embedder: LazyEmbedder, batches: Iterable[Batch], settled: int) -> Job[int]:
    """Store each batch, given with its size, then the vectors of all if there is an embedder; how many thoughts.

    `settled`: so many are much.
    """
    before: int | None = None
    if embedder.is_configured:
        before = yield Run(thoughts.newest(dialect))
    stored = 0
    for first, second in _pairs(iter(batches)):
        yield from _store(dialect, first, second)
        stored += first[0] + (second[0] if second else 0)
    if stored >= settled:
        yield Run(dialect.settle(), write=True)
    if embedder.is_configured and stored:
        yield from _embed_new(dialect, embedder, before, stored)
    return stored


def _store(dialect: Dialect, first: Batch, second: Batch | None) -> Job[None]:
    """Store two batches in their order: side by side, with ids taken before, where the engine can."""
    reserving = dialect.reserve_ids(first[0] + second[0]) if second else None
    ids: list[int] | None = (yield Run(thoughts.reserved(reserving), write=True)) if reserving else None
    if second and ids:
        (size, drafts), (_, others) = first, second
        numbered = thoughts.insert_numbered(dialect, ids[:size], drafts)
        yield RunInTurn(numbered, thoughts.insert_numbered(dialect, ids[size:], others))
    else:
        for _, drafts in (first, second) if second else (first,):
            yield Run(thoughts.insert(dialect, drafts), write=True)


def _pairs(batches: Iterator[T]) -> Iterator[tuple[T, T | None]]:
    """Two at a time. What was taken is not lost where taking the next fails."""
    for batch in batches:
        try:
            following = next(batches, None)
        except BaseException:
            yield batch, None
            raise
        yield batch, following


def _embed_new(dialect: Dialect, embedder: LazyEmbedder, after: int | None, most: int) -> Job[None]:
    """Vectors for thoughts behind this id. They are stored already: a failure here costs them no more than that."""
    try:
        checked: Checked = yield Call(embedder.opened)
        name, dimensions = yield Call(lambda: (checked.name, checked.dimensions))
        model, any_known = yield Run(embedding.known(dialect, name, dimensions))
        if model is None and not any_known:
            model = yield Run(embedding.enrolled(dialect, name, checked.spec, dimensions), write=True)
        if model is None:
            raise InputError(f"the vectors here are of another model than {name}")
        while most > 0:
            texts = yield Run(embedding.lacking(dialect, model, after, min(most, checked.batch_size)))
            if not texts:
                return
            vectors = yield Call(partial(checked.documents, [text.content for text in texts]))
            embedded = [Embedded(text, vector) for text, vector in zip(texts, vectors, strict=True)]
            yield Run(embedding.keep(dialect, model, embedded), write=True)
            after = texts[-1].thought_id
            most -= len(texts)
    except ThoughtsearchError as error:
        if str(error) not in embedder.told:  # once is enough for an agent that goes on adding
            embedder.told.add(str(error))
            _log.warning(
                "Thoughts are stored, but not all of them embedded (%s); `thoughtsearch backfill --embeddings` will.", error
            )
