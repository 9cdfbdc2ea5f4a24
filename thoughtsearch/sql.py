"""The SQL files: named statements (`-- name: intent`) with holes written as comments, and numbered migrations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_HEADER = re.compile(r"^-- (\w+): .*(?:\n--.*)*$", re.MULTILINE)


class Migration(NamedTuple):
    """One numbered step of the schema; `script` may hold several statements."""

    version: int
    name: str
    script: str


def data(name: str) -> Path:
    """A file or folder shipped beside the code: inside the package in a wheel, at the top level in a checkout."""
    packaged = Path(__file__).parent / "_data" / name
    return packaged if packaged.exists() else Path(__file__).parent.parent / name


@cache
def statements(engine: str, file: str) -> Mapping[str, str]:
    """The statements of `sql/ENGINE/FILE.sql` by name, without their comment line and last semicolon."""
    text = (data("sql") / engine / f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _HEADER.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def fill(statement: str, **holes: str) -> str:
    """The statement with `/*name*/` replaced for each hole given. The text must come from code, never from a user."""
    for name, text in holes.items():
        statement = statement.replace(f"/*{name}*/", text)
    return statement


@cache
def migrations(engine: str, *, adopting: bool = False) -> tuple[Migration, ...]:
    """All migrations of the engine, in order.

    For a table that was there before, a file in `adoption/` takes the place of the one with the same name; one with the
    same number and another name comes behind it, as a part of the same migration.
    """
    folder = data("sql") / engine
    paths = {path.stem: path for path in (folder / "migrations").glob("[0-9]*.sql")}
    if adopting:
        paths |= {path.stem: path for path in (folder / "adoption").glob("[0-9]*.sql")}
    found: dict[int, Migration] = {}
    for stem, path in sorted(paths.items()):
        number, _, name = stem.partition("_")
        step = Migration(int(number), name, path.read_text(encoding="utf-8"))
        before = found.get(step.version)
        found[step.version] = before._replace(script=f"{before.script}\n{step.script}") if before else step
    return tuple(found.values())
