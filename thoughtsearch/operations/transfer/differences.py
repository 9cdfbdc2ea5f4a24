"""Which values of a table differ on the two sides: by column, with the ids of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: So many ids are named, then only counted.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Differing:
    """A column and the rows in which it differs. No column: the rows that one side alone has."""

    column: str | None
    count: int
    ids: tuple[Any, ...]

    @property
    def shown(self) -> str:
        """The ids, as a person would name them."""
        more = f" and {self.count - len(self.ids):,} more" if self.count > len(self.ids) else ""
        return ", ".join(map(_short, self.ids)) + more

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"column": self.column, "count": self.count, "ids": list(self.ids)}


@dataclass(slots=True)
class Differences:
    """What is found, row by row."""

    rows: int = 0
    _found: dict[str | None, tuple[list[Any], int]] = field(default_factory=dict)

    def add(self, ident: Any, columns: Iterable[str | None]) -> None:
        """A row that differs in these columns, or that one side lacks."""
        self.rows += 1
        for column in columns:
            ids, count = self._found.get(column, ([], 0))
            if len(ids) < NAMED:
                ids.append(ident)
            self._found[column] = ids, count + 1

    def listed(self) -> tuple[Differing, ...]:
        """By column, in the order in which they were found."""
        return tuple(Differing(column, count, tuple(ids)) for column, (ids, count) in self._found.items())


def _short(ident: Any) -> str:
    text = ", ".join(map(str, ident)) if isinstance(ident, (list, tuple)) else str(ident)
    return text if len(text) <= 60 else text[:59] + "…"
