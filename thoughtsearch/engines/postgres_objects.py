"""What the migrations create in a PostgreSQL database, by name: to see what is gone or changed, and to make it anew."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..sql import migrations
from .postgres_shape import Shape

_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?/\*schema\*/(\w+) [^;]*;", re.MULTILINE)
_GRANT = re.compile(r"^GRANT [^;]* ON ([^;]*) TO [^;]*;", re.MULTILINE)
_FUNCTION = re.compile(
    r"^CREATE (?:OR REPLACE )?FUNCTION /\*schema\*/(\w+)\(.*?\$\$(.*?)\$\$;"
    r"|^DROP FUNCTION IF EXISTS /\*schema\*/(\w+)\([^;]*;",
    re.MULTILINE | re.DOTALL,
)
_TEXT_SEARCH = re.compile(r"^CREATE TEXT SEARCH (DICTIONARY|CONFIGURATION) /\*schema\*/(\w+) [^;]*;", re.MULTILINE)
_MAPPING = re.compile(r"^ALTER TEXT SEARCH CONFIGURATION /\*schema\*/\w+\s+ADD MAPPING [^;]*;", re.MULTILINE)


class Function(NamedTuple):
    """The text between its `$$`, and the statement that creates it, or puts it into the place of another one."""

    body: str
    creation: str

    @property
    def is_definer(self) -> bool:
        """Whether it runs with the rights of its owner: then nobody else may call it."""
        return "SECURITY DEFINER" in self.creation.partition("$$")[0]

    @property
    def is_pinned(self) -> bool:
        """Whether it looks up names in pg_catalog alone: each does that has statements of its own."""
        return "LANGUAGE plpgsql" in self.creation.partition("$$")[0]


def table_names(shape: Shape) -> list[str]:
    """The names of the tables."""
    return _TABLE.findall(_script(shape))


def tables(shape: Shape) -> dict[str, str]:
    """The statements that create each table, and grant what is granted on it."""
    script = _script(shape)
    grants = [(found[1], found[0]) for found in _GRANT.finditer(script)]
    made = {}
    for found in _TABLE.finditer(script):
        named = f"/*schema*/{found[1]}"
        granted = [grant for objects, grant in grants if named in objects.replace(",", " ").split()]
        made[found[1]] = shape.fill("\n".join([found[0], *granted]))
    return made


def functions(shape: Shape) -> dict[str, Function]:
    """Each function, as it was last created; one that a later migration drops is none."""
    made: dict[str, Function] = {}
    for found in _FUNCTION.finditer(_script(shape)):
        made.pop(found[1] or found[3], None)
        if found[1]:
            creation = re.sub("^CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", shape.fill(found[0]))
            made[found[1]] = Function(shape.fill(found[2]), creation)
    return made


def text_search(shape: Shape) -> dict[tuple[str, str], str]:
    """The statements that create each dictionary and configuration, by kind and name."""
    return {(found[1], found[2]): shape.fill(found[0]) for found in _TEXT_SEARCH.finditer(_script(shape))}


def mappings(shape: Shape) -> list[str]:
    """The statements that say which dictionary is for which kind of token."""
    return [shape.fill(found[0]) for found in _MAPPING.finditer(_script(shape))]


def _script(shape: Shape) -> str:
    return "\n".join(step.script for step in migrations("postgres", adopting=shape.is_found))
