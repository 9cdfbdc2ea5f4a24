"""Reads the SQL files: named statements (`-- name: intent`), whose holes are comments, and numbered migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importlib.abc import Traversable

_HEADER = re.compile(r"^-- (\w+): .*(?:\n--.*)*$", re.MULTILINE)


class Migration(NamedTuple):
    """One numbered step of the schema; `script` may hold several statements."""

    version: int
    name: str
    script: str


def data(name: str) -> Traversable:
    """A file or folder shipped with the code. A wheel or a zip file has it in the package, a checkout at the top level."""
    here = Path(__file__).parent
    if here.is_dir():
        packaged = here / "_data" / name
        return packaged if packaged.exists() else here.parent / name
    from importlib.resources import files  # it takes long to import, and only a zip file needs it

    return files(__package__).joinpath("_data", *name.split("/"))


@contextmanager
def sample_file() -> Iterator[str]:
    """The path of the sample thoughts, in JSON Lines."""
    from importlib.resources import as_file

    with as_file(data("examples/sample_thoughts.jsonl")) as path:
        yield str(path)


@cache
def statements(engine: str, file: str) -> Mapping[str, str]:
    """The statements of `sql/ENGINE/FILE.sql` by name, without their comment line and last semicolon."""
    text = (data("sql") / engine / f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _HEADER.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def fill(statement: str, **holes: str) -> str:
    """Replace `/*name*/` in the statement for each hole given. The texts must come from code, never from a user."""
    for name, text in holes.items():
        statement = statement.replace(f"/*{name}*/", text)
    return statement


@cache
def migrations(engine: str, *, adopting: bool = False) -> tuple[Migration, ...]:
    """All migrations of the engine, in order.

    With `adopting`, for a table that was there before, a file in `adoption/` replaces the migration with the same name. A
    file with the same number and another name is appended to that migration.
    """
    folder = data("sql") / engine
    paths = _numbered(folder / "migrations")
    if adopting and (folder / "adoption").is_dir():
        paths |= _numbered(folder / "adoption")
    found: dict[int, Migration] = {}
    for stem, path in sorted(paths.items()):
        number, _, name = stem.partition("_")
        step = Migration(int(number), name, path.read_text(encoding="utf-8"))
        before = found.get(step.version)
        found[step.version] = before._replace(script=f"{before.script}\n{step.script}") if before else step
    return tuple(found.values())


def _numbered(folder: Traversable) -> dict[str, Traversable]:
    """The scripts in a folder, by their names without the ending."""
    names = (path for path in folder.iterdir() if path.name.endswith(".sql") and path.name[0].isdigit())
    return {path.name.removesuffix(".sql"): path for path in names}
