"""The list of arguments in the docstring of `Store.search`, made from the table of arguments.

    python -m tests.tools.search_docstring

writes it anew; a test says when that is due. It is written out, not made at import, so that editors show it.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import wrap

from thoughtsearch import store
from thoughtsearch.query.arguments import ARGUMENTS, DEFAULTS

_INDENT, _COLUMN, _WIDTH = " " * 8, 13, 122
_LIST = re.compile(r"(?<=Options, all optional:\n\n).*?(?=\n\n)", re.DOTALL)


def listed() -> str:
    """A paragraph: each keyword argument, a number that is its default in brackets, and its other name."""
    lines = []
    for name, argument in ARGUMENTS.items():
        if name == "query":
            continue
        meaning, default = argument.help, DEFAULTS[name]
        if isinstance(default, (int, float)) and not isinstance(default, bool):
            first, semicolon, rest = meaning.partition("; ")
            meaning = f"{first} ({default:g}){semicolon}{rest}"
        if argument.also:
            meaning += f" (also written {argument.also})"
        lines += wrap(
            meaning,
            _WIDTH,
            initial_indent=_INDENT + name.ljust(_COLUMN),
            subsequent_indent=_INDENT + " " * _COLUMN,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def renewed(source: str) -> str:
    """The source with the list as it should be."""
    return _LIST.sub(lambda found: listed(), source, count=1)


if __name__ == "__main__":
    path = Path(store.__file__)
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
