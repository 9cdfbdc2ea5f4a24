"""The command line. Importing this package costs nothing: commands load when they are called."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """The entry point `thoughtsearch`."""
    try:
        from .group import root

        _prepare_streams()
        root.main(prog_name="thoughtsearch")
    except KeyboardInterrupt:
        sys.exit(130)


def _prepare_streams() -> None:
    """A terminal that can't show a character gets a stand-in, never a UnicodeEncodeError."""
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
