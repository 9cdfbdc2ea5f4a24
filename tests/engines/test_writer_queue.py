"""The writers' queue: exclusive, bounded, and gone with the process that held it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from thoughtsearch.engines.sqlite.writer_queue import WriterQueue

if TYPE_CHECKING:
    from pathlib import Path

# Only ever waited out when something is broken.
LONG = 30.0
processes = multiprocessing.get_context("spawn")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "thoughts.db"
    path.touch()
    return path


def count(database: Path, counter: Path, times: int) -> None:
    """Add one at a time to a number in a file: turns that overlap lose some."""
    turnstile = WriterQueue(database)
    for _ in range(times):
        with turnstile.hold(LONG):
            counter.write_text(str(int(counter.read_text()) + 1))
    turnstile.close()


def hold_for_ever(database: Path, held: Any) -> None:
    turnstile = WriterQueue(database)
    turnstile.acquire(LONG)
    held.set()
    time.sleep(LONG)


def hold_and_fork(database: Path, children: Any) -> None:
    if sys.platform == "win32":
        return
    turnstile = WriterQueue(database)
    turnstile.acquire(LONG)
    child = os.fork()
    if child:
        children.put(child)
    time.sleep(LONG)
    os._exit(0)


def take_turns(database: Path, start: Any, seconds: float, turns: Any) -> None:
    turnstile = WriterQueue(database)
    start.wait()
    end, taken = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        with turnstile.hold(LONG):
            time.sleep(0.0005)
            taken += 1
    turns.put(taken)


def test_threads_exclude_each_other(database: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    threads = [threading.Thread(target=count, args=(database, counter, 100)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert counter.read_text() == "400"


def test_processes_exclude_each_other(database: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    crew = [processes.Process(target=count, args=(database, counter, 200)) for _ in range(3)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(LONG)
    assert counter.read_text() == "600"


def test_each_of_eight_processes_gets_a_turn(database: Path) -> None:
    start = processes.Barrier(8)
    turns: Any = processes.SimpleQueue()
    crew = [processes.Process(target=take_turns, args=(database, start, 0.5, turns)) for _ in range(8)]
    for one in crew:
        one.start()
    taken = [turns.get() for _ in crew]
    for one in crew:
        one.join(LONG)
    assert min(taken) >= 1


def test_a_stopped_holder_is_a_timeout_and_a_killed_one_frees_the_lock(database: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("stops and kills processes by signals")
    held = processes.Event()
    holder = processes.Process(target=hold_for_ever, args=(database, held))
    holder.start()
    assert holder.pid is not None
    assert held.wait(LONG)
    os.kill(holder.pid, signal.SIGSTOP)
    turnstile = WriterQueue(database)
    with pytest.raises(TimeoutError):
        turnstile.acquire(0.05)
    os.kill(holder.pid, signal.SIGKILL)
    with turnstile.hold(LONG):
        pass
    holder.join(LONG)


def test_a_killed_holder_frees_the_lock_though_its_forked_child_lives(database: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("stops and kills processes by signals")
    children: Any = processes.SimpleQueue()
    holder = processes.Process(target=hold_and_fork, args=(database, children))
    holder.start()
    child = children.get()
    try:
        holder.kill()
        with WriterQueue(database).hold(5.0):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        holder.join(LONG)  # not sooner: the child keeps the pipe that a join listens at


def test_giving_up_in_the_queue_keeps_nobody_waiting(database: Path) -> None:
    holder, next_one, last = WriterQueue(database), WriterQueue(database), WriterQueue(database)
    holder.acquire(LONG)
    at_the_door = threading.Thread(target=next_one.acquire, args=(LONG,))
    at_the_door.start()
    before = threading.active_count()
    for _ in range(20):  # whether at the door or in the queue behind the other one
        with pytest.raises(TimeoutError):
            last.acquire(0.01)
    assert threading.active_count() <= before + 1
    holder.release()
    at_the_door.join(LONG)
    next_one.release()
    for turnstile in (holder, next_one, last, holder, last):
        with turnstile.hold(LONG):
            pass


def test_closing_while_queued_leaves_the_queue(database: Path) -> None:
    holder, quitter, other = WriterQueue(database), WriterQueue(database), WriterQueue(database)
    holder.acquire(LONG)
    other_waits = threading.Thread(target=other.acquire, args=(LONG,))
    other_waits.start()
    with pytest.raises(TimeoutError):
        quitter.acquire(0.05)
    quitter.close()
    holder.close()
    other_waits.join(LONG)
    other.close()
    with quitter.hold(LONG):
        pass


def test_holding_twice_is_refused_and_an_error_inside_releases(database: Path) -> None:
    turnstile = WriterQueue(database)
    with turnstile.hold(LONG), pytest.raises(RuntimeError):
        turnstile.acquire(LONG)
    with pytest.raises(ZeroDivisionError), turnstile.hold(LONG):
        raise ZeroDivisionError
    with WriterQueue(database).hold(LONG):
        pass


def test_one_forgotten_while_held_is_released(database: Path) -> None:
    forgotten = WriterQueue(database)
    forgotten.acquire(LONG)
    del forgotten
    gc.collect()  # for interpreters that don't count references
    with WriterQueue(database).hold(LONG):
        pass


@pytest.mark.parametrize("name", ["no such folder/thoughts.db", ":memory:", ""])
def test_no_place_for_a_lock_file_is_a_no_op(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = WriterQueue(name), WriterQueue(name)
    with one.hold(0.0), other.hold(0.0):
        pass
    one.close()
    assert not list(tmp_path.iterdir())
