"""The command line. Importing this package is cheap: a command is loaded when it is called."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the entry point `thoughtsearch`."""
    from . import streams

    try:
        streams.prepare()
        from .group import root

        root.main(prog_name="thoughtsearch")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        what = "the output can't be written" if error.filename is None else f"{str(error.filename)!r:.200} can't be used"
        print(f"Error: {what}: {reason}.", file=sys.stderr)
        streams.give_up_stdout()
        sys.exit(3)
