"""A file to write to, which appears under its name when it is whole."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, cast

from ..errors import InputError


@contextlib.contextmanager
def written(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """A stream for the file; `-` is stdout. On any failure the file is as it was. Raises InputError."""
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
    final = os.path.realpath(path)
    passing = f"{final}.{os.getpid()}.part"
    with _failures(path):
        try:
            with open(passing, "xb") as file:
                with _packed(file, path) as stream:
                    yield stream
                file.flush()
                os.fsync(file.fileno())
            os.replace(passing, final)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(passing)
            raise


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
