"""Makes the three standard streams usable, even if they are closed, full, or have another encoding."""

from __future__ import annotations

import contextlib
import io
import os
import sys


class _Forgiving(io.TextIOWrapper):
    """A stderr that may be closed or full. What can't be written to it is lost, but doesn't end the command."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


def prepare() -> None:
    """Make all three usable. A closed stdout stays closed: the first write to it fails, as on a full disk."""
    _occupy()
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Replace characters that the terminal can't show, rather than raise a UnicodeEncodeError.
        sys.stdout.reconfigure(errors="replace")
    if type(sys.stderr) is io.TextIOWrapper:
        encoding = sys.stderr.encoding
        sys.stderr = _Forgiving(sys.stderr.detach(), encoding, "backslashreplace", line_buffering=True)


def _occupy() -> None:
    """Open something in place of closed streams. Else the next file opened, the database, would get their numbers."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:  # noqa: PERF203
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # processes that we start inherit all three


def give_up_stdout() -> None:
    """Redirect stdout to nowhere, as Python flushes it once more when it ends, and would fail again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
