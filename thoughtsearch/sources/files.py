"""Opens a file of records, plain or gzip, by path or from stdin; and finds the files that a path means."""

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
from .reader import Reader
from .reading import Reading
from .recognition import START, recognised

if TYPE_CHECKING:
    import gzip

_GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: str, options: Mapping[str, Any] | None = None, limits: Limits | None = None) -> Iterator[Reading]:
    """Open the file; `-` is stdin. Raises InputError if it can't be read, at once or later.

    For a SQLite database it gives only the beginning, to recognise the file, and closes the file at once. The readers open
    it through SQLite, which would lose its locks if a second descriptor of the file were closed.
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
    """The beginning of a SQLite database; None for any other file. Raises InputError for what isn't a file, and before
    opening it: opening a pipe waits until somebody writes into it."""
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
    # A terminal and /dev/null are fine; /dev/zero or a disk isn't.
    if kind_of(status) == "device" and not os.isatty(0) and not os.path.samestat(status, os.stat(os.devnull)):
        raise InputError("stdin is a device, which may have no end; give a file or a pipe.")


@contextmanager
def _raw(path: str) -> Iterator[io.BufferedReader]:
    if path == "-":
        # The stdin of a test has no peek().
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
    """Unpacks a compressed file up to a limit: a few kilobytes may become terabytes."""

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


def found(
    path: str, reader: Reader | None, known: Container[str] = (), passed_over: Callable[[str], bool] = lambda file: False
) -> Iterator[str]:
    """Yield the files that a path means: the path itself, or in order the files of a folder that the reader recognises.

    Without a reader, any reader may recognise them. `known` files aren't checked again. Files of a folder that are to be
    `passed_over` are never opened. Raises InputError if the path doesn't exist.
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
            kind = recognised(reading)
    except InputError:
        return False
    # In a folder, not every .json file holds thoughts.
    return kind is not None and not (kind.plain and path.lower().endswith(".json"))
