"""One source that a reader reads: its lines, and how far the reading has come."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from typing import Any

from ..location import redacted
from ..operations.imports import Progress
from ..version import __version__
from .limits import Limits, Oversized, too_long

_CHUNK = 1 << 20


class Reading(Iterator[bytes]):
    """The lines of a file, each with its line break; or, for a reader of databases, only its `path`.

    A line that is longer than a record may be comes as Oversized. That is only its beginning, to bound the memory.

    A reader may be stopped between any two records. Later it goes on at the line that it drew last. So when it yields a
    record, it must have yielded the records of all lines before that one. It keeps what it must know there in `state`, as
    JSON values.
    """

    def __init__(
        self,
        path: str,
        stream: io.BufferedReader | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        size: int | None = None,
        position: Callable[[], int] = lambda: 0,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self.name = "stdin" if path == "-" else redacted(path) if "://" in path else path
        #: The user's options for this import: `table`, `id`, `content`, …
        self.options = dict(options or {})
        self.size = size
        #: How many bytes of `size` have been read from the file itself, which may be compressed.
        self.position = position
        self.limits = limits or Limits()
        self._stream = stream or io.BufferedReader(io.BytesIO())
        self.begin("")

    def begin(self, reader: str) -> None:
        """Begin to read, with the reader of this name."""
        # With another reader, version or options, the same bytes count as not read yet.
        self._way = json.dumps([reader, __version__, self.options], sort_keys=True, default=str).encode()
        self._start()

    def _start(self) -> None:
        # The digest of all before the line drawn last, and one that includes that line.
        self._digest = blake2b(self._way, digest_size=16)
        self._ahead = self._digest.copy()
        self._reached = self._reached_ahead = 0
        self._is_ended = True  # by a line break
        self._before: dict[str, Any] = {}
        #: The number of the line drawn last.
        self.line = 0
        #: What the reader keeps. If it sets `whole`, a file that has grown is read from its start.
        self.state: dict[str, Any] = {}

    def start(self, size: int) -> bytes:
        """The first bytes, at most `size`, without drawing them."""
        return self._stream.peek(size)[:size]

    @contextmanager
    def looking_ahead(self) -> Iterator[Iterator[bytes]]:
        """The lines from the beginning of the file on, none of them longer than a record may be. None is drawn."""
        if self._stream.seekable():
            yield self._lines_ahead()
            self._stream.seek(0)
            return
        ahead = SpooledTemporaryFile(max_size=_CHUNK)  # noqa: SIM115  # closed by _Replayed
        yield (line for line in self._lines_ahead() if ahead.write(line))
        ahead.seek(0)
        self._stream = io.BufferedReader(_Replayed(ahead, self._stream))

    def _lines_ahead(self) -> Iterator[bytes]:
        return iter(lambda: self._stream.readline(self.limits.record + 1), b"")

    def __next__(self) -> bytes:
        line = self._stream.readline(self.limits.record + 1)
        if not line:  # the reader tells when the last line is done: it may still hold a record back
            raise StopIteration
        self._keep()
        self._before = dict(self.state)
        self._draw(line)
        if len(line) > self.limits.record and not self._is_ended:
            line = self._rest_passed_over(line)
        self.line += 1
        return line

    def _rest_passed_over(self, line: bytes) -> Oversized:
        start, length, quotes = line[:_CHUNK], len(line), line.count(b'"')
        del line
        while not self._is_ended and (chunk := self._stream.readline(_CHUNK)):
            self._draw(chunk)
            length += len(chunk)
            quotes += chunk.count(b'"')
        return Oversized(start, length, quotes, self.limits.record)

    def read(self) -> bytes:
        """Read all that is left, for a reader of whole documents. Raises Broken if it is longer than a record may be."""
        lines: list[bytes] = []
        size = 0
        for line in self:
            size += len(line)
            if size > self.limits.record or isinstance(line, Oversized):
                raise too_long("document", self.limits.record, lines[0] if lines else line)
            lines.append(line)
        return b"".join(lines)

    def _draw(self, piece: bytes) -> None:
        self._ahead.update(piece)
        self._reached_ahead += len(piece)
        self._is_ended = piece.endswith(b"\n")

    def _keep(self) -> None:
        """Mark what was drawn as done."""
        self._digest = self._ahead.copy()
        self._reached = self._reached_ahead

    def progress(self) -> Progress:
        """What is certainly done: all before the line drawn last."""
        return self._progress(max(self.line - 1, 0), self._before)

    def finished(self) -> Progress:
        """The progress when the reader is done. A last line without a line break may be unfinished, so it is read again."""
        if not self._is_ended and not self.state.get("whole"):
            return self.progress()
        self._keep()
        return self._progress(self.line, self.state)

    def _progress(self, line: int, state: Mapping[str, Any]) -> Progress:
        return Progress(os.path.abspath(self.path), self._reached, line, self._digest.hexdigest(), dict(state))

    def go_on(self, done: Progress) -> bool:
        """Pass over what an earlier reading did, if it is unchanged. Tell whether there is more to read."""
        left = done.reached
        while left and (chunk := self._stream.read(min(left, _CHUNK))):
            self._draw(chunk)
            left -= len(chunk)
        self._is_ended = True
        self._keep()
        same = not left and self._digest.hexdigest() == done.digest
        if same and not self._stream.peek(1):
            return False
        if same and not done.state.get("whole"):
            self.line = done.line
            self.state = dict(done.state)
            self._before = dict(done.state)
        else:
            self._stream.seek(0)
            self._start()
        return True


class _Replayed(io.RawIOBase):
    """A stream of which the beginning was read ahead."""

    def __init__(self, ahead: SpooledTemporaryFile[bytes], stream: io.BufferedReader) -> None:
        self._ahead = ahead
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._ahead.read(len(buffer)) or self._stream.read1(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._ahead.close()
        super().close()
