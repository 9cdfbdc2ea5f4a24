"""Reads CSV with a header row. Cells are texts; empty cells are left out."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import InputError
from .entry import Broken, Entry
from .jsonl import BOM
from .limits import KEPT, RECORD, Oversized, too_long
from .reader import Reader
from .reading import Reading

# The largest number that a C long holds everywhere. The csv module's own limit of 131,072 is too short for some thoughts.
_LARGEST_CELL = 2**31 - 1
_DELIMITERS = ",;\t"
_LONGEST_HEADER = 1 << 16


def records(stream: Iterable[bytes], limit: int = RECORD) -> Iterator[Entry]:
    """Yield the rows after the header. Raises InputError for an unusable header; after a bad row it goes on."""
    csv.field_size_limit(max(_LARGEST_CELL, csv.field_size_limit()))
    lines = _Lines(stream, limit)
    names: list[str] | None = None
    for first, row in _rows(lines, lines.delimiter()):
        if isinstance(row, InputError):
            if names is None:
                raise InputError(f"Line {first}: the header can't be read: {row}") from row
            yield Entry(first, row)
        elif names is None:
            names = _header(row) if row else None
        elif row:
            yield Entry(first, _record(names, row))


def _rows(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | InputError]]:
    """Yield each row, or the error if it can't be read, with the number of its first line."""
    rows = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        first = lines.begin_row()
        try:
            row: list[str] | InputError = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            row = InputError(f"This is not CSV: {_plainly(error)}.")
        except _LongRowError:
            rows = csv.reader(lines, strict=True, delimiter=delimiter)  # drops what the old reader holds of the row
            yield from _long_row(lines, first, delimiter)
            continue
        yield first, row


def _long_row(lines: _Lines, first: int, delimiter: str) -> Iterator[tuple[int, list[str] | InputError]]:
    try:
        rows = csv.reader(lines.row(), strict=True, delimiter=delimiter)
    except Broken as error:
        yield first, error
        return
    while True:
        at = first + rows.line_num  # if its quotation marks aren't in pairs, the lines may be several rows
        try:
            row: list[str] | InputError = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            row = InputError(f"This is not CSV: {_plainly(error)}.")
        yield at, row


def _plainly(error: csv.Error) -> str:
    # The csv module's advice is for the programmer who opened the file.
    return "a carriage return outside of quotes" if "new-line character" in str(error) else str(error)


class _LongRowError(Exception):
    """A row is too long for the csv module, which takes four bytes for each character."""


class _Lines(Iterator[str]):
    """Yields lines as text. Bytes that aren't UTF-8 become lone surrogates, so that only their row is bad.

    It keeps the lines of a row until the next row begins. Raises _LongRowError if the row becomes too long: a quotation
    mark that nothing closes makes one row of all that follows.
    """

    def __init__(self, stream: Iterable[bytes], limit: int) -> None:
        self._lines = iter(stream)
        self._limit = limit
        self._drawn = 0
        first = next(self._lines, b"")
        self._first: bytes | None = first if isinstance(first, Oversized) else first.removeprefix(BOM)
        self.begin_row()

    def begin_row(self) -> int:
        """Begin a row with the next line. Return the number of that line."""
        self._row: deque[bytes] = deque()
        self._size = self._quotes = 0
        return self._drawn + 1

    def row(self) -> Iterator[str]:
        """The lines of the whole row. Draws lines until the quotation marks of the row are in pairs. Raises Broken if the
        row is longer than a record may be; then the row has been passed over."""
        while self._quotes % 2 and (line := next(self._lines, None)) is not None:
            self._take(line)
        if self._size > self._limit:
            raise too_long("row", self._limit, self._row[0])
        return (self._decoded(self._row.popleft()) for _ in range(len(self._row)))

    def delimiter(self) -> str:
        """The delimiter that the header has most often; a comma if it has none."""
        header = self._decoded((self._first or b"")[:_LONGEST_HEADER])
        return max(_DELIMITERS, key=header.count)

    def __next__(self) -> str:
        first, self._first = self._first, None
        line = first if first else next(self._lines)
        self._take(line)
        if self._size > self._limit // 4:
            raise _LongRowError
        return self._decoded(line)

    def _take(self, line: bytes) -> None:
        self._drawn += 1
        self._size += line.length if isinstance(line, Oversized) else len(line)
        self._quotes += line.quotes if isinstance(line, Oversized) else line.count(b'"')
        if self._size <= self._limit or not self._row:
            self._row.append(line)
        elif len(self._row) > 1:
            self._row = deque([self._row[0][:KEPT]])

    @staticmethod
    def _decoded(line: bytes) -> str:
        return line.decode("utf-8", "surrogateescape")


def _header(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    for position, name in enumerate(names, 1):
        if not name:
            raise InputError(f"Column {position} of the CSV has no name in the header row.")
        if names.index(name) != position - 1:
            raise InputError(f"The header row of the CSV names {name!r:.60} twice.")
    return names


def _record(names: list[str], row: list[str]) -> dict[str, Any] | Broken:
    if len(row) != len(names):
        return Broken(f"This row has {len(row)} cells, the header {len(names)}.", row)
    for name, cell in zip(names, row, strict=True):
        if any("\ud800" <= c <= "\udfff" for c in cell) if not cell.isascii() else False:
            return Broken(f"{name} is not UTF-8.", row)
    return {name: cell for name, cell in zip(names, row, strict=True) if cell}


def _read(reading: Reading) -> Iterator[Entry]:
    reading.state["whole"] = True  # a part of it means nothing without the header
    return records(reading, reading.limits.record)


def _recognises(path: str, start: bytes) -> bool:
    return path == "-" or path.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


READER = Reader("csv", "CSV with a header row, plain or .gz", _read, _recognises, (".csv", ".tsv"), plain=True)
