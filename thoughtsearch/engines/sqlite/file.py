"""A database's file as the file system has it: made for its owner alone, and known again while it is open."""

from __future__ import annotations

import contextlib
import os
import threading

from ...errors import DatabaseUnavailable

_making = threading.Lock()


def _renew() -> None:
    global _making
    _making = threading.Lock()  # in a forked child it would stay locked by a thread that only the parent has


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def make(path: str) -> None:
    """Make an empty file that only its owner may read, where there is none; one that is there keeps its mode.

    SQLite gives the files beside it the same mode. It is closed before SQLite opens it: to close it later would drop
    SQLite's locks.
    """
    if os.path.exists(path):
        return
    # The lock: another thread's SQLite must not have opened the file before it is closed here.
    with _making, contextlib.suppress(OSError):  # where it can't be made, SQLite says why
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


class OpenFile:
    """The file that a connection has opened, by which it notices that another one, or none, is in its place."""

    def __init__(self, path: str) -> None:
        self._name = path
        self._path = os.path.abspath(path)  # the program may go to another folder
        try:
            self._status = os.stat(self._path)
        except OSError as error:
            raise DatabaseUnavailable(f"{path} was deleted while it was being opened ({error.strerror}).") from error

    def check(self, *, written: bool = False) -> None:
        """Raises DatabaseUnavailable where the path is no longer that of the open file. One call of stat()."""
        try:
            now = os.stat(self._path)
            what = None if os.path.samestat(now, self._status) else "replaced by another file"
        except (FileNotFoundError, NotADirectoryError):
            what = "deleted"
        except OSError:  # a network's file system out of reach: what SQLite does there will say it
            return
        if what:
            lost = "what was just written is not in the file of that name" if written else "nothing was read or written"
            raise DatabaseUnavailable(f"{self._name} was {what} while it was open: {lost}. Open it again.")
