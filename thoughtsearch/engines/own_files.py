"""Which files only SQLite may open in this process.

POSIX drops all locks that a process holds on a file as soon as the process closes any descriptor of that file. So a
program that opens its own database beside SQLite, even to see what kind of file it is, takes SQLite's locks away. Other
programs then write into the same pages, or delete the write-ahead log that is still in use. Therefore a file is compared by
device and inode before it is opened.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator

from ..location import Location

#: The files that SQLite and the writer queue keep beside a database.
COMPANIONS = ("-wal", "-shm", "-journal", "-turnstile", "-turnstile-queue")
MAGIC = b"SQLite format 3\0"
_WAL_MAGICS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


class OwnFiles:
    """The files of one database, under all their names and links, and those beside it that may yet be made."""

    def __init__(self, location: Location) -> None:
        self.path: str | None = None
        self._names: set[str] = set()
        if location.engine == "sqlite" and location.target not in ("", ":memory:"):
            self.path = location.target
            # SQLite names its files after the target of a symbolic link, the writer queue after the link.
            bases = {os.path.realpath(self.path), os.path.abspath(self.path)}
            self._names = bases | {base + companion for base in bases for companion in COMPANIONS}

    def includes(self, path: str) -> bool:
        """Whether the path is one of these files."""
        if self.path is None:
            return False
        return os.path.realpath(path) in self._names or self.includes_status(_status(path))

    def includes_status(self, status: os.stat_result | None) -> bool:
        """Whether this is the status of one of these files."""
        return status is not None and any(_same(status, _status(name)) for name in self._names)

    def is_database(self, path: str) -> bool:
        """Whether the path is the database itself, not a file beside it."""
        if self.path is None:
            return False
        return os.path.realpath(path) == os.path.realpath(self.path) or _same(_status(path), _status(self.path))

    def is_hard_link(self, path: str) -> bool:
        """Whether the path is a hard link to the database. SQLite would keep a second log beside that name."""
        return self.is_database(path) and os.path.realpath(path) != os.path.realpath(self.path or "")


def start_of_open_file(path: str, status: os.stat_result) -> bytes | None:
    """The beginning of a file that SQLite has open in this process, as far as the file holds it. None for any other file.

    It is read through SQLite's own descriptor. For a file beside a database it is empty: nobody should open such a file.
    """
    if sys.platform == "win32":  # here closing a file leaves the locks of other handles alone
        return None
    for descriptor in _descriptors():
        try:
            if _same(status, os.fstat(descriptor)):
                start = os.pread(descriptor, len(MAGIC), 0)
                if start == MAGIC:
                    return start
                if not start or start[:4] in _WAL_MAGICS or path.endswith(("-shm", "-journal")):
                    return b""
        except OSError:  # noqa: PERF203  # closed meanwhile, or unreadable
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
    """What it is if it is no regular file, for a message. None for a file."""
    if stat.S_ISREG(status.st_mode):
        return None
    if stat.S_ISDIR(status.st_mode):
        return "directory"
    if stat.S_ISFIFO(status.st_mode):
        return "pipe"
    return "socket" if stat.S_ISSOCK(status.st_mode) else "device"
