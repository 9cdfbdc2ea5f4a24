"""A migration that has landed is never edited: databases that it was applied to would stay as they are."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from thoughtsearch.sql import migrations

FROZEN = Path(__file__).parent / "fixtures" / "migrations.sha256"


def hashes() -> dict[str, str]:
    """By its name in sql/, the hash of each migration as it is."""
    top = Path(__file__).parents[1] / "sql"
    files = sorted([*top.glob("*/migrations/*"), *top.glob("*/adoption/*")])
    return {file.relative_to(top).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files}


def frozen() -> dict[str, str]:
    """The same as it was when each landed."""
    lines = [line.split("  ") for line in FROZEN.read_text(encoding="utf-8").splitlines()]
    return {file: digest for digest, file in lines}


def test_a_landed_migration_is_never_edited() -> None:
    now, then = hashes(), frozen()
    changed = [file for file in then if now.get(file) != then[file]]
    assert not changed, (
        f"{', '.join(changed)}: a landed migration is never edited, renamed or removed, not even in a comment. Put it back "
        "as it was, and make the change in a new migration with the next number (CREATE OR REPLACE, DROP, ALTER)."
    )
    new = [f"{now[file]}  {file}" for file in now if file not in then]
    assert not new, f"A new migration is frozen from its first commit on: add to {FROZEN.name}\n" + "\n".join(new)


@pytest.mark.parametrize("adopting", [False, True], ids=["own", "found"])
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_migrations_are_numbered_without_gaps_and_named_apart(engine: str, adopting: bool) -> None:
    steps = migrations(engine, adopting=adopting)
    assert [step.version for step in steps] == list(range(1, len(steps) + 1))
    assert len({step.name for step in steps}) == len(steps)  # they are known by their names, too
