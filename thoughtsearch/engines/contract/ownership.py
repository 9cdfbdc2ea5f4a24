"""Whether a database is ours to change, and what to say where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from ...errors import NotAdopted, SchemaError
from .engine import Found

#: Raises an error where what was found may not be changed.
Check: TypeAlias = Callable[[Found], None]


def anything_goes(found: Found) -> None:
    """The check of whoever was asked to adopt: every table may be changed."""


def adopted(name: str, argument: str) -> Check:
    """The check that raises NotAdopted for a table of another program.

    `name` is the database for a person, `argument` what `-d` takes for it; neither holds a password.
    """

    def check(found: Found) -> None:
        if found.unadopted:
            raise NotAdopted(
                f"The table ai_thought_history of {name} was made by another program, and isn't adopted: "
                f"`thoughtsearch init -d {argument}` adopts it (in Python, open it with adopt=True), and "
                f"`thoughtsearch backfill --dry-run -d {argument}` shows first what that would do."
            )

    return check


def check_complete(lacking: Iterable[str]) -> None:
    """Raises SchemaError that names the columns that a table of ours has lost."""
    if names := ", ".join(lacking):
        raise SchemaError(
            f"The table ai_thought_history no longer has the column {names}: it was renamed or dropped. Give it its name "
            "back (ALTER TABLE ai_thought_history RENAME COLUMN … TO …) or restore it; until then nothing is changed."
        )


def check_not_renamed(tables: Iterable[str]) -> None:
    """Raises SchemaError where the table of thoughts bears another name: one of `tables`, on which our triggers or indexes
    are."""
    if names := ", ".join(sorted(set(tables))):
        raise SchemaError(
            f"The table ai_thought_history was renamed to {names}, which has its triggers and indexes. Give it its name "
            f"back (ALTER TABLE {names} RENAME TO ai_thought_history); until then nothing is changed."
        )
