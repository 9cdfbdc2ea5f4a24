"""Defines what a kind of source provides, and lists the kinds, here and in installed packages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from ..errors import InputError
from .entry import Entry
from .reading import Reading

GROUP = "thoughtsearch.sources"


@dataclass(frozen=True, slots=True)
class Reader:
    """A kind of source. A package adds its own by an entry point of the same name in the group `thoughtsearch.sources`.

    `read` yields the entries of one source in order. It raises InputError only if it can't read the source at all. The
    fields of its records are the table's columns. Agents and sessions may have names or UUIDs instead of numbers.
    """

    name: str
    #: A description for people, in one line.
    what: str
    read: Callable[[Reading], Iterator[Entry]]
    #: Whether a file is of this kind, by its path and its first bytes. It never reads the file, unless it is a database.
    recognises: Callable[[str, bytes], bool]
    #: The endings of this kind's files in a folder, if the user named the kind.
    endings: tuple[str, ...] = (".jsonl",)
    #: The folders and files where its tool keeps the sessions, as a shell has them: "${CODEX_HOME:-~/.codex}/sessions".
    homes: tuple[str, ...] = ()
    #: Whether it reads databases, by path or URL.
    database: bool = False
    #: Whether its fields are the user's own and may be mapped. Records with our columns are stored as they are.
    plain: bool = False
    #: Whether a JSON object is a record of this kind and of no other. It is asked of the records of JSON Lines, from the
    #: first one on, until one is known. So a file is recognised whatever its name is and however it begins.
    knows: Callable[[Mapping[str, Any]], bool] | None = None

    def places(self) -> list[str]:
        """The paths of `homes` in this environment, whether they exist or not."""
        return [os.path.expanduser(_VARIABLE.sub(_value, home)) for home in self.homes]


_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def _value(variable: re.Match[str]) -> str:
    return os.environ.get(variable[1]) or variable[2]


#: They are asked in this order whether they recognise a file. Those that accept any file of their form come last.
_OWN = ("claude_code", "codex", "swe_agent", "specstory", "llm", "table", "jsonl", "csv")


@cache
def readers() -> dict[str, Reader | InputError]:
    """All kinds by name; for one of an installed package that can't be used, the error."""
    from importlib.metadata import entry_points

    own: list[Reader] = [import_module(f".{module}", __package__).READER for module in _OWN]
    added: dict[str, Reader | InputError] = {}
    for point in entry_points(group=GROUP):
        try:
            reader = point.load()
            if not isinstance(reader, Reader):
                raise TypeError(f"{point.value} is no Reader")
            added[point.name] = reader
        except Exception as error:  # noqa: PERF203  # somebody else's package must not end every import
            added[point.name] = InputError(f"The source {point.name} of an installed package can't be used: {error}.")
    return added | {reader.name: reader for reader in own}


def usable() -> list[Reader]:
    """The kinds that can be used, in the order in which they are asked."""
    return [reader for reader in readers().values() if isinstance(reader, Reader)]


def named(name: str) -> Reader:
    """Get the kind with this name. Raises InputError."""
    found = readers().get(name)
    if found is None:
        raise InputError(
            f"There is no source {name!r:.60}; there are {', '.join(readers())} (thoughtsearch import --list)."
        )
    if isinstance(found, InputError):
        raise found
    return found
