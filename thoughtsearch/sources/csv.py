"""CSV with a header row; cells are texts, empty ones are left out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import InputError
from .entry import Broken, Entry
from .jsonl import BOM
from .limits import KEPT, RECORD, Oversized, too_long
from .reader import Reader
from .reading import Reading

# The largest that a C long holds everywhere; the module's own limit of 131,072 is shorter than some thoughts.
_LARGEST_CELL = 2**31 - 1
_DELIMITERS = ",;\t"
_LONGEST_HEADER = 1 << 16


def records(stream: Iterable[bytes], limit: int = RECORD) -> Iterator[Entry]:
    """The rows after the header. Raises InputError for a header that can't be used; a bad row does not end the reading."""
    csv.field_size_limit(max(_LARGEST_CELL, csv.field_size_limit()))
    lines = _Lines(stream, limit)
    rows = csv.reader(lines, strict=True, delimiter=lines.delimiter())
    names: list[str] | None = None
    while True:
        first = lines.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if names is None:
                raise InputError(f"Line {first}: the header can't be read: {_plainly(error)}.") from error
            yield Entry(first, InputError(f"This is not CSV: {_plainly(error)}."))
            continue
        except Broken as error:
            if names is None:
                raise InputError(f"Line {first}: the header can't be read. {error}") from error
            lines.pass_over_row()
            yield Entry(first, error)
            continue
        if not row:
            continue
        if names is None:
            names = _header(row)
        else:
            record = _record(names, row)
            del row  # of a long one there are not to be more copies than it needs
            yield Entry(first, record)


def _plainly(error: csv.Error) -> str:
    # The module's advice is for who opened the file.
    return "a carriage return outside of quotes" if "new-line character" in str(error) else str(error)


class _Lines(Iterator[str]):
    """Lines as text. What is not UTF-8 becomes lone surrogates, so that only the row which holds it is bad.

    Raises Broken in the middle of a row that has become longer than a record may be: a quotation mark that nothing closes
    would else make one row of all that follows.
    """

    def __init__(self, stream: Iterable[bytes], limit: int) -> None:
        self._lines = iter(stream)
        self._limit = limit
        self._drawn = 0
        first = next(self._lines, b"")
        self._first: bytes | None = first if isinstance(first, Oversized) else first.removeprefix(BOM)
        self.begin_row()

    def begin_row(self) -> int:
        """The next line begins a row; its number."""
        self._start = b""
        self._size = self._quotes = 0
        return self._drawn + 1

    def pass_over_row(self) -> None:
        """Draw the rest of a row: it ends with the line with which its quotation marks are in pairs."""
        while self._quotes % 2 and (line := next(self._lines, None)) is not None:
            self._count(line)

    def delimiter(self) -> str:
        """The one that the header holds most of; a comma where it holds none."""
        header = self._decoded((self._first or b"")[:_LONGEST_HEADER])
        return max(_DELIMITERS, key=header.count)

    def __next__(self) -> str:
        first, self._first = self._first, None
        line = first if first else next(self._lines)
        self._count(line)
        if self._size > self._limit:
            raise too_long("row", self._limit, self._start)
        return self._decoded(line)

    def _count(self, line: bytes) -> None:
        self._drawn += 1
        self._start = self._start or line[:KEPT]
        self._size += line.length if isinstance(line, Oversized) else len(line)
        self._quotes += line.quotes if isinstance(line, Oversized) else line.count(b'"')

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
    reading.state["whole"] = True  # what its cells mean stands in the header
    return records(reading, reading.limits.record)


def _recognises(path: str, start: bytes) -> bool:
    return path == "-" or path.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


READER = Reader("csv", "CSV with a header row, plain or .gz", _read, _recognises, (".csv", ".tsv"), plain=True)
