"""Nothing of a table that another program made changes unless somebody asked for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.adoption.conftest import FoundDatabase
from tests.cli.conftest import Run
from thoughtsearch import InputError, NotAdopted
from thoughtsearch.engines.connect import open_engine
from thoughtsearch.location import parse
from thoughtsearch.operations.doctor import Doctor

REFUSED: dict[str, list[str]] = {
    "query": ["query", "index", "-d", "FOUND"],
    "query by meaning": ["query", "index", "--mode", "hybrid", "--embedder", "hashing", "-d", "FOUND"],
    "recent": ["recent", "-d", "FOUND"],
    "show": ["show", "1", "-d", "FOUND"],
    "facets": ["facets", "-d", "FOUND"],
    "stats": ["stats", "--json", "-d", "FOUND"],
    "export": ["export", "-d", "FOUND"],
    "export to a file": ["export", "out.jsonl", "-d", "FOUND"],
    "similar": ["similar", "1", "-d", "FOUND"],
    "add": ["add", "a thought", "-d", "FOUND"],
    "add with an embedder": ["add", "a thought", "--embedder", "hashing", "-d", "FOUND"],
    "import": ["import", "new.jsonl", "-d", "FOUND"],
    "import with a quarantine": ["import", "new.jsonl", "--quarantine", "bad.jsonl", "-d", "FOUND"],
    "transfer into it": ["transfer", "other.db", "FOUND"],
    "transfer into it with its state": ["transfer", "other.db", "FOUND", "--brain-state"],
    "transfer with new ids": ["transfer", "other.db", "FOUND", "--new-ids"],
    "dry run of embeddings": ["backfill", "--embeddings", "--dry-run", "--embedder", "hashing", "-d", "FOUND"],
}


@pytest.fixture(autouse=True)
def _neighbours(tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_text('{"thought_content": "a new one", "ai_id": 1}\n')
    with thoughtsearch.open(tmp_path / "other.db") as store:
        store.add("a thought of ours")


def test_every_command_says_so_and_changes_nothing(found: FoundDatabase, run: Run, tmp_path: Path) -> None:
    before, folder = found.state(), _names(tmp_path)
    for name, arguments in REFUSED.items():
        result = run(*(found.url if one == "FOUND" else one for one in arguments))
        assert (result.exit_code, result.stdout) == (3, ""), (name, result.output)
        _check_said(found, result.stderr)
        assert found.state() == before, name
        assert _names(tmp_path) == folder, name


def test_a_comparison_reads_it_and_changes_nothing(found: FoundDatabase, run: Run) -> None:
    before = found.state()
    result = run("transfer", "other.db", found.url, "--verify-only")
    assert (result.exit_code, "They differ." in result.stdout) == (1, True), result.output
    assert found.state() == before


def _names(folder: Path) -> set[str]:
    # Neither the locks of other.db, nor what the import was told to make.
    return {path.name for path in folder.iterdir() if "-turnstile" not in path.name and path.name != "bad.jsonl"}


def _check_said(found: FoundDatabase, said: str) -> None:
    named = "URL" if found.url.startswith("postgresql") else found.url
    assert "was made by another program, and isn't adopted" in said
    assert f"`thoughtsearch init -d {named}` adopts it" in said
    assert f"`thoughtsearch backfill --dry-run -d {named}` shows first" in said
    assert said.count("\n") == 1
    assert "postgresql://" not in said


def test_what_looks_it_over_changes_nothing(found: FoundDatabase, run: Run) -> None:
    before = found.state()
    result = run("backfill", "--dry-run", "-d", found.url)
    assert (result.exit_code, "Nothing was changed" in result.stdout) == (0, True)
    assert found.state() == before
    for arguments in (["doctor"], ["doctor", "--full"], ["doctor", "--repair"], ["doctor", "--repair", "--json"]):
        result = run(*arguments, "-d", found.url)
        assert result.exit_code == 1
        assert "another program made the table of thoughts, and it isn't adopted" in result.stdout
        assert "thoughtsearch init adopts it" in result.stdout
        assert found.state() == before, arguments


def test_what_reads_its_rows_for_another_database_changes_nothing(found: FoundDatabase, run: Run) -> None:
    before = found.state()
    run("transfer", found.url, "copy.db")
    assert found.state() == before
    assert (
        run("import", found.url, "--table", "ai_profiles", "--content", "name", "--meta-rest", "-d", "copy2.db").exit_code
        == 0
    )
    assert found.state() == before


def _default_search(url: str) -> None:
    thoughtsearch.search("index")


def _default_add(url: str) -> None:
    thoughtsearch.add("a thought")


async def _awaited(url: str, **options: Any) -> None:
    async with thoughtsearch.aopen(url, **options):
        pass


FACES: dict[str, Callable[[str], object]] = {
    "open": thoughtsearch.open,
    "open for reading": lambda url: thoughtsearch.open(url, read_only=True),
    "open without adoption": lambda url: thoughtsearch.open(url, adopt=False),
    "aopen": lambda url: asyncio.run(_awaited(url)),
    "aopen for reading": lambda url: asyncio.run(_awaited(url, read_only=True)),
    "search": _default_search,
    "add": _default_add,
    "add_many": lambda url: thoughtsearch.add_many([{"thought_content": "a thought"}]),
}


def test_every_door_of_python_says_so_and_changes_nothing(found: FoundDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THOUGHTSEARCH_URL", found.url)
    before = found.state()
    for name, face in FACES.items():
        with pytest.raises(NotAdopted) as caught:
            face(found.url)
        _check_said(found, f"{caught.value}\n")
        assert found.state() == before, name


def test_it_can_be_read_without_adoption_from_inside(found: FoundDatabase) -> None:
    before = found.state()
    engine = open_engine(parse(found.url), read_only=True, timeout=5)
    try:
        assert engine.find().unadopted
        assert engine.row_count() >= 2
    finally:
        engine.connection.close()
    assert found.state() == before


@pytest.mark.parametrize("way", ["init", "backfill", "backfill --embeddings --embedder hashing"])
def test_the_commands_that_adopt_do(found: FoundDatabase, run: Run, way: str) -> None:
    if "--embeddings" in way and not _keeps_vectors(found):
        pytest.skip("this server has no pgvector, in which vectors are kept")
    result = run(*way.split(), "-d", found.url)
    assert result.exit_code == 0, result.output
    assert run("query", "index", "-d", found.url).exit_code == 0
    assert run("add", "a thought", "--ai", "1", "-d", found.url).exit_code == 0


def _keeps_vectors(found: FoundDatabase) -> bool:
    available = "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
    return not found.url.startswith("postgresql") or bool(found.execute(available))


def test_open_and_aopen_adopt_when_asked(plain_found: FoundDatabase, run: Run) -> None:
    url = plain_found.url

    async def search() -> int:
        async with thoughtsearch.aopen(url, adopt=True) as store:
            return len(await store.search("index"))

    assert asyncio.run(search()) == 1
    with thoughtsearch.open(url) as store:  # ours from now on
        assert len(store.search("index")) == 1
    assert run("backfill", "--dry-run", "-d", url).stdout.endswith("There is nothing to do.\n")


def test_adopting_and_only_reading_exclude_each_other(plain_found: FoundDatabase) -> None:
    before = plain_found.state()
    with pytest.raises(InputError, match="adopt=True changes the database"):
        thoughtsearch.open(plain_found.url, adopt=True, read_only=True)
    with pytest.raises(InputError, match="adopt=True changes the database"):
        asyncio.run(_awaited(plain_found.url, adopt=True, read_only=True))
    assert plain_found.state() == before


def test_a_lost_record_of_migrations_makes_it_nobody_elses(plain_found: FoundDatabase) -> None:
    thoughtsearch.open(plain_found.url, adopt=True).close()
    plain_found.execute("DROP TABLE thoughtsearch_migration")
    with thoughtsearch.open(plain_found.url) as store:
        assert len(store.search("index")) == 1


def test_what_reads_changes_no_file_without_thoughts(run: Run, tmp_path: Path) -> None:
    import sqlite3

    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for mode in ("delete", "wal"):
        connection = sqlite3.connect(folder / f"{mode}.db")
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE notes (body TEXT)")
        connection.close()
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        for command in (["query", "x"], ["recent"], ["show", "1"], ["facets"], ["stats"], ["export"], ["similar", "1"]):
            assert run(*command, "-d", str(folder / f"{mode}.db")).exit_code == 3
        for command in (["doctor"], ["doctor", "--repair"], ["backfill"], ["backfill", "--dry-run"]):
            run(*command, "-d", str(folder / f"{mode}.db"))
        with suppress(thoughtsearch.DatabaseError):
            thoughtsearch.open(folder / f"{mode}.db", read_only=True)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_reading_a_database_of_ours_leaves_no_files_beside_it(tmp_path: Path) -> None:
    names = _names(tmp_path)
    for _ in range(2):
        with thoughtsearch.open(tmp_path / "other.db", read_only=True) as store:
            assert len(store.search("thought")) == 1
    assert _names(tmp_path) == names


def test_no_lock_that_a_writer_would_wait_for(plain_found: FoundDatabase, run: Run) -> None:
    if not plain_found.url.startswith("postgresql"):
        return  # of a file the bytes say it
    with psycopg.connect(plain_found.url) as other:
        # All modes but ACCESS SHARE wait for this one.
        other.execute("LOCK TABLE ai_thought_history IN EXCLUSIVE MODE")
        for name, arguments in REFUSED.items():
            assert run(*(plain_found.url if one == "FOUND" else one for one in arguments)).exit_code == 3, name
        report = Doctor(parse(plain_found.url), timeout=1).repair()
        assert "isn't adopted" in json.dumps(report.to_dict())


def test_another_programs_table_with_columns_named_like_ours(run: Run, tmp_path: Path) -> None:
    from tests.adoption.conftest import SERVED

    for made in SERVED.values():
        with made(tmp_path) as found:
            found.execute("ALTER TABLE ai_thought_history ADD COLUMN search_vector tsvector, ADD COLUMN search_length int")
            before = found.state()
            with pytest.raises(NotAdopted):
                thoughtsearch.open(found.url)
            assert found.state() == before
            with thoughtsearch.open(found.url, adopt=True) as store:
                assert len(store.search("index")) == 1


def test_a_table_that_another_program_makes_meanwhile_is_not_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from tests.sqlite import shapes
    from thoughtsearch.engines.sqlite.engine import SqliteEngine

    path = tmp_path / "fresh.db"
    install = SqliteEngine.install

    def late(engine: SqliteEngine, *, adopt: bool = True) -> Any:
        connection = sqlite3.connect(path)
        connection.executescript(shapes.A)
        connection.close()
        return install(engine, adopt=adopt)

    monkeypatch.setattr(SqliteEngine, "install", late)
    with pytest.raises(NotAdopted):
        thoughtsearch.open(path)
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert not any("thoughtsearch" in name for name in names)
