"""One connection to SQLite, opened and tuned, that drives plans; the driver's errors leave it as ours."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from ..errors import DatabaseError, DatabaseLocked, DatabaseUnavailable, MissingFeature, ReadOnlyError
from ..query.predicates import holds
from .fts5 import unpack_meta
from .statement import Plan
from .turnstile import Turnstile

T = TypeVar("T")

OLDEST = (3, 35, 0)  # RETURNING, MATERIALIZED
_COPY = ""  # to SQLite this is a temporary database, which it keeps in a file of its own only while it must
_OF_NO_FILE = (":memory:", _COPY)
#: What to do where pages are damaged. Many a sqlite3 program (that of Debian 12, for one) has .recover and fails at it.
TO_SAVE = (
    'restore a backup, or save what can be read: sqlite3 FILE ".clone NEW" (or, where .recover works, which saves more: '
    "sqlite3 FILE .recover | sqlite3 NEW), then thoughtsearch init -d NEW"
)
#: Sets the journal to WAL, which stays with the file.
USE_WAL = "PRAGMA journal_mode = WAL"


class SqliteConnection:
    """Runs plans, each in one transaction. Threads may share it; they take turns."""

    def __init__(self, path: str, *, read_only: bool = False, timeout: float = 30.0) -> None:
        self.path = path
        self.read_only = read_only
        self._timeout = timeout
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._turnstile = Turnstile(path)
        self.is_frozen = False  # taken for a file that nobody changes
        with self._errors():
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        if sqlite3.sqlite_version_info < OLDEST:
            raise MissingFeature(
                f"thoughtsearch needs SQLite 3.35 or newer; this Python has {sqlite3.sqlite_version}. "
                "Use a newer Python, or install pysqlite3."
            )
        if self.path in _OF_NO_FILE:
            return self._connect(self.path)
        self._check_file()
        uri = Path(self.path).absolute().as_uri()
        try:
            return self._connect(uri + ("?mode=ro" if self.read_only else ""))
        except sqlite3.OperationalError:
            # A file in WAL mode in a folder that can't be written: SQLite can't make its shared memory there.
            if os.access(self.path, os.R_OK) and not os.access(Path(self.path).parent, os.W_OK):
                connection = self._connect(uri + "?mode=ro&immutable=1")
                self.is_frozen = True
                return connection
            raise

    def _connect(self, target: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            target,
            uri=target.startswith("file:"),
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # A careless writer's bytes are shown as far as they go: one bad row must not end every search.
            connection.text_factory = _decoded
            connection.execute("PRAGMA schema_version").fetchone()  # reads the file: the first to say what is wrong
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA cache_size = -65536")
            # In WAL mode NORMAL survives a killed process, and a power cut without corruption.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.create_function("meta_holds", 2, _meta_holds, deterministic=True)
            checksum: Any = _Checksum  # typeshed knows aggregates of integers alone
            connection.create_aggregate("checksum", 1, checksum)
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

    def run(self, plan: Plan[T], *, write: bool = False) -> T:
        """Drive the plan in one transaction; an error inside it rolls everything back."""
        if os.getpid() != self._process:
            self._reopen()
        with self._lock, self._errors():
            if not write:
                return self._transaction(plan, "BEGIN")
            if self.read_only:
                plan.close()
                raise ReadOnlyError(f"{self.path} was opened for reading only; nothing was written.")
            with self._turnstile.hold(self._timeout):
                return self._transaction(plan, "BEGIN IMMEDIATE")

    def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        """Drive two plans that write, one after the other: a file has one writer at a time."""
        self.run(first, write=True)
        self.run(second, write=True)

    def _reopen(self) -> None:
        """In a forked child: SQLite's connections can't be shared, and the lock may have been held by another thread."""
        if self.path == ":memory:":
            raise DatabaseUnavailable("A database in memory belongs to the process that opened it; name a file.")
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._inherited = self._connection  # never closed here: that would drop the parent's file locks
        with self._errors():
            self._connection = self._open()

    def _transaction(self, plan: Plan[T], begin: str) -> T:
        # A Ctrl-C may fall between any two steps: what it left open the last time is taken back here.
        self._roll_back()
        try:
            self._connection.execute(begin)
            result = self._drive(plan)
            self._connection.execute("COMMIT")
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
                if statement.many:
                    self._connection.executemany(statement.sql, statement.parameters)
                    rows = []
                else:
                    rows = self._connection.execute(statement.sql, statement.parameters).fetchall()
                statement = plan.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def use_wal(self) -> None:
        """Set the journal to WAL, which stays with the file: readers and a writer then don't wait for each other.

        Left as it is while another program uses the file: everything works in the other modes too, only slower.
        """
        with self._lock, self._errors(), self._turnstile.hold(self._timeout):
            try:
                self._connection.execute(USE_WAL)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise

    def copied(self) -> SqliteConnection:
        """A copy of all that is in it at this moment, gone when it is closed: for what would keep writers waiting."""
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
        with self._lock, self._errors():
            self._turnstile.close()
            self._connection.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise self._locked() from error
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except UnicodeDecodeError as error:  # sqlite3 decodes the schema itself, and its own messages
            raise DatabaseUnavailable(f"{self.path} is not a usable SQLite database (its schema is no text).") from error
        except OverflowError as error:
            raise DatabaseError("A number in the query is larger than the database can hold.") from error

    def _locked(self) -> DatabaseLocked:
        return DatabaseLocked(
            f"{self.path} is locked: another program kept writing to it for over {self._timeout:g} seconds. "
            "Try again, or end that program."
        )

    def _translated(self, error: sqlite3.Error) -> DatabaseError:
        text = str(error)
        if "locked" in text or "busy" in text:
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
            return DatabaseUnavailable("This store is closed; open it again.")
        if "disk" in text and "full" in text:
            return DatabaseError(f"There is no space left for {self.path}; nothing was written.")
        return DatabaseError(f"SQLite could not do this on {self.path}: {text}.")


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


class _Checksum:
    """The SQL aggregate `checksum`: of BLOBs, in their order."""

    def __init__(self) -> None:
        from hashlib import blake2b  # a search needs none of it, and it takes long to load

        self._digest = blake2b(digest_size=16)

    def step(self, value: bytes) -> None:
        self._digest.update(value)

    def finalize(self) -> str:
        return self._digest.hexdigest()


def _meta_holds(packed: str, metadata: bytes | None) -> bool:
    # Given as bytes: sqlite3 would fail on a text that is no UTF-8.
    return holds(unpack_meta(packed), None if metadata is None else _decoded(metadata))
