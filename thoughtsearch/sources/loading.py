"""Records into a store: each checked by itself, so that a bad one is known by its line and the others are not lost."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..engines.own_files import MAGIC
from ..errors import InputError
from ..operations.imports import Progress
from ..records import ValidRecord, draft, metadata_with
from ..store import BATCH, Store
from .entry import Entry
from .files import opened
from .identity import Identity
from .limits import RECORD, Limits
from .mapping import FieldMapping
from .reader import Reader
from .reading import Reading
from .recognition import reader_of

#: A batch has no more characters in its texts, tags and metadata, or one thought.
_LONGEST_BATCH = 8_000_000


class BadLine(InputError):
    """The record that begins at this line can't be stored; `record` is what stands there, where it is known."""

    def __init__(self, source: str, line: int, reason: InputError, record: Any) -> None:
        self.source = source
        self.line = line
        self.reason = str(reason)
        self.record = record
        super().__init__(f"line {line}: {reason}")


def options_of(
    fields: Mapping[str, str],
    constants: Mapping[str, Any],
    rest: str | None,
    *,
    table: str | None = None,
    ident: str | None = None,
    limits: Limits,
) -> dict[str, Any]:
    """What readers are told of an import. A file that was imported with other options is read anew from its start."""
    options: dict[str, Any] = {
        "table": table,
        "id": ident,
        "content": fields.get("thought_content"),
        "mapped": [fields, constants, rest],
    }
    if limits.record != RECORD:
        options["max_record"] = limits.record  # what was too long before may not be so now
    return options


class Loading:
    """One run of importing, of any number of sources. Its counts are right at every moment, also after an error."""

    def __init__(
        self,
        store: Store,
        mapping: FieldMapping | None = None,
        *,
        skip: Callable[[BadLine], None] | None = None,
        again: bool = False,
    ) -> None:
        """`skip` is told of each bad record, which is then left out; without it the first one stops the loading.

        `again`: also what an import has stored before.
        """
        self._store = store
        self._mapping = mapping or FieldMapping()
        self._mapping.know(store.agents())
        self._skip = skip
        self._again = again
        self._told: set[int] = set()
        #: How many thoughts were stored, by the name of their kind of source.
        self.stored: Counter[str] = Counter()
        self.known = 0
        self.skipped = 0
        self.unchanged = 0

    def load(
        self,
        path: str,
        reader: Reader | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Open a file, stdin as `-`, or a database by its path or URL, and store what is new in it.

        Without a reader the file itself says what it is. `progress` is told how many of its bytes were read.
        Raises as `run`.
        """
        if "://" in path or (reader and reader.database):
            self._load(reader, Reading(path, options=options, limits=limits), progress)
        else:
            with opened(path, options, limits) as reading:
                self._load(reader, reading, progress)

    def _load(self, reader: Reader | None, reading: Reading, progress: Callable[[int], None]) -> None:
        reader = reader or reader_of(reading)
        if not reader.database and reading.start(len(MAGIC)) == MAGIC:
            raise InputError(f"{reading.name} is a SQLite database, and nothing that --from {reader.name} reads.")
        self.run(reader, reading, lambda: progress(reading.position()))

    def run(self, reader: Reader, reading: Reading, progress: Callable[[], None] = lambda: None) -> None:
        """Store what is new in a source. Each batch of 1,000 is committed whole, with the record of what it was.

        Raises InputError where the source can't be read, and BadLine, whose batch is not stored; those before it are.
        """
        reading.begin(reader.name)
        remembered = not reader.database and reading.path != "-"
        if remembered and not self._again and not self._is_new(reading):
            self.unchanged += 1
            return
        batch: list[tuple[str, ValidRecord]] = []
        size = 0
        with Identity(reading) as identity:
            for entry in reader.read(reading):
                made = self._made(reader, reading, identity, entry)
                if made is None:
                    continue
                batch.append(made)
                size += len(made[1].thought_content) + len(made[1].metadata) + sum(map(len, made[1].tags))
                if len(batch) == BATCH or size > _LONGEST_BATCH:
                    self._commit(reader, batch, reading.progress() if remembered else None)
                    batch, size = [], 0
                    progress()
        self._commit(reader, batch, reading.finished() if remembered else None)
        progress()

    def refresh_statistics(self) -> None:
        """After all sources: make searches quick where much is new."""
        if self.stored.total() >= BATCH:
            self._store.refresh_statistics()

    def _is_new(self, reading: Reading) -> bool:
        done = self._store.import_progress(os.path.abspath(reading.path))
        return done is None or reading.go_on(done)

    def _made(self, reader: Reader, reading: Reading, identity: Identity, entry: Entry) -> tuple[str, ValidRecord] | None:
        try:
            if isinstance(entry.record, InputError):
                raise entry.record
            mapped = self._mapping(entry.record)
            ident = identity.of(entry.id, entry.record, str(mapped["thought_content"]))
            if not (reader.plain and self._mapping.is_plain):
                source = {"from": reader.name, "id": ident, "file": reading.name}
                mapped["metadata"] = metadata_with({"source": source}, mapped.get("metadata"))
            return ident, draft(mapped)
        except (InputError, RecursionError) as raised:
            error = raised if isinstance(raised, InputError) else InputError("This record nests too deep to be read.")
            held = getattr(error, "record", None)
            bad = BadLine(reading.name, entry.line, error, entry.record if isinstance(entry.record, Mapping) else held)
            if self._skip is None:
                raise bad from error
            self.skipped += 1
            self._skip(bad)
            return None

    def _commit(self, reader: Reader, batch: list[tuple[str, ValidRecord]], progress: Progress | None) -> None:
        names = {number: name for number, name in self._mapping.named.items() if number not in self._told}
        stored = self._store.add_imported(reader.name, batch, names=names, progress=progress, again=self._again)
        if stored:
            self.stored[reader.name] += stored
            self._told.update(names)
        self.known += len(batch) - stored
