"""A database's file: who may read it, and that it is still the one that was opened."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import thoughtsearch
from tests.cli.conftest import Run, no_settings, run
from thoughtsearch import DatabaseUnavailable
from thoughtsearch.engines.contract.statement import Plan

__all__ = ["no_settings", "run"]  # fixtures


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_what_is_made_is_its_owners_alone(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with thoughtsearch.open(tmp_path / "t.db") as store:
            store.add("one")
            assert {path.name for path in tmp_path.iterdir()} >= {"t.db", "t.db-wal", "t.db-shm", "t.db-turnstile"}
            assert modes(tmp_path) == {0o600}
    finally:
        os.umask(before)


def test_a_file_that_is_there_keeps_its_mode_and_gives_it_to_those_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    path.touch()
    path.chmod(0o640)
    with thoughtsearch.open(path) as store:
        store.add("one")
        assert modes(tmp_path) == {0o640}


def test_a_link_that_leads_nowhere_yet_makes_its_file(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with thoughtsearch.open(tmp_path / "link.db") as store:
        store.add("one")
    assert stat.S_IMODE((tmp_path / "real.db").stat().st_mode) == 0o600


def test_exports_and_quarantines_are_their_owners_alone_too(run: Run, tmp_path: Path) -> None:
    Path("in.jsonl").write_text('{"thought_content": "one"}\ngarbage\n', encoding="utf-8")
    assert run("import", "in.jsonl", "-d", "t.db", "--quarantine", "bad.jsonl").exit_code == 0
    assert run("export", "out.jsonl", "-d", "t.db").exit_code == 0
    for name in ("bad.jsonl", "out.jsonl"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    Path("out.jsonl").chmod(0o664)
    assert run("export", "out.jsonl", "--force", "-d", "t.db").exit_code == 0
    assert stat.S_IMODE(Path("out.jsonl").stat().st_mode) == 0o664


@pytest.mark.parametrize("now", ["deleted", "replaced"])
def test_a_file_that_goes_while_it_is_open_is_noticed_before_a_write_is_acknowledged(tmp_path: Path, now: str) -> None:
    path = tmp_path / "t.db"
    with thoughtsearch.open(path) as store:
        store.add("one")
        path.unlink()
        if now == "replaced":
            path.write_bytes(b"")
        for act in (
            lambda: store.add("lost"),
            lambda: store.search("one"),
            lambda: store.add_many([{"thought_content": "a"}]),
        ):
            with pytest.raises(DatabaseUnavailable, match=f"was {now}.* while it was open: nothing was read or written"):
                act()
    if now == "replaced":
        assert path.read_bytes() == b""


def test_a_file_that_goes_during_a_write_is_noticed_too(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with thoughtsearch.open(path) as store:
        store.add("one")

        def plan() -> Plan[None]:
            path.rename(tmp_path / "other.db")
            yield from ()

        with pytest.raises(DatabaseUnavailable, match="what was just written is not in the file of that name"):
            store.connection.run(plan(), write=True)


def test_a_program_that_goes_to_another_folder_keeps_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with thoughtsearch.open("t.db") as store:
        (tmp_path / "sub").mkdir()
        monkeypatch.chdir(tmp_path / "sub")
        assert store.get(store.add("one")) is not None


FORK = """
import os, sys, threading, warnings
import thoughtsearch
warnings.simplefilter("ignore", DeprecationWarning)  # of forking where threads run, which is what is tested
store = thoughtsearch.open(sys.argv[1])
store.add("wal of the parent")
held, done = threading.Event(), threading.Event()
def hold():
    with store.connection._lock:
        held.set()
        done.wait()
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if not child:
    store.close()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
done.set()
assert len(store.search("wal")) == 1
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_closes_nothing_of_the_parents_and_waits_for_no_thread_of_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path / "t.db")]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60).stdout == "done\n"
