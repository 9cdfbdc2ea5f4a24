"""The file of a database: how to make it for its owner alone, and how to notice that it was replaced while open."""

from __future__ import annotations

import contextlib
import os
import threading

from ...errors import DatabaseUnavailable

_making = threading.Lock()


def _renew() -> None:
    global _making
    _making = threading.Lock()  # a thread that only the parent has would keep the old lock in a forked child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def make(path: str) -> None:
    """Make an empty file that only its owner may read, where there is none. A file that exists keeps its mode.

    SQLite gives the files beside it the same mode. The file is closed before SQLite opens it: to close it later would
    drop SQLite's locks.
    """
    if os.path.exists(path):
        return
    # The lock keeps another thread's SQLite from opening the file before it is closed here.
    with _making, contextlib.suppress(OSError):  # if the file can't be made, SQLite says why
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


class OpenFile:
    """The file that a connection has opened. It notices when the file was replaced or deleted."""

    def __init__(self, path: str) -> None:
        self._name = path
        self._path = os.path.abspath(path)  # the program may change its folder
        try:
            self._status = os.stat(self._path)
        except OSError as error:
            raise DatabaseUnavailable(f"{path} was deleted while it was being opened ({error.strerror}).") from error

    def check(self, *, written: bool = False) -> None:
        """Raises DatabaseUnavailable if the path no longer leads to the open file. Costs one call of stat()."""
        try:
            now = os.stat(self._path)
            what = None if os.path.samestat(now, self._status) else "replaced by another file"
        except (FileNotFoundError, NotADirectoryError):
            what = "deleted"
        except OSError:  # a network file system out of reach: SQLite's own error will say so
            return
        if what:
            lost = "what was just written is not in the file of that name" if written else "nothing was read or written"
            raise DatabaseUnavailable(f"{self._name} was {what} while it was open: {lost}. Open it again.")
