"""The character tables of sql/postgres/migrations/0001_analysis.sql, from those that FTS5 gave.

Run as: python -m tests.tools.postgres_analysis

That prints them. Should they ever change, they go into a new migration, as a landed one is never edited.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools.probe_unicode61 import character_class, escaped
from thoughtsearch.text.unicode61 import CJK, DIACRITIC, FOLDED, UNFOLDED, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATION = Path(__file__).parents[2] / "sql" / "postgres" / "migrations" / "0001_analysis.sql"
BEGIN = "-- The tables: written by `python -m tests.tools.postgres_analysis`, not by hand.\n"
END = "-- The end of the tables.\n"


def points(inside: str) -> Iterator[int]:
    """The code points of a character class."""
    for first, last in re.findall("(.)(?:-(.))?", inside, re.DOTALL):
        yield from range(ord(first), ord(last or first) + 1)


FOREIGN = character_class(sorted(point for inside in (CJK, DIACRITIC, WORD) for point in points(inside)))

TABLES = {
    "cjk": ("Token characters that are spelled as bigrams: inside of a character class.", CJK),
    "mark": ("Combining marks dropped from inside a token: inside of a character class.", DIACRITIC),
    "foreign": (
        "All characters outside ASCII that a token may hold, these included: inside of a character class.",
        FOREIGN,
    ),
    "unfolded": ("Characters outside ASCII that case folding or the removal of accents changes …", UNFOLDED),
    "folded": ("… and, one for one, what they become.", FOLDED),
}


def literal(value: str) -> str:
    """Escape strings, joined by the lines between them as SQL has it; they read alike under any setting of the session."""
    lines = [""]
    for piece in map(escaped, value):
        if len(lines[-1]) + len(piece) > 110:
            lines.append("")
        lines[-1] += piece
    first, *rest = lines
    return "\n".join([f"E'{first}'", *(f"    '{line}'" for line in rest)])


def function(name: str, comment: str, value: str) -> str:
    return (
        f"-- {comment}\n"
        f"CREATE FUNCTION /*schema*/thoughtsearch_{name}() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT\n"
        f"    {literal(value)}::pg_catalog.text\n$$;\n"
    )


def tables() -> str:
    """The part of the migration that is generated."""
    return "\n".join(function(name, comment, value) for name, (comment, value) in TABLES.items())


def written(migration: str) -> str:
    """The migration with the tables put in their place."""
    before, _, rest = migration.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, "no place for the tables"
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    print(tables())
