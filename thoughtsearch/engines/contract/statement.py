"""Plans: what to do with a database, without knowing how it is connected.

A plan yields statements and receives their rows; an executor drives it, in one transaction, on a connection that may
be sync or async. So each operation is written once.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

Row: TypeAlias = Sequence[Any]
Rows: TypeAlias = list[Row]


NONE: Mapping[str, Any] = {}


class Statement(NamedTuple):
    """One SQL statement and its parameters by name.

    With `many` there are parameters for each of its executions, any iterable of them, taken as they are needed.
    """

    sql: str
    parameters: Any = NONE
    many: bool = False


Plan: TypeAlias = Generator[Statement, Rows, T]
