"""Imports on every engine: each record once, whatever happens in between."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from tests.sources.transcripts import CLAUDE, CODEX, claude, lines
from tests.world import Fresh, World
from thoughtsearch import InputError
from thoughtsearch.engines.contract.statement import Plan
from thoughtsearch.engines.differences import differs
from thoughtsearch.operations.imports import Progress, progress_of, store
from thoughtsearch.records import draft
from thoughtsearch.sources.files import opened
from thoughtsearch.sources.loading import Loading
from thoughtsearch.sources.reader import Reader, named
from thoughtsearch.sources.reading import Reading
from thoughtsearch.sources.recognition import reader_of


def put(world: World, *ids: str, origin: str = "test", **options: Any) -> int:
    records = [(ident, draft({"thought_content": f"thought {ident}"})) for ident in ids]
    return world.store.connection.run(store(world.store.dialect, origin, records, **options), write=True)


def load(world: World, path: Path, **options: Any) -> Loading:
    loading = Loading(world.store, **options)
    with opened(str(path)) as reading:
        loading.run(reader_of(reading), reading)
    return loading


def test_each_id_of_an_origin_is_stored_once(world: World) -> None:
    assert put(world, "a", "b") == 2
    assert put(world, "b", "c", "c") == 1
    assert put(world, "a", "ü'\"\\ 漢", origin="other") == 2
    assert put(world) == 0
    assert put(world, "a", "a", "d", again=True) == 3
    assert put(world, "d") == 0
    assert world.store.stats()["thoughts"] == 8


def test_thoughts_ids_and_progress_are_committed_together(world: World) -> None:
    progress = Progress("/x", 17, 3, "abc", {"step": 1, "ü": None})

    def fails() -> Plan[None]:
        yield from store(world.store.dialect, "test", [("a", draft({"thought_content": "x"}))], progress=progress)
        raise InputError("stop")

    with pytest.raises(InputError):
        world.store.connection.run(fails(), write=True)
    look = world.store.connection.run
    assert look(progress_of(world.store.dialect, "/x")) is None
    assert put(world, "a", progress=progress) == 1
    assert look(progress_of(world.store.dialect, "/x")) == progress
    assert put(world, progress=Progress("/x", 18, 4, "d", {})) == 0
    assert look(progress_of(world.store.dialect, "/x")) == Progress("/x", 18, 4, "d", {})


def test_sessions_are_imported_once_and_found(world: World, tmp_path: Path) -> None:
    for name, records in (("a.jsonl", CLAUDE), ("b.jsonl", CODEX)):
        (tmp_path / name).write_bytes(lines(*records))
    assert load(world, tmp_path / "a.jsonl").stored == {"claude-code": 4}
    assert load(world, tmp_path / "b.jsonl").stored == {"codex": 4}
    for name in ("a.jsonl", "b.jsonl"):
        assert load(world, tmp_path / name).unchanged == 1
        (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
        assert (load(world, tmp_path / f"copy-{name}").stored, load(world, tmp_path / f"copy-{name}").unchanged) == ({}, 1)
    assert len(world.found('ai:"Claude Code"')) == 4
    assert len(world.found("", where={"source.from": "codex"}, thought_type="action")) == 1
    assert world.store.search("writer hold")[0].thought.created_at == datetime(2026, 1, 2, 3, 4, 2, tzinfo=timezone.utc)


def test_two_imports_at_once_store_each_record_once(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(*(claude(n, "user", f"question {n}") for n in range(2_500))))
    stored: list[int] = []

    def work() -> None:
        with thoughtsearch.open(world.url) as other, opened(str(path)) as reading:
            loading = Loading(other)
            loading.run(named("claude-code"), reading)
            stored.append(loading.stored.total())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(stored) == world.store.stats()["thoughts"] == 2_500


def test_a_killed_import_neither_loses_nor_doubles(fresh: Fresh, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(*(claude(n, "user", f"question {n}") for n in range(6_000))))
    command = [sys.executable, "-m", "thoughtsearch", "import", str(path), "-d"]
    with fresh() as world:
        for _ in range(6):
            before = world.store.stats()["thoughts"]
            process = subprocess.Popen([*command, world.url], stdout=subprocess.DEVNULL)
            while process.poll() is None and world.store.stats()["thoughts"] == before:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        subprocess.run([*command, world.url], check=True, stdout=subprocess.DEVNULL)
        thoughts = list(world.store.export())
        assert [thought.thought_content for thought in thoughts] == [f"question {n}" for n in range(6_000)]
        assert [thought.cycle_number for thought in thoughts] == list(range(1, 6_001))


@pytest.fixture
def notes(world: World) -> Iterator[World]:
    """A foreign table in the same database."""
    world.execute("CREATE TABLE notes (part text, n integer, body text, labels text, ts text, PRIMARY KEY (part, n))", ())
    for n in range(603):
        row = ["p", n, "" if n == 7 else f"note {n}", "a, b", "2026-01-02 03:04:05"]
        world.execute("INSERT INTO notes VALUES (?, ?, ?, ?, ?)", row)
    yield world
    world.execute("DROP TABLE notes", ())


def table(world: World, **options: Any) -> Loading:
    from thoughtsearch.sources.mapping import FieldMapping

    fields = {"thought_content": "body", "tags": "labels", "created_at": "ts"}
    loading = Loading(world.store, FieldMapping(fields, rest="metadata"))
    options = {"table": "notes", "content": "body", **options}
    loading.run(named("table"), Reading(world.url, options=options))
    return loading


def test_a_table_is_imported_row_by_row(notes: World) -> None:
    assert table(notes).stored == {"table": 602}
    again = table(notes)
    assert (again.stored, again.known) == ({}, 602)
    notes.execute("UPDATE notes SET labels = 'c' WHERE n = 3", ())
    notes.execute("UPDATE notes SET body = 'note edited' WHERE n = 4", ())
    notes.execute("INSERT INTO notes VALUES ('a', 1, 'note before all', NULL, NULL)", ())
    assert table(notes).stored.total() == 2
    (hit,) = notes.store.search('"note 602"')
    assert hit.thought.tags == ("a", "b")
    assert hit.thought.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert (hit.thought.metadata["part"], hit.thought.metadata["n"]) == ("p", 602)
    assert hit.thought.metadata["source"]["id"].startswith("notes/p/602/")
    (edited,) = notes.store.search('"before all"')
    assert edited.thought.created_at is None


def test_a_table_in_a_schema(notes: World) -> None:
    if differs("schemas", notes.kind):
        assert table(notes, table="public.notes").stored == {"table": 602}
    else:
        with pytest.raises(InputError, match=r"There is no table 'public\.notes'"):
            table(notes, table="public.notes")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": None}, "--table NAME"),
        ({"table": "nothing"}, "There is no table 'nothing'"),
        ({"content": "text"}, "notes has no column 'text'; name the right one of part, n, body"),
        ({"id": "key"}, "notes has no column 'key'"),
    ],
)
def test_a_table_that_can_not_be_read(notes: World, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        table(notes, **options)


def test_readers_are_named() -> None:
    assert isinstance(named("codex"), Reader)
    with pytest.raises(InputError, match="There is no source 'nothing'"):
        named("nothing")


def test_a_database_of_before_gets_the_tables(world: World) -> None:
    world.say("a thought of before")
    world.execute("DROP TABLE thoughtsearch_imported", ())
    world.execute("DROP TABLE thoughtsearch_import_file", ())
    world.execute("DELETE FROM thoughtsearch_migration WHERE name = 'imported'", ())
    thoughtsearch.open(world.url).close()
    assert put(world, "a") == 1
    assert len(world.found("thought")) == 2
    assert world.store.stats()["unindexed"] == 0
