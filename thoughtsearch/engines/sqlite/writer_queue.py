"""A fair queue for the writers of one database. A writer takes it before BEGIN and leaves it after COMMIT.

SQLite's own busy_timeout sleeps and retries. Whoever retries at the right moment wins: one process can
commit thousands of rows while another gets a single one. Here writers queue at two locked files beside
the database. The next writer holds QUEUE, and the one that is writing holds WORK. A writer takes QUEUE,
then WORK, then lets QUEUE go, so nobody overtakes the next one. There is one exception: a writer may come
straight back during its first TURN seconds. To change writers at every commit would cost half the
throughput, as each must reread what the others changed.

The kernel holds the locks, so a killed process leaves nothing behind. The locks are advisory. SQLite
still keeps out a writer that doesn't know them, so keep busy_timeout on. This module never opens the
database file itself: closing any descriptor of it would drop SQLite's own locks. The lock files stay when
the database closes, since removing a lock file is a race.

Measured by tests/benchmarks/writers.py with 16 processes, 10 s, two cores: slowest/fastest is 0.76 to 0.90,
and the longest wait 0.14 to 0.23 s. Bare statements with busy_timeout alone have 0.37 to 0.41 and 2.1 to
2.5 s. The queue's total is 0.56 to 0.61 of theirs. Its worst case is many more writing processes than cores.

On Windows (and where no thread can start) writers poll the queue: it is exclusive and bounded, but in no
particular order. Where the files can't be made (a read-only folder), the queue does nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Longer turns gain little throughput, and every other writer waits longer.
TURN = 0.005
# The next writer looks often: only one does so, and the gap between turns is lost time.
FIRST_PAUSE, NEXT_PAUSE, QUEUE_PAUSE = 0.0001, 0.001, 0.01


def _try_lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # flock and Windows raise these for a lock that is held
        return False
    return True


def _unlock(file: int) -> None:
    # To close the file is not enough: a copy in a forked child would keep the lock alive.
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_UN)


def _poll(file: int, deadline: float, longest: float) -> bool:
    pause = FIRST_PAUSE
    while not _try_lock(file):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(2 * pause, longest)
    return True


class _Waiter(threading.Thread):
    """A thread that waits in the queue. The kernel serves blocking flocks in order, but a flock can't time out.

    Nobody can stop the thread when its owner gives up. It then waits on, and unlocks the file when its turn
    comes, unless its owner rejoins it before. There is never more than one per queue.
    """

    def __init__(self, file: int) -> None:
        super().__init__(name="writer queue", daemon=True)
        self.file = file
        self.wanted = True
        self.granted = threading.Event()
        self._given_back = False
        # Reentrant, since garbage collection may close the owner inside this very thread.
        self._guard = threading.RLock()

    def start(self) -> None:
        if sys.platform == "win32":
            raise RuntimeError("no lock to wait for in order here: poll instead")
        super().start()

    def run(self) -> None:
        if sys.platform != "win32":
            # Without flock in the file system a writer still goes on: SQLite has its own locks.
            with contextlib.suppress(OSError):
                fcntl.flock(self.file, fcntl.LOCK_EX)
        with self._guard:
            self.granted.set()
            if not self.wanted and not self._given_back:
                _unlock(self.file)
                os.close(self.file)

    def rejoin(self) -> bool:
        """Want the turn again. False if the thread has given it up by now and closed the file."""
        with self._guard:
            self.wanted = self.wanted or not self.granted.is_set()
            return self.wanted

    def leave(self) -> bool:
        """Want the turn no more. True if the turn has come already and the file is the caller's again."""
        with self._guard:
            self._given_back = self.wanted and self.granted.is_set()
            self.wanted = False
            return self._given_back


class WriterQueue:
    """The queue as one thread with one open database uses it. Two threads must not share one.

    In a forked child every inherited queue starts closed, and opens its own files at first use.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._work: int | None = None
        self._queue: int | None = None
        self._waiter: _Waiter | None = None
        self._held = False
        self._path = os.fspath(path)
        self._turn_ends = 0.0
        _living.add(self)

    def acquire(self, timeout: float) -> None:
        """Wait for a turn. Raises TimeoutError after `timeout` seconds, and then holds nothing."""
        if self._held:
            raise RuntimeError("this writer queue is held already; every open database needs one of its own")
        deadline = time.monotonic() + timeout
        try:
            self._enter(deadline)
            self._held = True
        except TimeoutError:
            raise
        except OSError:
            # There are no lock files, or no locks on this file system. Go on with SQLite's own locks alone.
            self.close()
            self._held = True
        except BaseException:
            self.close()  # a Ctrl-C must not leave the others waiting for us
            raise

    def _enter(self, deadline: float) -> None:
        if self._work is None:
            self._work = self._open("-turnstile")
        if time.monotonic() < self._turn_ends and _try_lock(self._work):
            return
        queue = self._stand_in_queue(deadline)
        try:
            entered = _poll(self._work, deadline, NEXT_PAUSE)
        finally:
            _unlock(queue)
        if not entered:
            raise TimeoutError(f"another writer of {self._path} has not finished")
        self._turn_ends = time.monotonic() + TURN

    def _stand_in_queue(self, deadline: float) -> int:
        """Wait to be next. Returns the queue's file, locked."""
        late = TimeoutError(f"the queue of writers of {self._path} has not moved in time")
        if self._waiter is not None and not self._waiter.rejoin():
            self._waiter = self._queue = None
        if self._queue is None:
            self._queue = self._open("-turnstile-queue")
        if self._waiter is None:
            if _try_lock(self._queue):
                return self._queue
            waiter = _Waiter(self._queue)
            try:
                waiter.start()
            except RuntimeError:
                if not _poll(self._queue, deadline, QUEUE_PAUSE):
                    raise late from None
                return self._queue
            self._waiter = waiter
        left = max(0.0, deadline - time.monotonic())
        if not self._waiter.granted.wait(min(left, threading.TIMEOUT_MAX)) and not self._waiter.leave():
            raise late
        self._waiter = None
        return self._queue

    def _open(self, suffix: str) -> int:
        if self._path in ("", ":memory:"):
            raise FileNotFoundError("a database in memory has no other writers")
        mode = 0o600
        with contextlib.suppress(FileNotFoundError):  # SQLite may not have made the database yet
            mode = os.stat(self._path).st_mode & 0o666
        # Opened read-only, as it is only locked. So a umask can't keep the database's group from it.
        return os.open(self._path + suffix, os.O_RDONLY | os.O_CREAT, mode)

    def release(self) -> None:
        """Let the next writer in. Does nothing if the queue isn't held."""
        if self._held:
            self._held = False
            if self._work is not None:
                _unlock(self._work)

    @contextlib.contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        if self._held:  # a Ctrl-C came between the turn and the try
            self.release()
        try:
            self.acquire(timeout)
            yield
        finally:
            self.release()

    def close(self) -> None:
        """Release, leave the queue and close the files. A later acquire opens them again."""
        self.release()
        is_mine = self._waiter is None or self._waiter.leave()
        for file in (self._work, self._queue if is_mine else None):
            if file is not None:
                _unlock(file)
                os.close(file)
        self._work = self._queue = self._waiter = None
        self._turn_ends = 0.0

    def __del__(self, finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        # A queue forgotten while held would keep every other writer out as long as the process lives.
        if not finalizing():
            self.close()

    def _forget(self) -> None:
        """In a forked child, close the copies of the files and do nothing more: the locks are the parent's."""
        # A thread whose owner gave up closed its file at its turn: the number may belong to another file by now.
        gone = self._waiter is not None and not self._waiter.wanted and self._waiter.granted.is_set()
        for file in (self._work, None if gone else self._queue):
            if file is not None:
                os.close(file)
        self._work = self._queue = self._waiter = None
        self._held, self._turn_ends = False, 0.0


_living: weakref.WeakSet[WriterQueue] = weakref.WeakSet()


def _after_fork() -> None:
    # Otherwise a killed parent's lock would live on in the child's copy of the open file.
    for queue in list(_living):
        queue._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
