"""A file of records, opened for reading, plain or gzip, by path or from stdin; the files that a path means."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ..engines.own_files import MAGIC, kind_of, start_of_open_file
from ..errors import InputError
from ..location import redacted
from .limits import Limits, in_words
from .reader import Reader, recognised
from .reading import Reading

if TYPE_CHECKING:
    import gzip

_GZIP = b"\x1f\x8b"
#: So much of a file says what it is.
START = 1 << 16


@contextmanager
def opened(path: str, options: Mapping[str, Any] | None = None, limits: Limits | None = None) -> Iterator[Reading]:
    """The file, `-` for stdin. Raises InputError where it can't be read, at once or further on.

    Of a SQLite database only the beginning is there, to recognise it by, and the file is closed again: its readers open it
    through SQLite, whose locks would go when a second descriptor of the file is closed.
    """
    name = "stdin" if path == "-" else path
    limits = limits or Limits()
    try:
        if (start := _of_a_database(path)) is not None:
            yield Reading(path, io.BufferedReader(io.BytesIO(start)), options=options, limits=limits)
            return
        with _raw(path) as raw:
            size = None if path == "-" else os.fstat(raw.fileno()).st_size
            stream = _unpacked(raw, name, limits.unpacked)
            position = raw.tell if size else lambda: 0
            yield Reading(path, stream, options=options, size=size, position=position, limits=limits)
    except IsADirectoryError:
        raise InputError(f"{redacted(name)} is a directory; name a file of thoughts.") from None
    except FileNotFoundError:
        raise InputError(f"There is no file {redacted(name)}.") from None
    except (EOFError, zlib.error) as error:
        raise InputError(f"{name} is a damaged gzip file ({error}).") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{redacted(name)} can't be read: {error.strerror or error}.") from error


def _of_a_database(path: str) -> bytes | None:
    """The beginning of a SQLite database; None for all else. Raises InputError for what is no file, before it is opened: to
    open a pipe waits for who writes into it."""
    if path == "-":
        _check_stdin()
        return None
    status = os.stat(path)
    kind = kind_of(status)
    if kind == "directory":
        raise IsADirectoryError
    if kind:
        raise InputError(f"{path} is a {kind}, which may have no end; name a file, or pass it on stdin as `-`.")
    if (start := start_of_open_file(path, status)) is not None:
        return start
    with open(path, "rb", buffering=0) as file:
        start = file.read(len(MAGIC))
        return start + (file.read(START) or b"") if start == MAGIC else None


def _check_stdin() -> None:
    try:
        status = os.fstat(0)
    except OSError:
        return
    # Neither a terminal nor /dev/null, but /dev/zero or a disk.
    if kind_of(status) == "device" and not os.isatty(0) and not os.path.samestat(status, os.stat(os.devnull)):
        raise InputError("stdin is a device, which may have no end; give a file or a pipe.")


@contextmanager
def _raw(path: str) -> Iterator[io.BufferedReader]:
    if path == "-":
        # A test's stdin has no peek().
        stdin: Any = sys.stdin.buffer
        yield stdin if hasattr(stdin, "peek") else io.BufferedReader(stdin)
        return
    with cast(io.BufferedReader, open(path, "rb", buffering=START)) as file:
        yield file


def _unpacked(raw: io.BufferedReader, name: str, limit: int) -> io.BufferedReader:
    if raw.peek(2)[:2] != _GZIP:
        return raw
    import gzip

    return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=cast(BinaryIO, raw)), name, limit), START)


class _Unpacked(io.RawIOBase):
    """What a compressed file holds, up to a limit: a few kilobytes may become terabytes."""

    def __init__(self, packed: gzip.GzipFile, name: str, limit: int) -> None:
        self._packed = packed
        self._name = name
        self._limit = limit

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._packed.tell() > self._limit:
            raise InputError(
                f"{self._name} unpacks to more than {in_words(self._limit)}, the limit for a compressed file; "
                "--max-unpacked raises it."
            )
        return self._packed.readinto(buffer)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._packed.seek(offset, whence)

    def tell(self) -> int:
        return self._packed.tell()


def reader_of(reading: Reading) -> Reader:
    """The kind of file that it is, by its name and its beginning. Raises InputError where that can't be told."""
    start = reading.start(START)
    found = recognised(reading.path, start)
    if found:
        return found
    if "://" in reading.path:
        raise InputError(
            f"{redacted(reading.path)} is of no kind that can be imported; --from or --table says which it is."
        )
    if start.startswith(MAGIC):
        raise InputError(
            f"{reading.name} is a SQLite database; `thoughtsearch init -d {reading.name}` makes it searchable, "
            "--table NAME takes thoughts from one of its tables."
        )
    # Named by the user, whatever its name: there is always a first character.
    return _named("jsonl" if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"", b"{", b"[") else "csv")


def _named(name: str) -> Reader:
    from .reader import named

    return named(name)


def found(
    path: str, reader: Reader | None, known: Container[str] = (), passed_over: Callable[[str], bool] = lambda file: False
) -> Iterator[str]:
    """The files that a path means: itself, or those of a folder that the reader, or any, takes for its own, in order.

    The `known` ones are not looked at again; of a folder's, those to be `passed_over` are never opened. Raises InputError
    where there is nothing.
    """
    if path == "-" or (reader and reader.database) or "://" in path:
        yield path
    elif not os.path.isdir(path):
        if not os.path.exists(path):
            raise InputError(f"There is no file {redacted(path)}.")
        yield path
    else:
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if name != ".git")
            for file in sorted(files):
                one = os.path.join(folder, file)
                if not passed_over(one) and (one in known or _taken(one, reader)):
                    yield one


def _taken(path: str, reader: Reader | None) -> bool:
    if not os.path.isfile(path):
        return False
    if reader:
        return path.lower().removesuffix(".gz").endswith(reader.endings)
    try:
        with opened(path) as reading:
            kind = recognised(path, reading.start(START))
    except InputError:
        return False
    # Of the files in a folder, not every .json is one of thoughts.
    return kind is not None and not (kind.plain and path.lower().endswith(".json"))
