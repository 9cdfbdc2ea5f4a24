"""CSV with a header row; cells are texts, empty ones are left out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import InputError
from .entry import Broken, Entry
from .jsonl import BOM
from .reader import Reader
from .reading import Reading

# The largest that a C long holds everywhere; the module's own limit of 131,072 is shorter than some thoughts.
_LARGEST_CELL = 2**31 - 1
_DELIMITERS = ",;\t"


def records(stream: Iterable[bytes]) -> Iterator[Entry]:
    """The rows after the header. Raises InputError for a header that can't be used; a bad row does not end the reading."""
    csv.field_size_limit(max(_LARGEST_CELL, csv.field_size_limit()))
    lines = _Lines(stream)
    rows = csv.reader(lines, strict=True, delimiter=lines.delimiter())
    names: list[str] | None = None
    while True:
        first = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if names is None:
                raise InputError(f"Line {first}: the header can't be read: {_plainly(error)}.") from error
            yield Entry(first, InputError(f"This is not CSV: {_plainly(error)}."))
            continue
        if not row:
            continue
        if names is None:
            names = _header(row)
        else:
            yield Entry(first, _record(names, row))


def _plainly(error: csv.Error) -> str:
    # The module's advice is for who opened the file.
    return "a carriage return outside of quotes" if "new-line character" in str(error) else str(error)


class _Lines(Iterator[str]):
    """Lines as text. What is not UTF-8 becomes lone surrogates, so that only the row which holds it is bad."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._lines = iter(stream)
        self._first: str | None = self._decoded(next(self._lines, b"").removeprefix(BOM))

    def delimiter(self) -> str:
        """The one that the header holds most of; a comma where it holds none."""
        header = self._first or ""
        return max(_DELIMITERS, key=header.count)

    def __next__(self) -> str:
        first, self._first = self._first, None
        return first if first else self._decoded(next(self._lines))

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
    return records(reading)


def _recognises(path: str, start: bytes) -> bool:
    return path == "-" or path.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


READER = Reader("csv", "CSV with a header row, plain or .gz", _read, _recognises, (".csv", ".tsv"), plain=True)
