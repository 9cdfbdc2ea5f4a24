"""Keeps a command from reading or writing the files of its own database, and from reading what it writes."""

from __future__ import annotations

import os

from ..engines.own_files import OwnFiles
from ..errors import InputError
from ..location import Location, locate, redacted


def check_output(file: str, location: Location) -> None:
    """Raise InputError if the file to write is the database or belongs to it."""
    own = OwnFiles(location)
    if file == "-":
        if own.includes_status(_standard(1)):
            raise InputError("stdout is the database itself; name another file.")
    elif own.is_database(file):
        raise InputError(f"{file} is the database itself; name another file.")
    elif own.includes(file):
        raise InputError(f"{file} belongs to the database {own.path}; name another file.")


class Sources:
    """Finds the paths of an import that aren't sources."""

    def __init__(self, location: Location, written: str | None = None, table: str | None = None) -> None:
        """`written` is the file for the records that the import leaves out; `table` is the table that it reads."""
        self._own = OwnFiles(location)
        self._location = location
        self._written = written
        self._table = table

    def excludes(self, file: str) -> bool:
        """Whether a file in a folder is no source."""
        return self._own.includes(file) or self._is_written(file)

    def chosen(self, paths: tuple[str, ...], *, databases: bool) -> tuple[tuple[str, ...], list[str]]:
        """The paths that are sources, and why the others are passed over. Raises InputError if none is left.

        `databases`: the paths are read through SQLite. Then another table of the database itself may be a source too.
        """
        why = {path: self._why_not(path, databases=databases) for path in paths}
        left = tuple(path for path in paths if why[path] is None)
        reasons = [reason for reason in why.values() if reason]
        if not left:
            is_database = not databases and self._own.is_database(paths[0])
            remedy = ", or one of its other tables with --table" if is_database else ""
            raise InputError(f"{reasons[0]}; name another file{remedy}.")
        # A `*` also matches the database and its companion files. The companions need no message.
        told = [f"{reason}, and was passed over." for path, reason in why.items() if reason and not self._is_beside(path)]
        return left, told

    def _why_not(self, path: str, *, databases: bool) -> str | None:
        if path == "-":
            return "stdin is the database that the import writes to" if self._own.includes_status(_standard(0)) else None
        if "://" in path:
            return self._why_not_url(path) if databases else None
        if databases:
            return self._why_not_database(path)
        if self._own.is_database(path):
            return f"{path} is the database that the import writes to"
        if self._own.includes(path):
            return f"{path} belongs to the database that the import writes to"
        return f"{path} is the file that --quarantine names" if self._is_written(path) else None

    def _why_not_url(self, url: str) -> str | None:
        named = locate(url)
        if named.engine == "sqlite":
            return self._why_not_database(named.target)
        if named == self._location and self._is_own_table():
            return f"{redacted(url)} is the database that the import writes to, and {self._table} its table"
        return None

    def _why_not_database(self, path: str) -> str | None:
        if self._own.is_hard_link(path):
            return f"{path} is another name for the database that the import writes to"
        if self._own.is_database(path):
            own = f"{path} is the database that the import writes to, and {self._table} its table"
            return own if self._is_own_table() else None
        return f"{path} belongs to the database that the import writes to" if self._own.includes(path) else None

    def _is_own_table(self) -> bool:
        return (self._table or "").rpartition(".")[2].strip('"').lower() == "ai_thought_history"

    def _is_beside(self, path: str) -> bool:
        return self._own.includes(path) and not self._own.is_database(path)

    def _is_written(self, file: str) -> bool:
        return self._written is not None and os.path.realpath(file) == os.path.realpath(self._written)


def _standard(descriptor: int) -> os.stat_result | None:
    try:
        return os.fstat(descriptor)
    except OSError:
        return None
