"""What one query does on its way from the command line to the database: changes of file, calls, statements.

    python -m tests.tools.trace_query PATH|URL [WORD ...]

Each change of file is a call from one file of the package into another: a reader who follows the query jumps as often.
Run it once before a change of structure and once after. Reads only.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import thoughtsearch
from thoughtsearch.cli.group import root

_PACKAGE = str(Path(thoughtsearch.__file__).parent)


class Tracer:
    """Counts what passes through the package's files while it is installed as the profiler."""

    def __init__(self) -> None:
        self.changes = 0
        self.calls = 0
        self.statements = 0
        self.files: Counter[str] = Counter()
        self._stack: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "c_call":
            self.statements += getattr(argument, "__qualname__", "").startswith("Connection.execute")  # sqlite3's
        elif event in ("call", "return") and code.co_filename.startswith(_PACKAGE) and code.co_name != "<module>":
            self._pass(code.co_filename, entering=event == "call")
        elif event == "call" and code.co_name in ("execute", "executemany"):
            self.statements += code.co_filename.endswith("psycopg/cursor.py")

    def _pass(self, file: str, *, entering: bool) -> None:
        if entering:
            self.calls += 1
            self.files[file] += 1
            self.changes += bool(self._stack) and self._stack[-1] != file
            self._stack.append(file)
        elif self._stack:
            self._stack.pop()


def traced(arguments: list[str]) -> Tracer:
    """The figures of one run of the command line, its output thrown away."""
    tracer = Tracer()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        sys.setprofile(tracer)
        try:
            root.main(arguments, prog_name="thoughtsearch")
        finally:
            sys.setprofile(None)
    return tracer


if __name__ == "__main__":
    target, *text = sys.argv[1:]
    command = ["query", "-d", target, *(text or ["why is the database locked"])]
    traced(command)  # whatever is loaded or cached on first use
    figures = traced(command)
    print(f"changes of file {figures.changes}, calls {figures.calls}, files {len(figures.files)}", end=", ")
    print(f"statements {figures.statements}")
    for file, count in figures.files.most_common():
        print(f"{count:6}  {Path(file).relative_to(_PACKAGE)}")
