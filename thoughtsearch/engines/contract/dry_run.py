"""What a plan would change, without changing it: what it reads is read, and its other statements are handed back."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple, TypeVar

from .statement import Plan, Rows, Statement

T = TypeVar("T")

_READING = re.compile(r"\s*(--.*\n\s*)*(SELECT|WITH)\b")
_PARAMETER = re.compile(r"(?<!:):(\w+)|%\((\w+)\)s")


class Change(NamedTuple):
    """A statement that would run, and whom it keeps waiting of those who use tables that were there before."""

    sql: str
    waiting: str | None = None


def dry_run(plan: Plan[T]) -> Plan[tuple[T, list[Statement]]]:
    """The same plan with its changes left out. It must not read what it has changed, but the answer to no rows."""
    left_out: list[Statement] = []
    rows: Rows | None = None
    try:
        while True:
            statement = next(plan) if rows is None else plan.send(rows)
            if _READING.match(statement.sql):
                rows = yield statement
            else:
                left_out.append(statement)
                rows = []
    except StopIteration as stop:
        return stop.value, left_out


def as_sql(statement: Statement) -> str:
    """The statement as it could be typed, its parameters in their places."""
    parameters: Any = statement.parameters
    if not parameters:
        return statement.sql.strip()
    filled = _PARAMETER.sub(lambda found: _literal(parameters[found[1] or found[2]]), statement.sql)
    return filled.replace("%%", "%").strip()


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "-9e999" if value == -math.inf else str(value)
