"""The command line. Importing this package costs nothing: commands load when they are called."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """The entry point `thoughtsearch`."""
    try:
        from .group import root

        _prepare_streams()
        root.main(prog_name="thoughtsearch")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        print(f"Error: the output can't be written: {error.strerror}.", file=sys.stderr)
        _give_up_stdout()
        sys.exit(3)


def _give_up_stdout() -> None:
    # Python would flush it once more at its end, and fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _prepare_streams() -> None:
    """A terminal that can't show a character gets a stand-in, never a UnicodeEncodeError."""
    if sys.stdin is None:  # closed by who started us: there is nothing to read
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
