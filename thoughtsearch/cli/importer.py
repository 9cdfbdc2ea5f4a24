"""Runs an import from the command line: chooses the files, shows the progress, prints the summary."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from ..errors import InputError, ThoughtsearchError
from ..sources.files import found
from ..sources.limits import Limits
from ..sources.loading import BadLine, Loading
from ..sources.mapping import FieldMapping
from ..sources.reader import Reader
from ..store import Store
from .progress import bar
from .quarantine import Quarantine, where
from .terminal import visible


class Importer:
    """Imports the paths, again and again if wanted. From the second time on it reads only files that changed."""

    def __init__(
        self,
        paths: Sequence[str],
        reader: Reader | None,
        settings: Mapping[str, Any],
        *,
        stop: bool,
        limits: Limits,
        passed_over: Callable[[str], bool],
    ) -> None:
        """`passed_over` says which files of a folder must not be opened."""
        self._limits = limits
        self._passed_over = passed_over
        self._paths = paths
        self._reader = reader
        self._settings = settings
        self._stop = stop
        self._touched: dict[str, object] = {}
        self._files: list[str] = []

    def look(self) -> list[str]:
        """Find the files that are new or changed since the last call. Raises InputError for a path that doesn't exist."""
        files = (file for path in self._paths for file in found(path, self._reader, self._touched, self._passed_over))
        now = {file: _touched(file) for file in files}
        self._files = [file for file, touched in now.items() if self._touched.get(file, 0) != touched]
        self._touched = now
        return self._files

    def run(self, store: Store, mapping: FieldMapping, bad: Quarantine, *, again: bool = False, quiet: bool = False) -> int:
        """Import what `look` found. Return the exit code. `quiet`: print nothing if nothing was new."""
        loading = Loading(store, mapping, skip=None if self._stop else bad.add, again=again)
        failed = False
        with bar("Importing", sum(map(_size, self._files))) as show:
            done = 0
            for file in self._files:
                failed |= not self._one(loading, file, lambda at, done=done: show(done + at))  # type: ignore[misc]
                done += _size(file)
                show(done)
        loading.refresh_statistics()
        told = loading.stored or loading.known or loading.unchanged or loading.skipped
        if loading.stored or not (quiet or (failed and not told)):
            click.echo(_summary(loading))
        useless = loading.skipped and not (loading.stored or loading.known)
        return 2 if failed or useless else 0

    def _one(self, loading: Loading, file: str, show: Callable[[int], None]) -> bool:
        """Import one file; tell whether it could be read to its end. If not, the import goes on with the next file."""
        try:
            loading.load(file, self._reader, options=self._settings, limits=self._limits, progress=show)
        except BadLine as error:
            raise Stopped(where(error), loading.stored.total()) from error
        except InputError as error:
            click.echo(f"Error: {visible(str(error))}", err=True)
            return False
        except (ThoughtsearchError, KeyboardInterrupt):
            click.echo(_before(loading.stored.total(), "this"), err=True)
            raise
        return True


class Stopped(click.ClickException):
    """The first bad record stopped the import, as the user wanted."""

    exit_code = 2

    def __init__(self, where: str, stored: int) -> None:
        super().__init__(where)
        self.stored = stored

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)
        click.echo(f"Error: the import stopped at this line. {_before(self.stored, 'its batch')}", err=True)


def _touched(file: str) -> object:
    if "://" in file:
        return object()  # always new, as a server doesn't tell when it changed
    # The newest rows of a database are in its -wal file.
    return tuple(_stat(name) for name in (file, f"{file}-wal"))


def _stat(file: str) -> object:
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _size(file: str) -> int:
    return os.path.getsize(file) if os.path.isfile(file) else 0


def _before(count: int, what: str) -> str:
    return f"Stored {_thoughts(count)} before {what}." if count else "Nothing was stored."


def _summary(loading: Loading) -> str:
    parts = [f"Stored {_thoughts(loading.stored.total())}"]
    if len(loading.stored) > 1:
        parts[0] += " (" + ", ".join(f"{name} {count:,}" for name, count in loading.stored.items()) + ")"
    if loading.known:
        parts.append(f"{loading.known:,} {'was' if loading.known == 1 else 'were'} there already")
    if loading.unchanged:
        parts.append(f"{loading.unchanged:,} {'file has' if loading.unchanged == 1 else 'files have'} nothing new")
    if loading.skipped:
        parts.append(f"left out {loading.skipped:,}")
    return "; ".join(parts) + "."


def _thoughts(count: int) -> str:
    return f"{count:,} {'thought' if count == 1 else 'thoughts'}"
