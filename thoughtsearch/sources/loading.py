"""Records into a store: checked one by one so that a bad one is known by its line, stored in whole batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ..drafts import Draft, draft
from ..errors import InputError
from ..store import BATCH, Store
from .entry import Entry


class BadLine(InputError):
    """The record that begins at this line can't be stored."""

    def __init__(self, line: int, reason: InputError) -> None:
        self.line = line
        self.reason = str(reason)
        super().__init__(f"line {line}: {reason}")


class Loading:
    """One run of loading: `stored` and `skipped` are right at every moment, also after an error."""

    def __init__(
        self,
        store: Store,
        mapping: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda record: record,
        skip: Callable[[BadLine], None] | None = None,
    ) -> None:
        """`skip` is told of each bad record, which is then left out; without it the first one stops the loading."""
        self._store = store
        self._mapping = mapping
        self._skip = skip
        self.stored = 0
        self.skipped = 0

    def run(self, entries: Iterable[Entry], progress: Callable[[], None] = lambda: None) -> None:
        """Store them. Raises BadLine, whose batch is not stored; those before it are."""
        drafts = self._drafts(entries)
        while batch := list(islice(drafts, BATCH)):
            self.stored += self._store.add_many(batch)
            progress()

    def _drafts(self, entries: Iterable[Entry]) -> Iterator[Draft]:
        for line, record in entries:
            try:
                if isinstance(record, InputError):
                    raise record
                yield draft(self._mapping(record))
            except InputError as error:  # noqa: PERF203  # a bad record must not end the loop
                bad = BadLine(line, error)
                if self._skip is None:
                    raise bad from error
                self.skipped += 1
                self._skip(bad)
