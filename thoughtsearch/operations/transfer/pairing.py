"""A table as both sides have it: which columns belong together, and how a row goes from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...engines.contract.statement import Row
from ...engines.contract.transfer import Table
from ...engines.stored import Bridge, Column

Plain: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """`source` and `target` hold the columns that both have, in the same order; `unknown` are those of the source alone."""

    source: Table
    target: Table
    bridges: tuple[Bridge, ...]
    unknown: tuple[Column, ...] = ()

    @classmethod
    def of(cls, source: Table, target: Table, *, wanted: Sequence[str] | None = None, thoughts: bool = False) -> Pairing:
        """Of all columns of the source's, or of the wanted ones; `thoughts`: their tags and metadata are read as such."""
        asked = [one for one in source.columns if wanted is None or one.name.casefold() in wanted]
        both = [(one, other) for one in asked if (other := target.column(one.name))]
        bridges = tuple(
            Bridge(
                one,
                other,
                as_tags=thoughts and one.name.casefold() == "tags",
                as_metadata=thoughts and one.name.casefold() == "metadata",
            )
            for one, other in both
        )
        return cls(
            source.only([one for one, _ in both]),
            target.only([other for _, other in both]),
            bridges,
            tuple(one for one in asked if target.column(one.name) is None),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, as the source has them."""
        return tuple(one.name for one in self.source.columns)

    def at(self, name: str) -> int:
        """Where the column of this name stands in a row."""
        return [one.casefold() for one in self.names].index(name)

    @property
    def key(self) -> tuple[int, ...]:
        """Where the source's key stands in a row; nothing where there is none, or the target lacks a part of it."""
        names = self.names
        return tuple(map(names.index, self.source.key)) if set(self.source.key) <= set(names) else ()

    def without(self, name: str) -> Pairing:
        """The same but for a column."""
        kept = [at for at, one in enumerate(self.names) if one.casefold() != name]
        return Pairing(
            self.source.only([self.source.columns[at] for at in kept]),
            self.target.only([self.target.columns[at] for at in kept]),
            tuple(self.bridges[at] for at in kept),
            self.unknown,
        )

    def carried(self, values: Row) -> list[Any]:
        """A row of the source's for the target."""
        return [bridge.carry(value) for bridge, value in zip(self.bridges, values, strict=True)]

    def plain(self) -> Plainer:
        """What compares rows."""
        return Plainer(self)


class Plainer:
    """Makes of a row of either side what it shares with one of the other that says the same."""

    def __init__(self, pairing: Pairing) -> None:
        self._forms = [bridge.plainer() for bridge in pairing.bridges]
        self._key = pairing.key

    def row(self, values: Row) -> Plain:
        """The whole row."""
        return tuple([None if value is None else form(value) for form, value in zip(self._forms, values, strict=True)])

    def key(self, row: Plain) -> Plain:
        """Its key, of a row made plain."""
        return tuple([row[at] for at in self._key])


def differing(pairing: Pairing, one: Plain, other: Plain | None) -> list[str | None]:
    """The columns in which two rows differ; None for a row that the target lacks."""
    if other is None:
        return [None]
    return [name for name, left, right in zip(pairing.names, one, other, strict=True) if left != right]
