"""Whether thoughtsearch may change a database, and the errors to raise where it may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from ...errors import NotAdopted, SchemaError
from .engine import DatabaseState

#: Raises an error if a database in this state may not be changed.
Check: TypeAlias = Callable[[DatabaseState], None]


def anything_goes(found: DatabaseState) -> None:
    """The check for a caller who was asked to adopt: it lets every table be changed."""


def adopted(name: str, argument: str) -> Check:
    """The check that raises NotAdopted for a table of another program.

    `name` is the database as a person reads it, `argument` what `-d` takes. Neither holds a password.
    """

    def check(found: DatabaseState) -> None:
        if found.unadopted:
            raise NotAdopted(
                f"The table ai_thought_history of {name} was made by another program, and isn't adopted: "
                f"`thoughtsearch init -d {argument}` adopts it (in Python, open it with adopt=True), and "
                f"`thoughtsearch backfill --dry-run -d {argument}` shows first what that would do."
            )

    return check


def check_complete(lacking: Iterable[str]) -> None:
    """Raises SchemaError if the table of thoughts has lost columns, and names them."""
    if names := ", ".join(lacking):
        raise SchemaError(
            f"The table ai_thought_history no longer has the column {names}: it was renamed or dropped. Give it its name "
            "back (ALTER TABLE ai_thought_history RENAME COLUMN … TO …) or restore it; until then nothing is changed."
        )


def check_not_renamed(tables: Iterable[str]) -> None:
    """Raises SchemaError if the table of thoughts was renamed. `tables` are others that have its triggers or indexes."""
    if names := ", ".join(sorted(set(tables))):
        raise SchemaError(
            f"The table ai_thought_history was renamed to {names}, which has its triggers and indexes. Give it its name "
            f"back (ALTER TABLE {names} RENAME TO ai_thought_history); until then nothing is changed."
        )
