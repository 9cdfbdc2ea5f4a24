"""A file of records, opened for reading, plain or gzip, by path or from stdin; the files that a path means."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from ..errors import InputError
from .reader import Reader, recognised
from .reading import Reading

_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\0"
#: So much of a file says what it is.
START = 1 << 16


@contextmanager
def opened(path: str, options: Mapping[str, Any] | None = None) -> Iterator[Reading]:
    """The file, `-` for stdin. Raises InputError where it can't be read, at once or further on."""
    name = "stdin" if path == "-" else path
    try:
        with _raw(path) as raw:
            size = None if path == "-" else os.fstat(raw.fileno()).st_size
            yield Reading(path, _unpacked(raw), options=options, size=size, position=raw.tell if size else lambda: 0)
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
    with cast(io.BufferedReader, open(path, "rb", buffering=START)) as file:
        yield file


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    if raw.peek(2)[:2] != _GZIP:
        return raw
    import gzip

    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=cast(BinaryIO, raw))), START)


def reader_of(reading: Reading) -> Reader:
    """The kind of file that it is, by its name and its beginning. Raises InputError where that can't be told."""
    start = reading.start(START)
    found = recognised(reading.path, start)
    if found:
        return found
    if start.startswith(_SQLITE):
        raise InputError(
            f"{reading.name} is a SQLite database; `thoughtsearch init -d {reading.name}` makes it searchable, "
            "--table NAME takes thoughts from one of its tables."
        )
    # Named by the user, whatever its name: there is always a first character.
    return _named("jsonl" if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"", b"{", b"[") else "csv")


def _named(name: str) -> Reader:
    from .reader import named

    return named(name)


def found(path: str, reader: Reader | None, known: Container[str] = ()) -> Iterator[str]:
    """The files that a path means: itself, or those of a folder that the reader, or any, takes for its own, in order.

    The `known` ones are not looked at again. Raises InputError where there is nothing.
    """
    if path == "-" or (reader and reader.database) or "://" in path:
        yield path
    elif not os.path.isdir(path):
        if not os.path.exists(path):
            raise InputError(f"There is no file {path}.")
        yield path
    else:
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if name != ".git")
            yield from (
                one for name in sorted(files) if (one := os.path.join(folder, name)) in known or _taken(one, reader)
            )


def _taken(path: str, reader: Reader | None) -> bool:
    if reader:
        return path.lower().removesuffix(".gz").endswith(reader.endings)
    if not os.path.isfile(path):
        return False
    try:
        with opened(path) as reading:
            kind = recognised(path, reading.start(START))
    except InputError:
        return False
    # Of the files in a folder, not every .json is one of thoughts.
    return kind is not None and not (kind.plain and path.lower().endswith(".json"))
