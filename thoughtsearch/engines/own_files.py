"""Which files are SQLite's and must be opened by nobody else in this process.

POSIX drops all locks that a process holds on a file as soon as it closes any descriptor of that file, whoever opened it. A
program that opens its own database beside SQLite, if only to look what kind of file it is, takes SQLite's locks away by
that: other programs then write into the same pages, or delete the write-ahead log that is still in use. So a file is
compared by device and inode before it is opened.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator

from ..location import Location

#: What SQLite keeps beside a database, and what the turnstile does.
COMPANIONS = ("-wal", "-shm", "-journal", "-turnstile", "-turnstile-queue")
MAGIC = b"SQLite format 3\0"
_WAL_MAGICS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


class OwnFiles:
    """The files of one database: under whatever names, links included, and those beside it that may yet be made."""

    def __init__(self, location: Location) -> None:
        self.path: str | None = None
        self._names: set[str] = set()
        if location.engine == "sqlite" and location.target not in ("", ":memory:"):
            self.path = location.target
            # SQLite names its files after the one that a symbolic link leads to, the turnstile after the link.
            bases = {os.path.realpath(self.path), os.path.abspath(self.path)}
            self._names = bases | {base + companion for base in bases for companion in COMPANIONS}

    def includes(self, path: str) -> bool:
        """Whether the path is one of them."""
        if self.path is None:
            return False
        return os.path.realpath(path) in self._names or self.includes_status(_status(path))

    def includes_status(self, status: os.stat_result | None) -> bool:
        """Whether this is the status of one of them."""
        return status is not None and any(_same(status, _status(name)) for name in self._names)

    def is_database(self, path: str) -> bool:
        """Whether the path is the database itself, not a file beside it."""
        if self.path is None:
            return False
        return os.path.realpath(path) == os.path.realpath(self.path) or _same(_status(path), _status(self.path))

    def is_hard_link(self, path: str) -> bool:
        """Whether it is the database under another name of its own: beside that one SQLite would keep a second log."""
        return self.is_database(path) and os.path.realpath(path) != os.path.realpath(self.path or "")


def start_of_open_file(path: str, status: os.stat_result) -> bytes | None:
    """The beginning of a file that SQLite has open in this process, as far as the file itself tells; None for any other.

    It is read through the descriptor that is there. Of a file beside a database nothing is told: nobody is to open that.
    """
    if sys.platform == "win32":  # where closing a file leaves the locks of other handles alone
        return None
    for descriptor in _descriptors():
        try:
            if _same(status, os.fstat(descriptor)):
                start = os.pread(descriptor, len(MAGIC), 0)
                if start == MAGIC:
                    return start
                if not start or start[:4] in _WAL_MAGICS or path.endswith(("-shm", "-journal")):
                    return b""
        except OSError:  # noqa: PERF203  # closed meanwhile, or not to be read
            continue
    return None


def _descriptors() -> Iterator[int]:
    try:
        names = os.listdir("/dev/fd")
    except OSError:
        return iter(range(1024))
    return (int(name) for name in names if name.isdecimal())


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


def kind_of(status: os.stat_result) -> str | None:
    """What it is instead of a file, for a message; None for a file."""
    if stat.S_ISREG(status.st_mode):
        return None
    if stat.S_ISDIR(status.st_mode):
        return "directory"
    if stat.S_ISFIFO(status.st_mode):
        return "pipe"
    return "socket" if stat.S_ISSOCK(status.st_mode) else "device"
