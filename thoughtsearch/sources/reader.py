"""What a kind of source must know of itself; which kinds there are, here and in installed packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from ..errors import InputError
from .entry import Entry
from .reading import Reading

GROUP = "thoughtsearch.sources"


@dataclass(frozen=True, slots=True)
class Reader:
    """A kind of source. A package adds its own by an entry point of the group `thoughtsearch.sources`, named like it.

    `read` yields what is in one source, in order, and raises InputError only where it can't be read at all. Its records
    have the table's columns for fields; names and UUIDs may stand for the numbers of agents and sessions.
    """

    name: str
    #: One line for people.
    what: str
    read: Callable[[Reading], Iterator[Entry]]
    #: Whether a file is of this kind, by its path and its first bytes.
    recognises: Callable[[str, bytes], bool]
    #: Which files of a folder are of this kind, where the kind was named.
    endings: tuple[str, ...] = (".jsonl",)
    #: Where its tool keeps them.
    home: str | None = None
    #: It reads databases, by path or URL.
    database: bool = False
    #: Its fields are somebody's own, and may be mapped; records in our columns are stored as they are.
    plain: bool = False


#: Asked in this order whether they recognise a file; those that take any file of their form come last.
_OWN = ("claude_code", "codex", "swe_agent", "specstory", "llm", "table", "jsonl", "csv")


@cache
def readers() -> dict[str, Reader | InputError]:
    """All kinds by name; of one that an installed package adds and that can't be used, why."""
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
    """Those that can be used, in the order in which they are asked."""
    return [reader for reader in readers().values() if isinstance(reader, Reader)]


def named(name: str) -> Reader:
    """The kind with this name. Raises InputError."""
    found = readers().get(name)
    if found is None:
        raise InputError(
            f"There is no source {name!r:.60}; there are {', '.join(readers())} (thoughtsearch import --list)."
        )
    if isinstance(found, InputError):
        raise found
    return found


def recognised(path: str, start: bytes) -> Reader | None:
    """The first kind that takes the file for one of its own."""
    return next((reader for reader in usable() if reader.recognises(path, start)), None)
