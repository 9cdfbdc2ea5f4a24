"""Reports records that an import left out: the first ones on stderr as compilers do, and all in a file if wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from ..errors import InputError
from ..sources.loading import BadLine
from ..text.clean import clean, clean_escapes
from ..text.nesting import dumps
from .target import private, refuse_databases
from .terminal import visible, visible_line

SHOWN = 5
_PIECE = 1 << 20


class Quarantine:
    """Takes the records that can't be stored."""

    def __init__(self, stream: BinaryIO | None, name: str | None) -> None:
        self._stream = stream
        self._name = name
        self.count = 0

    def add(self, bad: BadLine) -> None:
        """Show the record if it is one of the first; write it to the file."""
        self.count += 1
        if self.count <= SHOWN:
            click.echo(where(bad), err=True)
        if self._stream:
            for piece in _pieces(bad):
                self._stream.write(piece)
            self._stream.flush()

    def close(self) -> None:
        """Print how many records weren't shown."""
        kept = f"all are in {self._name}" if self._stream else "--quarantine FILE keeps all of them"
        if self.count > SHOWN:
            click.echo(f"… and {self.count - SHOWN:,} more; {kept}.", err=True)


@contextmanager
def quarantine(path: str | None) -> Iterator[Quarantine]:
    """Make a Quarantine for one import. Raises InputError if the file can't be written."""
    if path is None:
        taker = Quarantine(None, None)
        yield taker
        taker.close()
        return
    refuse_databases(path)
    try:
        stream = open(path, "ab", opener=private)  # noqa: SIM115  # appends, so that records of an earlier import stay
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror or error}.") from error
    with stream:
        taker = Quarantine(stream, path)
        yield taker
        taker.close()


def _pieces(bad: BadLine) -> Iterator[bytes]:
    """The line for one record. A long text is written in pieces; else memory would hold several copies of it."""
    head = json.dumps({"file": bad.source, "line": bad.line, "reason": bad.reason}, ensure_ascii=False)
    yield f'{head[:-1]}, "record": '.encode()
    if isinstance(bad.record, str):
        yield b'"'
        for at in range(0, len(bad.record), _PIECE):
            yield json.dumps(clean(bad.record[at : at + _PIECE]), ensure_ascii=False)[1:-1].encode()
        yield b'"'
    else:
        yield clean_escapes(clean(dumps(bad.record, default=str, allow_nan=True))).encode()
    yield b"}\n"


def where(bad: BadLine) -> str:
    """`FILE:LINE: reason`, so that editors can jump there."""
    return f"{visible_line(bad.source)}:{bad.line}: {visible(bad.reason)}"
