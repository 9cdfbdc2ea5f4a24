"""Rows stored in the target: those that it refuses are passed by, and don't stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ...errors import DatabaseError, DatabaseLocked, DatabaseUnavailable, ReadOnlyError

T = TypeVar("T")

# So many refused in a row, and none stored, are no matter of the rows.
_PATIENCE = 50
#: What would befall any statement.
NOT_OF_ROWS = (DatabaseLocked, DatabaseUnavailable, ReadOnlyError)


class Storing:
    """Runs a step with some rows; where the database refuses, with half of them, and so on down to single rows."""

    def __init__(self) -> None:
        self.refused = 0
        self.reason = ""
        self._in_a_row = 0

    def run(self, rows: Sequence[T], step: Callable[[Sequence[T]], object], skip: Callable[[T], object]) -> None:
        """`step` stores rows in one transaction, `skip` is told of one that can't be. Raises what is no matter of a row."""
        try:
            step(rows)
        except NOT_OF_ROWS:
            raise
        except DatabaseError as error:
            if len(rows) == 1:
                self._in_a_row += 1
                if self._in_a_row > _PATIENCE:
                    raise
                self.refused += 1
                self.reason = self.reason or str(error)
                skip(rows[0])
                return
            half = len(rows) // 2
            self.run(rows[:half], step, skip)
            self.run(rows[half:], step, skip)
        else:
            self._in_a_row = 0
