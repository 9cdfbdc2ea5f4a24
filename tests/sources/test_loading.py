from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

import thoughtsearch
from tests.sources.transcripts import CLAUDE, claude, lines
from tests.world import RAM
from thoughtsearch import InputError, Store
from thoughtsearch.sources.entry import Entry
from thoughtsearch.sources.files import opened
from thoughtsearch.sources.loading import BadLine, Loading
from thoughtsearch.sources.mapping import FieldMapping
from thoughtsearch.sources.reader import Reader, named
from thoughtsearch.sources.reading import Reading
from thoughtsearch.sources.recognition import reader_of


def given(entries: list[Entry]) -> Reader:
    return Reader("given", "", lambda reading: iter(entries), lambda path, start: False, plain=True)


def entries(count: int, bad: int | None = None) -> list[Entry]:
    return [Entry(line, {"thought_content": "" if line == bad else f"thought {line}"}) for line in range(1, count + 1)]


def load(path: Path, store: Store, **options: Any) -> Loading:
    loading = Loading(store, FieldMapping(rest="metadata"), **options)
    with opened(str(path)) as reading:
        loading.run(reader_of(reading), reading)
    return loading


@pytest.mark.parametrize(("bad", "stored"), [(1, 0), (1_000, 0), (1_001, 1_000), (2_500, 2_000)])
def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path, bad: int, stored: int) -> None:
    with thoughtsearch.open(tmp_path / "new.db") as store:
        loading = Loading(store)
        with pytest.raises(BadLine) as caught:
            loading.run(given(entries(2_500, bad)), Reading("-"))
        assert caught.value.line == bad
        assert loading.stored.total() == store.stats()["thoughts"] == stored


def test_bad_lines_are_skipped_and_told(tmp_path: Path) -> None:
    told: list[BadLine] = []
    steps: list[int] = []
    with thoughtsearch.open(tmp_path / "new.db") as store:
        loading = Loading(store, skip=told.append)
        reader = given([Entry(7, InputError("unreadable")), *entries(1_500, 3)])
        loading.run(reader, Reading("-"), lambda: steps.append(loading.stored.total()))
        assert (loading.stored.total(), loading.skipped) == (1_499, 2)
        assert store.stats()["thoughts"] == 1_499
    assert steps == [1_000, 1_499]
    assert [(bad.line, bad.reason.partition(":")[0]) for bad in told] == [(7, "unreadable"), (3, "A thought needs words")]
    assert told[1].record == {"thought_content": ""}


def test_long_thoughts_make_small_batches(tmp_path: Path) -> None:
    steps: list[int] = []
    with thoughtsearch.open(tmp_path / "new.db") as store:
        loading = Loading(store)
        reader = given([Entry(line, {"thought_content": f"{line} " * 2_500_000}) for line in (1, 2, 3)])
        loading.run(reader, Reading("-"), lambda: steps.append(loading.stored.total()))
    assert steps == [2, 3]


def test_equal_records_are_told_apart_by_their_number_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    same = {"thought_content": "same"}
    path.write_bytes(lines(same, same, {"thought_content": "other"}))
    with thoughtsearch.open(tmp_path / "new.db") as store:
        assert load(path, store).stored.total() == 3
        assert load(path, store).unchanged == 1
        path.write_bytes(lines(same, {"thought_content": "new"}, {"thought_content": "other"}, same, same))
        loading = load(path, store)
        assert (loading.stored.total(), loading.known) == (2, 3)
        assert load(path, store, again=True).stored.total() == 5


def test_an_id_counts_with_its_text(tmp_path: Path) -> None:
    with thoughtsearch.open(tmp_path / "new.db") as store:
        for name, text in (("a", "one"), ("b", "one"), ("c", "two")):
            (tmp_path / name).write_bytes(lines({"id": 1, "thought_content": text, "file": name}))
        assert [load(tmp_path / name, store).stored.total() for name in "abc"] == [1, 0, 1]


def test_a_file_that_grows_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(lines(*CLAUDE))
    drawn: list[int] = []
    with thoughtsearch.open(tmp_path / "new.db") as store:
        assert load(path, store).stored.total() == 4
        half = json.dumps(claude(21, "user", "half a line")).encode()
        with path.open("ab") as file:
            file.write(lines(claude(20, "user", "and now?")) + half[:30])
        told: list[BadLine] = []
        loading = Loading(store, skip=told.append)
        with opened(str(path)) as reading:
            reader = reader_of(reading)
            loading.run(reader, reading)
            drawn.append(reading.line)
        assert (loading.stored.total(), loading.known) == (1, 0)
        assert [bad.line for bad in told] == [12]
        with path.open("ab") as file:
            file.write(half[30:] + b"\n")
        assert (load(path, store).stored.total(), load(path, store).unchanged) == (1, 1)
        assert [thought.cycle_number for thought in store.export()] == [1, 2, 3, 4, 5, 6]
        # What stands before has changed: all of it is read, and only what is new is stored.
        path.write_bytes(lines(claude(30, "user", "first of all")) + path.read_bytes())
        loading = load(path, store)
        assert (loading.stored.total(), loading.known) == (1, 6)


def test_other_options_read_a_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines({"text": "x"}))
    with thoughtsearch.open(tmp_path / "new.db") as store:
        assert load(path, store, skip=lambda bad: None).skipped == 1
        loading = Loading(store, FieldMapping({"thought_content": "text"}))
        with opened(str(path), {"content": "text"}) as reading:
            loading.run(reader_of(reading), reading)
        assert loading.stored.total() == 1


def test_a_packed_file_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl.gz"
    with thoughtsearch.open(tmp_path / "new.db") as store:
        for more, stored in (((), 4), ((claude(20, "user", "more"),), 1), ((), 0)):
            path.write_bytes(gzip.compress(lines(*CLAUDE, *more)))
            if stored:
                assert load(path, store).stored.total() == stored


def test_where_a_thought_came_from(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(lines(*CLAUDE))
    with thoughtsearch.open(tmp_path / "new.db") as store:
        load(path, store)
        first = next(store.export())
        assert first.metadata["source"] == {"from": "claude-code", "id": "uuid-1/0", "file": str(path)}
        assert (first.metadata["ai_id"], first.metadata["session_id"]) == ("Claude Code", "session-1")
        assert store.agents() == {first.ai_id: "Claude Code"}
        assert len(store.search('ai:"Claude Code" session:session-1 tag:Bash meta.tool:Bash')) == 1


def test_a_mapped_record_has_its_source_beside_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines({"thought_content": "x", "source": "mint"}, {"thought_content": "y", "page": 3}))
    with thoughtsearch.open(tmp_path / "new.db") as store:
        load(path, store)
        kept, mapped = store.export()
        assert kept.metadata == {"source": "mint"}
        assert mapped.metadata["page"] == 3
        assert mapped.metadata["source"]["from"] == "jsonl"


def test_mending_the_index_keeps_what_was_imported(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(lines(*CLAUDE))
    with thoughtsearch.open(tmp_path / "new.db") as store:
        load(path, store)
    with contextlib.closing(sqlite3.connect(tmp_path / "new.db")) as other:
        other.execute("DROP TRIGGER ai_thought_tag_insert")
    with thoughtsearch.open(tmp_path / "new.db") as store:
        assert load(path, store).unchanged == 1
        path.write_bytes(b"\n" + path.read_bytes())
        assert load(path, store).known == 4


GARBAGE = (
    b"garbage",
    b"{",
    b"\xff",
    b"[]",
    b"17",
    b'{"thought_content": 5}',
    b'{"thought_content": " "}',
    b'{"a": 1}',
    b"\0",
)
GOOD = st.text(min_size=1).filter(str.strip).map(lambda text: json.dumps({"thought_content": text, "id": None}).encode())


@given_any(st.lists(st.sampled_from(GARBAGE) | GOOD, max_size=12), st.booleans())
def test_garbage_is_left_out_and_all_else_is_stored_once(content: list[bytes], ended: bool) -> None:
    told: list[int] = []
    with tempfile.TemporaryDirectory(dir=RAM) as folder, thoughtsearch.open(Path(folder) / "new.db") as store:
        path = Path(folder) / "in.jsonl"
        path.write_bytes(b"\n".join(content) + (b"\n" if ended else b""))
        loading = Loading(store, skip=lambda bad: told.append(bad.line))
        with opened(str(path)) as reading:
            loading.run(named("jsonl"), reading)
        assert told == [line for line, text in enumerate(content, 1) if text in GARBAGE]
        assert loading.stored.total() == store.stats()["thoughts"] == len(content) - len(told)
        again = Loading(store, skip=lambda bad: None)
        with opened(str(path)) as reading:
            again.run(named("jsonl"), reading)
        assert not again.stored
