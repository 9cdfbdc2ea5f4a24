"""Whatever is wrong with the file is said in one sentence of ours, never in the driver's error."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import thoughtsearch
from tests.sqlite.tools import check, plain
from thoughtsearch import (
    DatabaseError,
    DatabaseLocked,
    DatabaseUnavailable,
    InputError,
    MissingFeature,
    ReadOnlyError,
    Store,
    ThoughtsearchError,
)


def a_text(folder: Path) -> str:
    path = folder / "notes.txt"
    path.write_text("not a database, but long enough to be looked at " * 50)
    return str(path)


def a_cut_database(folder: Path) -> str:
    path = folder / "cut.db"
    thoughtsearch.open(path).close()
    with plain(path) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
    path.write_bytes(path.read_bytes()[:5_000])
    return str(path)


def a_folder(folder: Path) -> str:
    return str(folder)


def nowhere(folder: Path) -> str:
    return str(folder / "missing" / "thoughts.db")


CANT_OPEN: dict[str, tuple[Callable[[Path], str], type[ThoughtsearchError], str]] = {
    "a text": (a_text, DatabaseUnavailable, "not a usable SQLite database"),
    "a cut database": (a_cut_database, DatabaseUnavailable, "not a usable"),
    "a folder": (a_folder, DatabaseUnavailable, "directory"),
    "a missing folder": (nowhere, DatabaseUnavailable, "does not exist"),
    "below a file": (lambda folder: a_text(folder) + "/thoughts.db", DatabaseUnavailable, "does not exist"),
    "nothing": (lambda folder: "", InputError, "path"),
    "a NUL": (lambda folder: "a\0b", InputError, "path"),
    "two slashes": (lambda folder: "sqlite://thoughts.db", InputError, "three slashes"),
    "one colon": (lambda folder: "sqlite:thoughts.db", InputError, "sqlite:///PATH"),
    "another engine": (lambda folder: "mysql://host/name", InputError, "mysql"),
    "a long name": (lambda folder: str(folder / ("x" * 300)), DatabaseUnavailable, "can't be opened"),
}


@pytest.mark.parametrize("name", CANT_OPEN)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_cant_be_opened_is_said_in_a_sentence(tmp_path: Path, name: str, read_only: bool) -> None:
    make, kind, word = CANT_OPEN[name]
    url = make(tmp_path)
    with pytest.raises(kind) as caught:
        thoughtsearch.open(url, read_only=read_only)
    assert word in str(caught.value) or (read_only and "no database" in str(caught.value))
    assert "\n" not in str(caught.value)


def test_reading_only_makes_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="There is no database"):
        thoughtsearch.open(tmp_path / "thoughts.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_reading_only_reads_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store:
        store.add("wal")
    with thoughtsearch.open(path, read_only=True) as store:
        assert len(store.search("wal")) == 1
        with pytest.raises(ReadOnlyError, match="nothing was written"):
            store.add("more")
        with pytest.raises(ReadOnlyError):
            store.add_many([{"thought_content": "more"}])
    path.write_bytes(b"")
    with pytest.raises(ThoughtsearchError):
        thoughtsearch.open(path, read_only=True)
    assert path.read_bytes() == b""


def test_a_locked_database_is_waited_for_and_then_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path, timeout=0.2) as store, plain(path) as other:
        store.add("wal")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked, match=r"0\.2 seconds"):
            store.add("more")
        assert len(store.search("wal")) == 1
        timer = threading.Timer(0.05, lambda: None)
        timer.start()
        other.execute("ROLLBACK")
        timer.join()
        assert store.add("more") == 2


def test_a_fresh_file_that_is_locked_is_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    with plain(path) as other:
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked):
            thoughtsearch.open(path, timeout=0.1)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = thoughtsearch.open(tmp_path / "thoughts.db")
    store.close()
    store.close()
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.search("x"),
        lambda: store.add("x"),
        lambda: store.add_many([{"thought_content": "x"}]),
        lambda: store.get(1),
        lambda: store.around(1),
        lambda: list(store.export()),
        store.stats,
        store.agents,
    )
    for call in calls:
        with pytest.raises(DatabaseUnavailable, match="closed"):
            call()


def test_a_batch_that_fails_in_the_database_is_stored_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "thoughts.db"
    with thoughtsearch.open(path) as store, plain(path) as other:
        other.execute(
            "CREATE TRIGGER no BEFORE INSERT ON ai_thought_history WHEN new.thought_content = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        with pytest.raises(DatabaseError, match="not this one") as caught:
            store.add_many({"thought_content": "bad" if n == 7 else f"good {n}"} for n in range(10))
        assert isinstance(caught.value.__cause__, sqlite3.Error)
        assert list(store.export()) == []
        assert store.search("good").hits == ()
        check(store, other)


def test_postgresql_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises((MissingFeature, DatabaseError)) as caught:
        thoughtsearch.open("postgresql://nobody:secret@127.0.0.1:1/none", timeout=0.1)
    assert "secret" not in str(caught.value)


def test_a_store_in_memory_works(tmp_path: Path) -> None:
    for url in (":memory:", "sqlite://", "sqlite:///:memory:"):
        with thoughtsearch.open(url) as store:
            assert isinstance(store, Store)
            store.add("wal")
            assert len(store.search("wal")) == 1
    assert not Path(":memory:").exists()
