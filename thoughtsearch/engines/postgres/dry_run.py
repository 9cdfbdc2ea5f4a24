"""What each statement that makes a database ready locks, and who waits for it. A test compares this with a server."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..contract.dry_run import Change, as_sql
from ..contract.statement import Statement
from .schema import BRIEFLY, TableLocation
from .shape import BESIDE, TABLE

#: How a statement begins, the mode in which it locks a table that existed before, and who waits for that lock.
LOCKS = (
    (r"ALTER TABLE (?P<table>\S+) ADD COLUMN", "ACCESS EXCLUSIVE", "writers and readers wait"),
    (r"ALTER TABLE (?P<table>\S+) ALTER COLUMN \w+ DROP NOT NULL", "ACCESS EXCLUSIVE", "writers and readers wait"),
    (r"CREATE TRIGGER \w+ .*? ON (?P<table>\S+)", "SHARE ROW EXCLUSIVE", "writers wait, readers do not"),
    (r"DROP TRIGGER IF EXISTS \w+ ON (?P<table>\S+)", "ACCESS EXCLUSIVE", "writers and readers wait"),
    (r"TRUNCATE (?P<table>\S+)", "ACCESS EXCLUSIVE", "writers and searches wait"),
    (r"DROP INDEX CONCURRENTLY", "SHARE UPDATE EXCLUSIVE", "neither writers nor readers wait"),
    (r"DROP INDEX IF EXISTS (?P<table>\S+)", "ACCESS EXCLUSIVE", "writers and searches wait"),
    (r"CREATE INDEX CONCURRENTLY \w+ ON (?P<table>\S+)", "SHARE UPDATE EXCLUSIVE", "neither writers nor readers wait"),
    (r"CREATE INDEX \w+ ON (?P<table>\S+)", "SHARE", "writers wait, readers do not"),
)
_COMMENT = re.compile(r"\A(?:\s*--[^\n]*\n)+\s*")


def lock(statement: Statement, place: TableLocation) -> tuple[str, str, str] | None:
    """The table, the mode, and who waits. None for a statement that locks only what it makes itself."""
    sql = _COMMENT.sub("", statement.sql)  # the script of a migration begins with one
    for beginning, mode, who in LOCKS:
        if found := re.match(beginning, sql, re.DOTALL):
            named = found.groupdict().get("table", "")
            table = next((one for one in (TABLE, BESIDE) if named.endswith(f".{one}")), place.shape.indexed)
            return table, mode, who
    return None


def listed(statements: Sequence[Statement], place: TableLocation, *, alone: bool = False) -> list[Change]:
    """The statements as changes, inside the transaction that holds them unless each runs `alone`."""
    if not statements:
        return []
    changes = []
    for statement in statements:
        found = lock(statement, place)
        changes.append(Change(as_sql(statement), "{1} on {0}: {2}".format(*found) if found else None))
    return changes if alone else [Change("BEGIN"), Change(BRIEFLY), *changes, Change("COMMIT")]
