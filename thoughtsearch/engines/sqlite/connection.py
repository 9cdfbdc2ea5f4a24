"""One connection to SQLite that drives plans. It turns the driver's errors into those of thoughtsearch."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ...errors import (
    DatabaseError,
    DatabaseLocked,
    DatabaseUnavailable,
    InputError,
    MissingFeature,
    ReadOnlyError,
    ThoughtsearchError,
)
from ..contract.deadline import NO_DEADLINE, Deadline
from ..contract.engine import CLOSED
from ..contract.statement import Plan, Rows, Statement
from . import file
from .metadata import meta_holds
from .writer_queue import WriterQueue

T = TypeVar("T")

OLDEST = (3, 35, 0)  # RETURNING, MATERIALIZED
# The connections of the parent that forked this process. Closed here, they would drop the parent's locks on the file.
_inherited: list[sqlite3.Connection] = []
_COPY = ""  # for SQLite a temporary database, which it writes to a file of its own only if it must
_OF_NO_FILE = (":memory:", _COPY)
# SQLite asks after this many steps of its virtual machine whether to go on. They take 1 to 100 ms. (To ask more often has
# a measurable cost.)
_STEPS = 50_000
# SQLite doesn't ask while it waits for another program. So it waits this many seconds at a time, and we check in between.
_PATIENCE = 0.2
# Parts of SQLite's messages about a statement, a parameter or a text beyond its limits.
_TOO_LARGE = ("too many sql variables", "too large", "too big", "too many terms", "parser stack overflow", "too complex")
#: What to do about damaged pages. Many sqlite3 programs (Debian 12's, for one) have .recover, but it fails there.
TO_SAVE = (
    'restore a backup, or save what can be read: sqlite3 FILE ".clone NEW" (or, where .recover works, which saves more: '
    "sqlite3 FILE .recover | sqlite3 NEW), then thoughtsearch init -d NEW"
)
#: Sets the journal to WAL, which stays with the file.
USE_WAL = "PRAGMA journal_mode = WAL"


class SqliteConnection:
    """Runs plans, each in one transaction. Threads may share it, and take turns."""

    def __init__(self, path: str, *, read_only: bool = False, timeout: float = 30.0) -> None:
        self.path = path
        self.read_only = read_only
        self._timeout = timeout
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._queue = WriterQueue(path)
        self._deadline = NO_DEADLINE
        self._interruption: BaseException | None = None
        self.is_frozen = False  # opened as a file that nobody changes
        self._made_log = False  # this connection, which only reads, may have made the write-ahead log
        with self._errors():
            self._connection = self._open()
        self._file = self._opened_file()

    def _open(self) -> sqlite3.Connection:
        if sqlite3.sqlite_version_info < OLDEST:
            raise MissingFeature(
                f"thoughtsearch needs SQLite 3.35 or newer; this Python has {sqlite3.sqlite_version}. "
                "Use a newer Python, or install pysqlite3."
            )
        if self.path in _OF_NO_FILE:
            return self._connect(self.path)
        self._check_file()
        self._made_log = self.read_only and not os.path.exists(self._log)
        if not self.read_only:
            file.make(self.path)
        uri = Path(self.path).absolute().as_uri()
        try:
            return self._connect(uri + ("?mode=ro" if self.read_only else ""))
        except sqlite3.OperationalError:
            # For a file in WAL mode in a read-only folder, SQLite can't make its shared memory.
            if os.access(self.path, os.R_OK) and not os.access(Path(self.path).parent, os.W_OK):
                connection = self._connect(uri + "?mode=ro&immutable=1")
                self.is_frozen = True
                return connection
            raise

    @property
    def _log(self) -> str:
        """The write-ahead log, which SQLite keeps beside a file in WAL mode while it is open."""
        return f"{self.path}-wal"

    def _opened_file(self) -> file.OpenFile | None:
        if self.path in _OF_NO_FILE:
            return None
        try:
            return file.OpenFile(self.path)
        except BaseException:
            self._connection.close()
            raise

    def _connect(self, target: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            target,
            uri=target.startswith("file:"),
            timeout=min(_PATIENCE, self._timeout),
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.text_factory = _decoded
            connection.execute(
                "PRAGMA schema_version"
            ).fetchone()  # the first to read the file, and so to fail if it is damaged
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA cache_size = -65536")
            # In WAL mode, NORMAL loses nothing when a process is killed. A power cut does not corrupt the file.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.create_function("meta_holds", 2, self._meta_holds, deterministic=True)
            checksum: Any = _Checksum  # typeshed only knows integer aggregates
            connection.create_aggregate("checksum", 1, checksum)
            connection.set_progress_handler(self._is_over, _STEPS)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_file(self) -> None:
        path = Path(self.path)
        try:
            os.stat(path.parent)
            is_directory = path.is_dir()
        except FileNotFoundError:
            is_directory = False
        except OSError as error:
            raise DatabaseUnavailable(f"{self.path:.200} can't be opened: {error.strerror}.") from error
        if is_directory:
            raise DatabaseUnavailable(f"{self.path} is a directory; name a database file in it, such as thoughts.db.")
        if self.read_only and not path.exists():
            raise DatabaseUnavailable(f"There is no database at {self.path}.")
        if not path.parent.is_dir():
            raise DatabaseUnavailable(f"The folder of {self.path} does not exist; make it or name another path.")

    def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T:
        """Drive the plan in one transaction. An error inside it rolls everything back.

        Raises SearchTimeout if the deadline passes meanwhile.
        """
        if os.getpid() != self._process:
            self._reopen()
        with self._held(deadline), self._errors():
            if not write:
                return self._transaction(plan, "BEGIN")
            if self.read_only:
                plan.close()
                raise ReadOnlyError(f"{self.path} was opened for reading only; nothing was written.")
            with self._queue.hold(self._timeout):
                result = self._transaction(plan, "BEGIN IMMEDIATE")
            if self._file:
                self._file.check(written=True)
            return result

    def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Drive two plans that write, one after the other, since a file has one writer at a time."""
        self.run(first, write=True)
        self.run(second, write=True)

    def _reopen(self) -> None:
        """Open the file again in a forked child.

        A child can't share SQLite's connections, and another thread of the parent may have held the lock.
        """
        if self.path == ":memory:":
            raise DatabaseUnavailable("A database in memory belongs to the process that opened it; name a file.")
        self._process = os.getpid()
        self._lock = threading.RLock()
        if self._file:
            self._file.check()
        _inherited.append(self._connection)
        with self._errors():
            self._connection = self._open()

    @contextlib.contextmanager
    def _held(self, deadline: Deadline) -> Iterator[None]:
        """Hold this connection, once the threads before us have finished."""
        with deadline.holding(self._lock):
            before, self._deadline = self._deadline, deadline
            try:
                yield
            finally:
                self._deadline = before

    # --- called by SQLite while it runs a statement: an error raised there would only be printed, or become another one ---

    def _is_over(self) -> bool:
        """Whether to end the running statement."""
        try:
            return self._deadline.has_passed()
        except BaseException as error:  # Python may raise Ctrl-C's KeyboardInterrupt here
            self._interruption = error
            return True

    def _meta_holds(self, name: str, metadata: bytes | None) -> Any:
        try:
            if self._deadline.has_passed():
                raise self._deadline.error()
            # The value comes as bytes: sqlite3 would fail on a text that is no UTF-8.
            return meta_holds(name, None if metadata is None else _decoded(metadata))
        except BaseException as error:
            self._interruption = error
            raise

    def _ended(self, error: sqlite3.Error) -> BaseException | None:
        """What ended the statement, if it was not an error of SQLite."""
        text = str(error)
        if text != "interrupted" and not text.startswith("user-defined"):
            return None
        if self._interruption is not None:
            interruption, self._interruption = self._interruption, None
            return interruption
        # An error before the first line of a function comes from a signal.
        return self._deadline.error() if self._deadline.has_passed() else KeyboardInterrupt()

    def _transaction(self, plan: Plan[T], begin: str) -> T:
        # A Ctrl-C may come between any two steps. Roll back what it left open the last time.
        self._roll_back()
        try:
            self._execute(Statement(begin))
            if self._file:
                self._file.check()  # before anything is written, as SQLite's journal would damage another file of that name
            result = self._drive(plan)
            self._execute(Statement("COMMIT"))
        except BaseException:
            plan.close()
            with contextlib.suppress(sqlite3.Error):
                self._roll_back()
            raise
        return result

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _drive(self, plan: Plan[T]) -> T:
        try:
            statement = next(plan)
            while True:
                self._deadline.check()
                statement = plan.send(self._execute(statement))
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _execute(self, statement: Statement) -> Rows:
        if statement.many:
            return self._execute_many(statement)
        ends = time.monotonic() + self._timeout
        while True:
            try:
                return self._connection.execute(statement.sql, statement.parameters).fetchall()
            except sqlite3.OperationalError as error:  # noqa: PERF203
                if not _is_locked(error) or time.monotonic() > ends:
                    raise
                self._deadline.check()

    def _execute_many(self, statement: Statement) -> Rows:
        # Nobody can tell how much of it is stored already, so it can't be repeated. SQLite itself waits here.
        self._wait_in_sqlite(self._timeout)
        try:
            self._connection.executemany(statement.sql, statement.parameters)
        finally:
            self._wait_in_sqlite(min(_PATIENCE, self._timeout))
        return []

    def _wait_in_sqlite(self, seconds: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {int(min(seconds * 1000, 2**31 - 1))}")

    @contextlib.contextmanager
    def driver(self) -> Iterator[sqlite3.Connection]:
        """sqlite3's own connection, for a library that describes tables by it. Its errors leave this as ours."""
        with self._held(NO_DEADLINE), self._errors():
            self._wait_in_sqlite(self._timeout)
            try:
                yield self._connection
            finally:
                self._wait_in_sqlite(min(_PATIENCE, self._timeout))

    def use_wal(self) -> None:
        """Set the journal to WAL, which stays with the file. Readers and a writer then don't wait for each other.

        Leaves the mode as it is while another program uses the file. The other modes work too, only slower.
        """
        with self._lock, self._errors(), self._queue.hold(self._timeout):
            try:
                self._connection.execute(USE_WAL)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise

    def limit_length(self, size: int) -> None:
        """Have SQLite refuse to read a longer text or BLOB, before that takes memory. (Python 3.10 can't.)"""
        if sys.version_info >= (3, 11):
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(size, 1_000_000))

    def copied(self) -> SqliteConnection:
        """A copy of the whole database at this moment, for work that would keep writers waiting. Closing it deletes it."""
        copy = SqliteConnection(_COPY, timeout=self._timeout)
        try:
            with self._lock, self._errors():
                self._connection.backup(copy._connection)
        except BaseException:
            copy.close()
            raise
        return copy

    def close(self) -> None:
        """Close the file. A second call does nothing."""
        if os.getpid() != self._process:
            _inherited.append(self._connection)  # and the lock may be one that a thread of the parent held
            return
        with self._lock, self._errors():
            self._queue.close()
            self._connection.close()
            self._take_log_away()

    def _take_log_away(self) -> None:
        """Remove the files that SQLite made beside a database that was only read. SQLite does so itself if it may write."""
        if self._made_log and os.path.exists(self._log):
            self._made_log = False
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(sqlite3.connect(f"{Path(self.path).absolute().as_uri()}?mode=rw", uri=True)) as last,
            ):
                last.execute("PRAGMA schema_version").fetchone()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise self._locked() from error
        except sqlite3.Error as error:
            ended = self._ended(error)
            if isinstance(ended, ThoughtsearchError):
                raise ended from error
            if ended is not None:
                raise ended from None
            raise self._translated(error) from error
        except UnicodeDecodeError as error:  # sqlite3 itself decodes the schema and its own messages
            raise DatabaseUnavailable(f"{self.path} is not a usable SQLite database (its schema is no text).") from error
        except OverflowError as error:
            raise DatabaseError("A number in the query is larger than the database can hold.") from error

    def _locked(self) -> DatabaseLocked:
        return DatabaseLocked(
            f"{self.path} is locked: another program kept writing to it for over {self._timeout:g} seconds. "
            "Try again, or end that program."
        )

    def _translated(self, error: sqlite3.Error) -> ThoughtsearchError:
        text = str(error)
        if any(one in text.lower() for one in _TOO_LARGE):
            return InputError(f"This is more than SQLite takes at once ({text}). Ask for less, or store it in parts.")
        if isinstance(error, sqlite3.OperationalError) and _is_locked(error):
            return self._locked()
        if "not a database" in text:
            return DatabaseUnavailable(f"{self.path} is not a usable SQLite database ({text}).")
        if "malformed" in text:
            return DatabaseUnavailable(
                f"{self.path} is damaged and not a usable SQLite database ({text}). If thoughtsearch doctor can't mend it, "
                f"{TO_SAVE}."
            )
        if "unable to open" in text:
            return DatabaseUnavailable(f"{self.path} can't be opened; check the path and your permissions ({text}).")
        if "readonly" in text or "read-only" in text:
            return ReadOnlyError(f"{self.path} may only be read; nothing was written. Check its permissions.")
        if "closed database" in text:
            return DatabaseUnavailable(CLOSED)
        if "disk" in text and "full" in text:
            return DatabaseError(f"There is no space left for {self.path}; nothing was written.")
        return DatabaseError(f"SQLite could not do this on {self.path}: {text}.")


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return "locked" in str(error) or "busy" in str(error)


#: Decodes what it can of bytes that are no UTF-8. No Python function, as it is called for every value.
_decoded = partial(str, encoding="utf-8", errors="replace")


class _Checksum:
    """The SQL aggregate `checksum` of BLOBs, in their order."""

    def __init__(self) -> None:
        from hashlib import blake2b  # takes long to load, and a search doesn't need it

        self._digest = blake2b(digest_size=16)

    def step(self, value: bytes) -> None:
        self._digest.update(value)

    def finalize(self) -> str:
        return self._digest.hexdigest()
