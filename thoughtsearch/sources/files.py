"""A file of records, opened for reading: plain or gzip, by path or from stdin."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from ..errors import InputError
from .entry import Entry

_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\0"
_START = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """`position()` is how many bytes of `size` have been read of the file itself; `size` is None for stdin."""

    name: str
    stream: io.BufferedReader
    size: int | None
    position: Callable[[], int]


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The file, `-` for stdin. Raises InputError where it can't be read, at once or further on."""
    name = "stdin" if path == "-" else path
    try:
        with _raw(path) as raw:
            size = None if path == "-" else os.fstat(raw.fileno()).st_size
            yield Source(name, _unpacked(raw), size, raw.tell if size else lambda: 0)
    except IsADirectoryError:
        raise InputError(f"{name} is a directory; name a file of thoughts.") from None
    except FileNotFoundError:
        raise InputError(f"There is no file {name}.") from None
    except (EOFError, zlib.error) as error:
        raise InputError(f"{name} is a damaged gzip file ({error}).") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{name} can't be read: {error.strerror or error}.") from error


@contextmanager
def _raw(path: str) -> Iterator[io.BufferedReader]:
    if path == "-":
        # A test's stdin has no peek().
        stdin: Any = sys.stdin.buffer
        yield stdin if hasattr(stdin, "peek") else io.BufferedReader(stdin)
        return
    with open(path, "rb") as file:
        yield file


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    if raw.peek(2)[:2] != _GZIP:
        return raw
    import gzip

    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=cast(BinaryIO, raw))))


def entries(source: Source, form: str | None) -> Iterator[Entry]:
    """The file's records: "jsonl" or "csv" as said, else by the file's name, else by its first character.

    Raises InputError for a database, which is no file of records.
    """
    if source.stream.peek(len(_SQLITE)).startswith(_SQLITE):
        raise InputError(f"{source.name} is a SQLite database; `thoughtsearch init -d {source.name}` makes it searchable.")
    if (form or _by_name(source.name) or _by_content(source.stream)) == "csv":
        from . import csv

        return csv.records(source.stream)
    from . import jsonl

    return jsonl.records(source.stream)


def _by_name(name: str) -> str | None:
    ending = os.path.splitext(name.lower().removesuffix(".gz"))[1]
    return {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv"}.get(ending)


def _by_content(stream: io.BufferedReader) -> str:
    start = stream.peek(_START)[:_START].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "jsonl" if not start or start[:1] in b"{[" else "csv"
