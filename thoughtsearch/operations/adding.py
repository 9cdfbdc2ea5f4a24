"""Storing thoughts, and their vectors where the store has an embedder: the same steps for both stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..engines.contract.dialect import Dialect
from ..engines.contract.steps import Call, Run, RunInTurn, Steps
from ..engines.contract.vectors import Embedded
from ..errors import InputError, ThoughtsearchError
from ..records import ValidRecord
from . import vectors

if TYPE_CHECKING:
    from ..embedders.embedder import Checked
    from ..embedders.lazy import LazyEmbedder

T = TypeVar("T")
#: How many thoughts, and they.
Batch: TypeAlias = "tuple[int, Iterable[ValidRecord]]"


def add(dialect: Dialect, embedder: LazyEmbedder, draft: ValidRecord) -> Steps[int]:
    """Store one thought, then its vector if there is an embedder; its id."""
    ident: int = yield Run(dialect.insert_returning(draft), write=True)
    if embedder.is_configured:
        yield from _embed_new(dialect, embedder, ident - 1, 1)
    return ident


def add_many(dialect: Dialect, embedder: LazyEmbedder, batches: Iterable[Batch], settled: int) -> Steps[int]:
    """Store each batch, given with its size, then the vectors of all if there is an embedder; how many thoughts.

    `settled`: so many are much.
    """
    before: int | None = None
    if embedder.is_configured:
        before = yield Run(dialect.newest_id())
    stored = 0
    for first, second in _pairs(iter(batches)):
        yield from _store(dialect, first, second)
        stored += first[0] + (second[0] if second else 0)
    if stored >= settled:
        yield Run(dialect.refresh_statistics(), write=True)
    if embedder.is_configured and stored:
        yield from _embed_new(dialect, embedder, before, stored)
    return stored


def _store(dialect: Dialect, first: Batch, second: Batch | None) -> Steps[None]:
    """Store two batches in their order: side by side, with ids taken before, where the engine can."""
    ids: list[int] | None = None
    if second and dialect.reserves_ids:
        ids = yield Run(dialect.reserve_ids(first[0] + second[0]), write=True)
    if second and ids:
        (size, drafts), (_, others) = first, second
        numbered = dialect.insert_numbered(zip(ids[:size], drafts, strict=False))
        yield RunInTurn(numbered, dialect.insert_numbered(zip(ids[size:], others, strict=False)))
    else:
        for _, drafts in (first, second) if second else (first,):
            yield Run(dialect.insert(drafts), write=True)


def _pairs(batches: Iterator[T]) -> Iterator[tuple[T, T | None]]:
    """Two at a time. What was taken is not lost where taking the next fails."""
    for batch in batches:
        try:
            following = next(batches, None)
        except BaseException:
            yield batch, None
            raise
        yield batch, following


def _embed_new(dialect: Dialect, embedder: LazyEmbedder, after: int | None, most: int) -> Steps[None]:
    """Vectors for thoughts behind this id. They are stored already: a failure here costs them no more than that."""
    try:
        checked: Checked = yield Call(embedder.opened)
        name, dimensions = yield Call(lambda: (checked.name, checked.dimensions))
        model, any_known = yield Run(vectors.known(dialect, name, dimensions))
        if model is None and not any_known:
            model = yield Run(vectors.enrolled(dialect, name, checked.spec, dimensions), write=True)
        if model is None:
            raise InputError(f"the vectors here are of another model than {name}")
        while most > 0:
            texts = yield Run(vectors.lacking(dialect, model, after, min(most, checked.batch_size)))
            if not texts:
                return
            embeddings = yield Call(partial(checked.documents, [text.content for text in texts]))
            embedded = [Embedded(text, vector) for text, vector in zip(texts, embeddings, strict=True)]
            yield Run(vectors.keep(dialect, model, embedded), write=True)
            after = texts[-1].thought_id
            most -= len(texts)
    except ThoughtsearchError as error:
        if str(error) not in embedder.told:  # once is enough for an agent that goes on adding
            embedder.told.add(str(error))
            import logging  # takes longer to load than a search takes

            logging.getLogger("thoughtsearch").warning(
                "Thoughts are stored, but not all of them embedded (%s); `thoughtsearch backfill --embeddings` will.", error
            )
