"""Writes a file that appears under its name only when it is complete.

Thoughts may be confidential. So only its owner may read a new file, and a replaced file keeps its mode.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from typing import BinaryIO, cast

from ..engines.own_files import MAGIC, kind_of, start_of_open_file
from ..errors import InputError


@contextlib.contextmanager
def written(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """Open a stream for the file; `-` is stdout. On any failure the file stays as it was. Raises InputError."""
    if path == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if os.path.isdir(path):
        raise InputError(f"{path} is a directory; name a file to write.")
    if os.path.exists(path) and not os.path.isfile(path):
        with _failures(path), open(path, "wb") as device:  # /dev/stderr or a pipe: nothing to replace
            yield device
        return
    if os.path.exists(path) and not force:
        raise InputError(f"{path} is there already; --force replaces it.")
    refuse_databases(path)
    final = os.path.realpath(path)
    passing = f"{final}.{os.getpid()}.part"
    with _failures(path):
        try:
            with open(passing, "xb", opener=private) as file:
                if os.path.exists(final) and sys.platform != "win32":
                    os.fchmod(file.fileno(), stat.S_IMODE(os.stat(final).st_mode))
                with _packed(file, path) as stream:
                    yield stream
                file.flush()
                os.fsync(file.fileno())
            os.replace(passing, final)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(passing)
            raise


def private(path: str, flags: int) -> int:
    """An opener for open(): only its owner may read or write a new file."""
    return os.open(path, flags, 0o600)


def refuse_databases(path: str) -> None:
    """Raise InputError if writing would overwrite or change a SQLite database."""
    try:
        status = os.stat(path)
        if kind_of(status):
            return
        start = start_of_open_file(path, status)
        if start is None:
            with open(path, "rb", buffering=0) as file:
                start = file.read(len(MAGIC))
    except OSError:  # it doesn't exist, or may not be read
        return
    if start == MAGIC:
        raise InputError(f"{path} is a SQLite database; name another file.")


@contextlib.contextmanager
def _failures(path: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def _packed(file: BinaryIO, path: str) -> Iterator[BinaryIO]:
    if not path.endswith(".gz"):
        yield file
        return
    import gzip

    with gzip.GzipFile(filename="", fileobj=file, mode="wb") as packed:
        yield cast(BinaryIO, packed)
