"""Plans: what to do with a database, without knowing how it is connected.

A plan yields statements and receives their rows. An executor drives it in one transaction, on a sync or an async
connection. So each operation is written once.
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

    With `many`, `parameters` is an iterable: one set of parameters for each execution, taken as it is needed.
    """

    sql: str
    parameters: Any = NONE
    many: bool = False


Plan: TypeAlias = Generator[Statement, Rows, T]
