"""Where the engines differ, and why: the one table that tests, `thoughtsearch help postgresql` and `doctor` read.

A test asks it, `differs("long-words", kind)`, and never the engine's name: so no difference that isn't declared here is
excused. Each is shown by a test on every kind of database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: A kind of database: an engine, and on PostgreSQL a table that another program made.
Kind: TypeAlias = Literal["sqlite", "postgresql", "postgresql-found"]
SQLITE: tuple[Kind, ...] = ("sqlite",)
POSTGRES: tuple[Kind, ...] = ("postgresql", "postgresql-found")
OWN: tuple[Kind, ...] = ("postgresql",)
FOUND: tuple[Kind, ...] = ("postgresql-found",)
KINDS: tuple[Kind, ...] = SQLITE + POSTGRES


_NAMES = {
    SQLITE: "SQLite",
    POSTGRES: "PostgreSQL",
    OWN: "PostgreSQL, a table of our own",
    FOUND: "PostgreSQL, a found table",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is so on these kinds of database alone."""

    key: str
    on: tuple[Kind, ...]
    what: str
    why: str


DIFFERENCES: dict[str, Difference] = {
    one.key: one
    for one in (
        Difference(
            "metadata-rewritten",
            POSTGRES,
            "Metadata comes back with its keys in another order, and `1e300` as a whole number.",
            "A jsonb keeps neither.",
        ),
        Difference(
            "long-words",
            POSTGRES,
            "A word over 1,000 bytes is found whole, or by a prefix of up to 900 bytes.",
            "A lexeme holds 2,046 bytes.",
        ),
        Difference(
            "times-after-9999",
            POSTGRES,
            "A time after the year 9999 is an unknown time, but is listed first.",
            "PostgreSQL has such times; Python and SQLite have none.",
        ),
        Difference(
            "typed-values",
            POSTGRES,
            "No program can store a time that is none, a word where a number belongs, or a NUL; a transfer "
            "names what it could not carry.",
            "A column takes values of its type alone; SQLite's takes any.",
        ),
        Difference(
            "typed-metadata",
            OWN,
            "No program can store metadata that is no JSON.",
            "The column is a `jsonb`; in SQLite and in a found table it may be a text.",
        ),
        Difference(
            "tags-as-array",
            OWN,
            "Another program may store a tag with a comma in it; a transfer to SQLite names it.",
            "The tags are an array; elsewhere they are one text, cut at its commas.",
        ),
        Difference(
            "small-columns",
            FOUND,
            "A number beyond the type of its column is refused.",
            "The column stays as it is; our own are of 8 bytes.",
        ),
        Difference(
            "approximate-vectors",
            POSTGRES,
            "From 10,000 vectors on, an index finds the nearest among as many thoughts, and misses some.",
            "HNSW is approximate; SQLite compares every vector.",
        ),
        Difference(
            "schemas",
            POSTGRES,
            "`import --table` takes a table's name with its schema.",
            "SQLite has no schemas.",
        ),
        Difference(
            "threads-wait",
            SQLITE,
            "A search waits until those of other threads on the same store have read.",
            "They share one connection; on PostgreSQL each takes one from a pool.",
        ),
        Difference(
            "server-timeouts",
            POSTGRES,
            "The server may end a search earlier than `timeout` says.",
            "A role or a database has a `statement_timeout` of its own.",
        ),
    )
}


def differs(key: str, kind: Kind) -> bool:
    """Whether it is so on this kind of database. Raises KeyError for a difference that isn't declared."""
    return kind in DIFFERENCES[key].on


def kind_of(engine: str, *, is_found: bool) -> Kind:
    """The kind of a database: of a location's engine, whose table another program made or thoughtsearch."""
    if engine == "sqlite":
        return "sqlite"
    return "postgresql-found" if is_found else "postgresql"


def differences(kind: Kind) -> list[Difference]:
    """All that are so there."""
    return [one for one in DIFFERENCES.values() if kind in one.on]


def as_markdown() -> str:
    """The table for a page of help."""
    rows = [f"| {_NAMES[one.on]} | {one.what} | {one.why} |" for one in DIFFERENCES.values()]
    return "\n".join(["| on | what differs | why |", "|---|---|---|", *rows])
