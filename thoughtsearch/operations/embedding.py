"""Giving vectors to the thoughts that have none: in batches, each kept when done, no lock held while a model thinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from ..embedders.embedder import Checked
from ..engines.connect import connect
from ..engines.contract.statement import Plan
from ..engines.contract.vectors import Embedded, Refusal, Text
from ..errors import EmbedderError, EmbedderUnavailable
from ..location import Location
from ..models import EmbeddingModel
from . import vectors

#: Refused one after the other without a single vector: it isn't the texts.
_HOPELESS = 20
#: What a token of English is long, for an estimate of the cost.
_CHARACTERS_A_TOKEN = 4
_LISTED = 1_000
#: Thoughts embedded between two counts of them all.
_COUNTED_EVERY = 50_000


@dataclass(frozen=True, slots=True)
class Survey:
    """What a backfill would do. `tokens` is an estimate: four characters of English each."""

    model: str
    #: The model that is given up when this one is complete.
    replaces: str | None
    thoughts: int
    characters: int
    refused: int

    @property
    def tokens(self) -> int:
        """About so many would be embedded."""
        return -(-self.characters // _CHARACTERS_A_TOKEN)


@dataclass(slots=True)
class EmbeddingReport:
    """What a backfill did. `refused` counts all thoughts that the model refused, `first` are some of them."""

    model: str
    embedded: int = 0
    replaced: str | None = None
    refused: int = 0
    first: list[Refusal] = field(default_factory=list)


class EmbeddingBackfill:
    """One run, on one database. May be stopped at any point; the next one goes on from there."""

    def __init__(
        self,
        location: Location,
        embedder: Checked,
        *,
        batch: int | None = None,
        timeout: float = 30.0,
        adopt: bool = False,
    ) -> None:
        """`batch`: so many thoughts are embedded and kept together, unless the embedder wants another number.

        `adopt`: as of `thoughtsearch.open()`.
        """
        self._batch = batch or embedder.batch_size
        self._dialect, self._connection = connect(location, read_only=False, timeout=timeout, shared=False, adopt=adopt)
        self._embedder = embedder
        self._in_vain = 0

    def survey(self) -> Survey:
        """What is to be done; changes nothing, and does not ask the model."""
        dialect, name = self._dialect, self._embedder.name

        def plan() -> Plan[Survey]:
            models = yield from dialect.embedding.models()
            model = next((one for one in models if one.name == name), None)
            other = next((one.name for one in models if one.active and one.name != name), None)
            ident = model.id if model else None
            count, characters = yield from dialect.embedding.count_lacking(ident, self._embedder.most_characters)
            refused = (yield from dialect.embedding.count_refused(ident)) if ident is not None else 0
            return Survey(name, other, count, characters, refused)

        return self._connection.run(plan())

    def run(
        self, progress: Callable[[int, int], None] = lambda done, total: None, *, again: bool = False
    ) -> EmbeddingReport:
        """Embed what lacks a vector of the model; when all is done, searches use it, and other models' vectors go.

        `again`: also what was refused before. `progress(done, total)` after each batch. Raises EmbedderUnavailable where
        the embedder can't go on, MissingFeature where vectors can't be kept; what was embedded until then stays.
        """
        dialect, run, checked = self._dialect, self._connection.run, self._embedder
        model = run(vectors.enrolled(dialect, checked.name, checked.spec, checked.dimensions), write=True)
        if again:
            run(vectors.forgiven(dialect, model), write=True)
        survey = self.survey()
        done = EmbeddingReport(model.name)
        run(dialect.embedding.loading(model, survey.thoughts), write=True)
        after: int | None = None
        while texts := run(vectors.lacking(dialect, model, after, self._batch)):
            embedded, refused = self._embed(texts)
            run(self._kept(model, embedded, refused), write=True)
            before, done.embedded = done.embedded, done.embedded + len(embedded)
            after = texts[-1].thought_id
            progress(done.embedded, max(survey.thoughts, done.embedded))
            if done.embedded // _COUNTED_EVERY > before // _COUNTED_EVERY:
                run(dialect.embedding.refresh_statistics(model), write=True)
        self._finish(model, done)
        return done

    def _kept(self, model: EmbeddingModel, embedded: Sequence[Embedded], refused: Sequence[tuple[Text, str]]) -> Plan[None]:
        yield from vectors.keep(self._dialect, model, embedded)
        for text, reason in refused:
            yield from self._dialect.embedding.refuse(model.id, text, reason)

    def _finish(self, model: EmbeddingModel, done: EmbeddingReport) -> None:
        dialect, run = self._dialect, self._connection.run
        run(dialect.embedding.refresh_statistics(model), write=True)
        models = run(dialect.embedding.models())
        # With an index first: from the swap on it is searched.
        run(dialect.embedding.index(next(one for one in models if one.id == model.id)), write=True)
        done.replaced = next((one.name for one in models if one.active and one.id != model.id), None)
        run(vectors.swapped(dialect, model), write=True)
        while run(vectors.forgotten(dialect, model), write=True):
            pass
        done.refused, done.first = run(vectors.refused(dialect, model, _LISTED))

    def _embed(self, texts: Sequence[Text]) -> tuple[list[Embedded], list[tuple[Text, str]]]:
        """The texts with their vectors, and those that were refused twice. Raises EmbedderUnavailable."""
        try:
            vectors = self._embedder.documents([text.content for text in texts])
        except EmbedderUnavailable:
            raise
        except EmbedderError as error:
            if len(texts) > 1:
                # One of them spoils it for all.
                middle = len(texts) // 2
                first, second = self._embed(texts[:middle]), self._embed(texts[middle:])
                return first[0] + second[0], first[1] + second[1]
            return self._alone(texts[0], error)
        self._in_vain = 0
        return [Embedded(text, vector) for text, vector in zip(texts, vectors, strict=True)], []

    def _alone(self, text: Text, error: EmbedderError) -> tuple[list[Embedded], list[tuple[Text, str]]]:
        try:
            (vector,) = self._embedder.documents([text.content])
        except EmbedderUnavailable:
            raise
        except EmbedderError as again:
            self._in_vain += 1
            if self._in_vain >= _HOPELESS:
                raise EmbedderUnavailable(
                    f"{self._embedder.name} refused {_HOPELESS} thoughts one after the other, the last one with: {error}"
                ) from again
            return [], [(text, str(again))]
        self._in_vain = 0
        return [Embedded(text, vector)], []

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def __enter__(self) -> EmbeddingBackfill:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
