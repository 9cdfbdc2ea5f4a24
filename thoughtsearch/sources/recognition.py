"""Finds the kind of a file: by its name and beginning, by the first record that a kind knows, or by its form alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..engines.own_files import MAGIC
from ..errors import InputError
from ..location import redacted
from . import jsonl
from .reader import Reader, named, usable
from .reading import Reading

#: How many bytes of a file every kind sees. Of JSON Lines, kinds that know their records see as many as it takes.
START = 1 << 16


def recognised(reading: Reading) -> Reader | None:
    """The kind that recognises the file; None if none does. Nothing is drawn from the reading."""
    start = reading.start(START)
    kinds = [kind for kind in usable() if kind.recognises(reading.path, start)]
    for kind in kinds:
        if not kind.plain:
            return kind
    return (_by_records(reading) if jsonl.may_hold_objects(start) else None) or next(iter(kinds), None)


def _by_records(reading: Reading) -> Reader | None:
    knowing = [(kind, kind.knows) for kind in usable() if kind.knows]
    with reading.looking_ahead() as lines:
        for record in _objects(lines):
            for kind, knows in knowing:
                if knows(record):
                    return kind
    return None


def _objects(lines: Iterable[bytes]) -> Iterable[Mapping[str, object]]:
    return (entry.record for entry in jsonl.records(lines) if isinstance(entry.record, Mapping))


def reader_of(reading: Reading) -> Reader:
    """Find the reader for a file that the user named. Raises InputError if it can't tell."""
    found = recognised(reading)
    if found:
        return found
    if "://" in reading.path:
        raise InputError(
            f"{redacted(reading.path)} is of no kind that can be imported; --from or --table says which it is."
        )
    start = reading.start(START)
    if start.startswith(MAGIC):
        raise InputError(
            f"{reading.name} is a SQLite database; `thoughtsearch init -d {reading.name}` makes it searchable, "
            "--table NAME takes thoughts from one of its tables."
        )
    # The user named the file, so read it whatever its name is; its first character tells the form.
    return named("jsonl" if start.removeprefix(jsonl.BOM).lstrip()[:1] in (b"", b"{", b"[") else "csv")
