"""Jobs on whole databases: import files, move everything, index or embed what was there before, look for damage.

Each takes a path or a URL, as `open()` does, opens the database itself, and closes it when it is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .embedders.embedder import Checked
from .embedders.lazy import LazyEmbedder
from .engines.connect import described
from .engines.contract.checkup import Finding
from .engines.own_files import OwnFiles
from .errors import DatabaseUnavailable, InputError, NotAdopted
from .location import Location, locate, redacted
from .operations.backfill.job import Backfill, Indexed
from .operations.doctor import Doctor, DoctorReport
from .operations.embedding import EmbeddingBackfill, EmbeddingReport
from .operations.transfer.copying import BATCH
from .operations.transfer.job import Transfer
from .operations.transfer.report import TransferReport
from .sources.files import found
from .sources.limits import Limits
from .sources.loading import BadLine, Loading, options_of
from .sources.mapping import FieldMapping
from .sources.reader import named
from .store import checked_flag, checked_timeout
from .store import open as open_store
from .text.clean import shown

if TYPE_CHECKING:
    from .embedders.embedder import Embedder

__all__ = [
    "DoctorReport",
    "EmbeddingReport",
    "Finding",
    "ImportReport",
    "Indexed",
    "LeftOut",
    "TransferReport",
    "backfill",
    "backfill_embeddings",
    "doctor",
    "import_files",
    "transfer",
]

#: So many of the records that were left out are listed in a report.
_LISTED = 1_000


class LeftOut(NamedTuple):
    """A record that can't be stored: the file and line where it begins, and the reason."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in numbers of thoughts. `first_left_out` names up to 1,000 of the records that were left out."""

    stored: int
    #: Stored by an earlier import, and not again.
    known: int
    #: Files in which nothing is new.
    unchanged: int
    left_out: int
    #: How many were stored, by kind of source: {"jsonl": 93}.
    by_source: Mapping[str, int]
    first_left_out: tuple[LeftOut, ...] = ()


def import_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    url_or_path: str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    fields: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    rest: str | None = None,
    table: str | None = None,
    record_id: str | None = None,
    strict: bool = False,
    again: bool = False,
    timeout: float = 30.0,
) -> ImportReport:
    """Store the thoughts that are in files, folders and other databases; what was imported before is not stored again.

    Reads the paths, and writes to the database `url_or_path` (made where there is none; without it the default one).
    Thoughts are committed in batches of 1,000; after an error the same call goes on from there.

    source       the kind of the files, as `thoughtsearch import --list` names it; without it each file is recognised
    fields       the field that fills a column, by column: {"thought_content": "text"}
    constants    a value for a column, the same everywhere: {"ai_id": "3"}
    rest         what to do with other fields: "refuse" (the default), "metadata" to keep them there, or "drop"
    table        take the rows of this table; the paths are SQLite files or postgresql:// URLs
    record_id    the field that names a record (its own id, or the primary key)
    strict       raise at the first bad record, whose batch is not stored; else it is left out, and reported
    again        store also what an import has stored before
    timeout      seconds to wait for other writers

    Raises InputError for an argument or a file that can't be read, NotAdopted for a table of another program, and
    DatabaseError.
    """
    files_or_folders = _paths(paths)
    strict, again = checked_flag("strict", strict), checked_flag("again", again)
    if rest not in (None, "refuse", "metadata", "drop"):
        raise InputError(f'rest takes "refuse", "metadata" or "drop"; got {shown(rest)}.')
    fields, constants = dict(fields or {}), dict(constants or {})
    mapping = FieldMapping(fields, constants, rest=rest or "refuse")
    reader = named(source or "table") if source or table else None
    limits = Limits()
    options = options_of(fields, constants, rest, table=table, ident=record_id, limits=limits)
    location = locate(url_or_path)
    own = OwnFiles(location)
    for path in files_or_folders:
        _check_is_other(path, own, table if reader and reader.database else None)
    files = list(dict.fromkeys(file for path in files_or_folders for file in found(path, reader, (), own.includes)))
    bad: list[LeftOut] = []
    with open_store(url_or_path, timeout=timeout) as store:
        loading = Loading(store, mapping, skip=None if strict else lambda one: _listed(bad, one), again=again)
        for file in files:
            loading.load(file, reader, options=options, limits=limits)
        loading.refresh_statistics()
    stored = loading.stored
    return ImportReport(
        stored.total(), loading.known, loading.unchanged, loading.skipped, dict(stored), first_left_out=tuple(bad)
    )


def transfer(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    brain_state: bool = False,
    new_ids: bool = False,
    verify_only: bool = False,
    batch: int = BATCH,
    timeout: float = 30.0,
) -> TransferReport:
    """Copy all thoughts from one database to another, SQLite or PostgreSQL, and compare both; see `report.equal`.

    The source is only read. The target is made where there is none, and gets what it lacks; what it has stays. The call may
    be interrupted and made again: it goes on where it ended. Nothing raises because the two differ: the report says where.

    brain_state  take CloudBrain's other tables along, whole
    new_ids      let the target number the thoughts anew; only counts can be compared then
    verify_only  compare, and write nothing
    batch        thoughts in a transaction
    timeout      seconds to wait for other writers

    Raises InputError, before anything is stored, where the target has another thought under an id of the source's or both
    are the same database; SchemaError where the source holds no thoughts; and DatabaseError.
    """
    if checked_flag("verify_only", verify_only) and checked_flag("new_ids", new_ids):
        raise InputError("Thoughts that got new ids can't be compared with their old ones: give verify_only or new_ids.")
    job = Transfer(
        locate(source),
        locate(target),
        brain_state=checked_flag("brain_state", brain_state),
        new_ids=checked_flag("new_ids", new_ids),
        batch=_checked_number("batch", batch, 1, 100_000),
        timeout=checked_timeout(timeout),
    )
    return job.run(verify_only=verify_only)


def backfill(url_or_path: str | os.PathLike[str] | None = None, *, throttle: int = 0, timeout: float = 30.0) -> Indexed:
    """Index the thoughts that were in the database before, while others read and write; how many, in how many seconds.

    Adopts a table that another program made. Writes the index in batches, each committed, and changes no thought. The call
    may be interrupted and made again: it goes on where it ended. `throttle` is the share of the time, in percent, that is
    left to others (0 to 99); `timeout` are seconds to wait for other writers. At the end it verifies that every thought is
    in the index. Raises DatabaseUnavailable where there is no such file, SchemaError where there is no table of thoughts,
    and DatabaseError.
    """
    throttle = _checked_number("throttle", throttle, 0, 99)
    return Backfill(_existing(url_or_path), throttle=throttle, timeout=checked_timeout(timeout)).run()


def backfill_embeddings(
    url_or_path: str | os.PathLike[str] | None = None,
    *,
    embedder: Embedder | str | None = None,
    batch: int | None = None,
    again: bool = False,
    timeout: float = 30.0,
) -> EmbeddingReport:
    """Embed the thoughts that have no vector of the embedder's model; afterwards searches by meaning use this model.

    Adopts a table that another program made. Writes vectors in batches, each committed; when all thoughts have one, the
    vectors of other models are deleted. The call may be interrupted and made again: it goes on where it ended.

    embedder     as for `open()`; without it THOUGHTSEARCH_EMBEDDER, then the model whose vectors are there
    batch        thoughts embedded at once (as many as the embedder takes)
    again        also try thoughts that the embedder refused before
    timeout      seconds to wait for other writers

    Raises InputError where nothing says which embedder, EmbedderUnavailable where it can't go on, MissingFeature where
    something must be installed, DatabaseUnavailable where there is no such file, and DatabaseError.
    """
    again, timeout = checked_flag("again", again), checked_timeout(timeout)
    if batch is not None:
        batch = _checked_number("batch", batch, 1, 10_000)
    location = _existing(url_or_path)
    checked = _embedder_for(url_or_path, embedder, timeout)
    with EmbeddingBackfill(location, checked, batch=batch, timeout=timeout, adopt=True) as job:
        return job.run(again=again)


def doctor(
    url_or_path: str | os.PathLike[str] | None = None, repair: bool = False, full: bool = False, *, timeout: float = 30.0
) -> DoctorReport:
    """Look for damage, for work left undone and for what makes a database slow; `report.healthy` says the result.

    Reads only, and takes no lock that writers wait for. With `repair` it also mends what it can without a risk to the
    thoughts, and looks again; no thought is changed. With `full` it looks at every thought of a large table, else at some.
    Raises DatabaseUnavailable where there is no such file, SchemaError where the database holds no thoughts, and
    DatabaseError where it can't be opened. What can't be mended is in the report.
    """
    repair, full = checked_flag("repair", repair), checked_flag("full", full)
    job = Doctor(_existing(url_or_path), full=full, timeout=checked_timeout(timeout))
    return job.repair() if repair else job.examine()


def _paths(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise InputError(f"import_files takes a path, or an iterable of paths; got {shown(paths)}.")
    listed = [os.fspath(path) if isinstance(path, os.PathLike) else path for path in given]
    for path in listed:
        if not isinstance(path, str):
            raise InputError(f"A file to import is named by its path; got {shown(path)}.")
    return listed


def _check_is_other(path: str, own: OwnFiles, table: str | None) -> None:
    """Raises InputError for a path that the import itself writes to. `table`: the one that is read of a database."""
    target = locate(path).target if "://" in path else path
    is_same_table = table is None or table.rpartition(".")[2].strip('"').lower() == "ai_thought_history"
    if own.includes(target) and (is_same_table or not own.is_database(target) or own.is_hard_link(target)):
        raise InputError(f"{redacted(path)} belongs to the database that the import writes to; name another file.")


def _listed(left_out: list[LeftOut], bad: BadLine) -> None:
    if len(left_out) < _LISTED:
        left_out.append(LeftOut(bad.source, bad.line, bad.reason))


def _embedder_for(url_or_path: str | os.PathLike[str] | None, embedder: Embedder | str | None, timeout: float) -> Checked:
    lazy = LazyEmbedder(embedder)
    if lazy.is_configured:
        return lazy.opened()
    try:
        with open_store(url_or_path, read_only=True, timeout=timeout) as store:
            model = store.embedding_model()
    except NotAdopted:
        model = None
    if model is None:
        raise InputError(
            'Say what is to embed the thoughts: embedder="wordllama" (no network), "openai:MODEL", … or '
            "THOUGHTSEARCH_EMBEDDER."
        )
    return lazy.for_model(model)


def _existing(url_or_path: str | os.PathLike[str] | None) -> Location:
    """The database, whose file must be there: a job on what is in a database makes no new one."""
    location = locate(url_or_path)
    if location.engine == "sqlite" and location.target != ":memory:" and not os.path.exists(location.target):
        raise DatabaseUnavailable(f"There is no database at {described(location)}; check the path.")
    return location


def _checked_number(name: str, value: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"{name} takes a number from {least} to {most:,}; got {shown(value)}.")
    return value
