"""A dry run of a plan: it runs the statements that read, and hands back the others instead of running them."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple, TypeVar

from .statement import Plan, Rows, Statement

T = TypeVar("T")

_READING = re.compile(r"\s*(--.*\n\s*)*(SELECT|WITH)\b")
_PARAMETER = re.compile(r"(?<!:):(\w+)|%\((\w+)\)s")


class Change(NamedTuple):
    """A statement that would run, and whom it would keep waiting among the users of tables that exist already."""

    sql: str
    waiting: str | None = None


def dry_run(plan: Plan[T]) -> Plan[tuple[T, list[Statement]]]:
    """The plan without its changes, each of which is answered with no rows. The plan must not read what it has changed."""
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
    """The statement as a person could type it, with its parameters filled in."""
    parameters: Any = statement.parameters
    if not parameters:
        return statement.sql.strip()
    filled = _PARAMETER.sub(lambda found: _literal(parameters[found[1] or found[2]]), statement.sql)
    return filled.replace("%%", "%").strip()


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "-9e999" if value == -math.inf else str(value)
