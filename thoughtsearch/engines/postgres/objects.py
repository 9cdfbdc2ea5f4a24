"""The objects that the migrations create in a PostgreSQL database, by name.

They show which objects are gone or changed, and how to make them anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ...sql import Migration, migrations
from .shape import Shape

_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?/\*schema\*/(\w+) [^;]*;", re.MULTILINE)
_FUNCTION = re.compile(
    r"^CREATE (?:OR REPLACE )?FUNCTION /\*schema\*/(?P<name>\w+)\((?P<arguments>[^)]*)\).*?\$\$(?P<body>.*?)\$\$[^;$]*;"
    r"|^DROP FUNCTION (?:IF EXISTS )?/\*schema\*/(?P<dropped>\w+)\b[^;]*;",
    re.MULTILINE | re.DOTALL,
)
_RIGHT = re.compile(r"^(?:GRANT|REVOKE|ALTER FUNCTION) [^;]*?/\*schema\*/(\w+)\([^;]*;", re.MULTILINE)
_PENDING = re.compile(r"^CREATE INDEX (\w+) ON [^;]*?(\(gin_pending_list_limit = \d+\));", re.MULTILINE)
_MODES = ("IN", "OUT", "INOUT", "VARIADIC")
_TEXT_SEARCH = re.compile(r"^CREATE TEXT SEARCH (DICTIONARY|CONFIGURATION) /\*schema\*/(\w+) [^;]*;", re.MULTILINE)
_MAPPING = re.compile(r"^ALTER TEXT SEARCH CONFIGURATION /\*schema\*/\w+\s+ADD MAPPING [^;]*;", re.MULTILINE)


class Function(NamedTuple):
    """A function: the names of its arguments, the text between its `$$`, and the statement that creates it."""

    arguments: list[str]
    body: str
    creation: str

    @property
    def replacement(self) -> str:
        """The statement that replaces a function with the same arguments and result."""
        return re.sub("^CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", self.creation)

    @property
    def is_definer(self) -> bool:
        """Whether it runs with the rights of its owner. Then nobody else may call it."""
        return "SECURITY DEFINER" in self.creation.partition("$$")[0]

    @property
    def is_pinned(self) -> bool:
        """Whether it looks up names in pg_catalog only, as each function with statements of its own does."""
        return "LANGUAGE plpgsql" in self.creation.partition("$$")[0]


def table_names(shape: Shape, steps: Sequence[Migration] | None = None) -> list[str]:
    """The names of the tables."""
    return _TABLE.findall(_script(shape, steps))


def tables(shape: Shape) -> dict[str, str]:
    """The statement that creates each table. `rights.secured` grants who may read it."""
    return {found[1]: shape.fill(found[0]) for found in _TABLE.finditer(_script(shape))}


def functions(shape: Shape, steps: Sequence[Migration] | None = None) -> dict[str, Function]:
    """Each function, as the last migration that creates it does so."""
    made: dict[str, Function] = {}
    for found in _FUNCTION.finditer(_script(shape, steps)):
        if found["dropped"]:
            made.pop(found["dropped"], None)
        else:
            arguments = [_named(one.split()) for one in found["arguments"].split(",") if one.strip()]
            made[found["name"]] = Function(arguments, shape.fill(found["body"]), shape.fill(found[0]))
    return made


def _named(words: list[str]) -> str:
    return words[1] if words[0] in _MODES else words[0]


def rights(shape: Shape, steps: Sequence[Migration] | None, names: Collection[str]) -> list[str]:
    """The statements that say who may execute these functions, and with whose rights they run."""
    return [shape.fill(found[0]) for found in _RIGHT.finditer(_script(shape, steps)) if found[1] in names]


def pending_limits(shape: Shape, steps: Sequence[Migration] | None = None) -> list[str]:
    """The statements that limit the pending lists of our indexes as the migrations do."""
    limits = {found[1]: found[2] for found in _PENDING.finditer(_script(shape, steps))}
    return [f"ALTER INDEX IF EXISTS {shape.prefix}{index} SET {limit}" for index, limit in limits.items()]


def text_search(shape: Shape, steps: Sequence[Migration] | None = None) -> dict[tuple[str, str], str]:
    """The statements that create each dictionary and configuration, by kind and name."""
    return {(found[1], found[2]): shape.fill(found[0]) for found in _TEXT_SEARCH.finditer(_script(shape, steps))}


def mappings(shape: Shape, steps: Sequence[Migration] | None = None) -> list[str]:
    """The statements that say which dictionary handles which kind of token."""
    return [shape.fill(found[0]) for found in _MAPPING.finditer(_script(shape, steps))]


def _script(shape: Shape, steps: Sequence[Migration] | None = None) -> str:
    """The script of all migrations, or of some."""
    return "\n".join(step.script for step in steps or migrations("postgres", adopting=shape.is_found))
