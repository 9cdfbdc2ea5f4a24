"""The store: an open database of thoughts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .embedders.lazy import LazyEmbedder
from .engines.connect import connect
from .engines.contract.dialect import Dialect
from .engines.contract.engine import Connection
from .engines.contract.statement import Plan
from .engines.contract.steps import drive
from .errors import InputError
from .location import locate
from .models import EmbeddingModel, Results, Thought
from .operations import adding, agents, thoughts
from .pipeline import models
from .pipeline import search as searching
from .query.arguments import SearchOptions
from .query.request import request
from .records import Record, ValidRecord, draft
from .text.clean import reading, shown

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .embedders.embedder import Embedder
    from .operations.imports import Progress

T = TypeVar("T")

BATCH = 1_000
_LONGEST_WAIT = 1_000_000.0  # seconds, as SQLite counts milliseconds in 31 bits


class Store:
    """Stores and finds thoughts. `thoughtsearch.open()` makes one; threads may share it.

    A closed store and every failure of the database raise DatabaseError or a subclass of it.
    """

    def __init__(self, dialect: Dialect, connection: Connection, embedder: LazyEmbedder | None = None) -> None:
        self.dialect = dialect
        self.connection = connection
        self.embedder = embedder or LazyEmbedder(None)

    @property
    def engine(self) -> str:
        """The name of the engine: "sqlite"."""
        return self.dialect.name

    def search(self, query: str = "", **options: Unpack[SearchOptions]) -> Results:
        """Thoughts that match the query and every filter, best first; without words to rank by, newest first.

        Reads only. Options, all optional:

        limit        hits on this page, 1 to 10,000 (10)
        cursor       a page's `next_cursor`, to go on after it
        match        "any" of the free words (the default), or "all"
        mode         "text", "semantic" (by meaning), "hybrid" (both), or "auto" (the default): hybrid where the store has
                     an embedder and the thoughts are embedded, else text; `mode_used` says which it was
        fusion       in a hybrid search: "convex" (scores are added; the default), or "rrf" (reciprocal ranks)
        weight       the share of the meaning in a hybrid score, 0 to 1 (0.2; with "rrf" 0.5)
        ai           an agent's number, or its name in ai_profiles; a list: any of these agents (also written ai_id)
        session_id   a session's number, or the name that an import found (also written session)
        cycle        a number, (low, high) with None for open, or "120..140" (also written cycle_number)
        thought_type exactly this type; a list: any of these types (also written type)
        tags         all of these tags; "a,b", alone or in the list, is either of the two
        any_tags     at least one of these tags
        not_tags     none of these tags
        where        metadata predicates: {"step": {"$gte": 10}} or "step>=10"; a list: all of them
        since        from this time on: a datetime, a date, or a text: "2026-02-01", "7d", "yesterday"
        until        until the end of this time
        facets       of "ai", "thought_type", "tags", "time": counts over all that match
        total        count all that match; in a hybrid search by their words, in a semantic one by the filters
        explain      each hit's score, term by term
        strict       raise QueryError where the text is unfinished, instead of a warning
        timeout      seconds that the search may take, all in all (30); None for as long as it takes. (`open(timeout=)` is
                     something else: how long to wait for other writers.)

        Raises InputError for an argument that can't be used, CursorError for a cursor of another query, SearchTimeout where
        it is not done in time; in the modes "semantic" and "hybrid" MissingFeature where something must be installed, and
        EmbedderError.
        """
        return drive(searching.search(self.dialect, self.embedder, request(query, options)), self.connection)

    def similar(self, thought_id: int, **options: Unpack[SearchOptions]) -> Results:
        """Find the thoughts nearest in meaning to this one, nearest first. Their score is the cosine similarity.

        Only reads, and needs no embedder. It takes the options of `search`, except those about a query's words. Raises
        InputError if there is no such thought or it has no embedding yet, and the errors of `search`.
        """
        return drive(searching.similar(self.dialect, thought_id, request("", options)), self.connection)

    def add(self, thought_content: str | Thought, **columns: Any) -> int:
        """Store one thought and return its id. Give a text and columns by name, or a Thought. Raises InputError.

        With an embedder, it is embedded afterwards. If that fails, the thought stays stored and the failure is logged.
        """
        return drive(adding.add(self.dialect, self.embedder, draft(as_record(thought_content, columns))), self.connection)

    def add_many(self, records: Iterable[Record]) -> int:
        """Store Thoughts, or dicts with the table's column names. Return how many.

        Commits them in order in batches of 1,000, each whole or not at all; on PostgreSQL it sends two batches at once.
        Raises InputError with the index of a bad record: the batches before it are stored, its own batch is not. Errors
        of the iterable itself are passed on unchanged. With an embedder, all are embedded afterwards, as by add().
        """
        return drive(adding.add_many(self.dialect, self.embedder, drafted(records), BATCH), self.connection)

    def get(self, thought_id: int) -> Thought | None:
        """Get the thought with this id, or None."""
        return self._run(thoughts.get(self.dialect, thought_id))

    def around(self, thought_id: int, count: int = 3) -> list[Thought]:
        """Get the thought with up to `count` neighbours on each side, of the same agent and session, oldest first.

        The list is empty if there is no such thought.
        """
        return self._run(thoughts.around(self.dialect, thought_id, count))

    def export(self) -> Iterator[Thought]:
        """Yield all thoughts by ascending id. It reads in batches, so what others write meanwhile may be among them."""
        last: int | None = None
        while batch := self._run(self.dialect.export(last, BATCH)):
            yield from batch
            last = batch[-1].id

    def stats(self) -> dict[str, Any]:
        """Count thoughts, agents and sessions; tell the time they span, and how many thoughts are indexed."""
        return self._run(thoughts.stats(self.dialect))

    def embedding_model(self) -> EmbeddingModel | None:
        """The model whose vectors searches by meaning use, if there is one."""
        return self._run(models.active_model(self.dialect))

    def agents(self) -> dict[int, str]:
        """The names of agents by number, if the database has a table of them."""
        return self._run(agents.names(self.dialect))

    def agent_id(self, name: str) -> int:
        """The number of the agent with this name or nickname. Raises InputError if there is none, or more than one."""
        return self._run(agents.number(self.dialect, name))

    def name_agents(self, names: Mapping[int, str]) -> None:
        """Give names to the agents, by number, that have none yet. Makes the table `ai_profiles` if there is none."""
        self._run(agents.name(self.dialect, names), write=True)

    def add_imported(
        self,
        origin: str,
        records: Sequence[tuple[str, Record]],
        *,
        names: Mapping[int, str] | None = None,
        progress: Progress | None = None,
        again: bool = False,
    ) -> int:
        """Store the thoughts of one origin that no import has stored before, or all of them `again`; how many.

        Each comes with the id by which its origin knows it. `names` are of agents that may have none yet, `progress` is how
        far a file is read now. All of it is one transaction; nothing is embedded. Raises InputError for a bad record.
        """
        from .operations import imports  # a search need not load it

        valid = [(ident, draft(record)) for ident, record in records]
        plan = imports.store(self.dialect, origin, valid, names=names, progress=progress, again=again)
        return self._run(plan, write=True)

    def import_progress(self, path: str) -> Progress | None:
        """How far the file of this absolute path was imported; None for a file that never was."""
        from .operations import imports

        return self._run(imports.progress_of(self.dialect, path))

    def refresh_statistics(self) -> None:
        """Make the next searches quick after many thoughts were stored by `add_imported`. Writes."""
        self._run(self.dialect.refresh_statistics(), write=True)

    def close(self) -> None:
        """Close the database. A second call does nothing."""
        self.connection.close()

    def _run(self, plan: Plan[T], *, write: bool = False) -> T:
        return self.connection.run(plan, write=write)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open(  # noqa: A001  # thoughtsearch.open() is the public name
    url_or_path: str | os.PathLike[str] | None = None,
    *,
    read_only: bool = False,
    timeout: float = 30.0,
    embedder: Embedder | str | None = None,
    adopt: bool = False,
) -> Store:
    """Open a database of thoughts and make it ready: make the table if there is none, upgrade a table of ours.

    `url_or_path` is a file's path, sqlite:///PATH or postgresql://USER@HOST/NAME. Without it THOUGHTSEARCH_URL names the
    database, else DATABASE_TYPE with DATABASE_URL; else it is the default file in the user's data folder.
    `timeout` is how many seconds to wait for other writers. (How long a search may take is an argument of search().)
    With `read_only` nothing is changed.
    `embedder` is for searches by meaning: an object (`embedders.embedder.Embedder`) or a name such as "wordllama". Without
    it THOUGHTSEARCH_EMBEDDER names one. It is loaded when it is first needed.
    `adopt=True` also makes a table `ai_thought_history` searchable that another program made. It puts an index and its
    triggers beside the table; the rows stay as they are. Without `adopt`, such a table is left alone and NotAdopted raised.
    Raises DatabaseError if the database can't be opened or adopted.
    """
    lazy, location = LazyEmbedder(embedder), locate(url_or_path)
    read_only, adopt = checked_flag("read_only", read_only), checked_flag("adopt", adopt)
    check_adopt(adopt, read_only=read_only)
    return Store(*connect(location, read_only=read_only, timeout=checked_timeout(timeout), adopt=adopt), lazy)


def check_adopt(adopt: bool, *, read_only: bool) -> None:
    """Raise InputError if `adopt` and `read_only` contradict each other."""
    if adopt and read_only:
        raise InputError(
            "adopt=True changes the database, and read_only=True leaves it as it is: give only one of the two."
        )


def checked_timeout(timeout: float) -> float:
    """The timeout in seconds, no longer than a driver can count. Raises InputError if it isn't a timeout."""
    with reading("timeout"):
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout >= 0:
            raise InputError(f"timeout takes a number of seconds; got {shown(timeout)}.")
        return float(min(timeout, _LONGEST_WAIT))


def checked_flag(name: str, value: bool) -> bool:
    """The value. Raises InputError unless it is True or False."""
    if not isinstance(value, bool):
        raise InputError(f"{name} takes True or False; got {shown(value)}.")
    return value


def as_record(thought: str | Thought, columns: Mapping[str, Any]) -> Record:
    """Make one record of the arguments of `add()`."""
    if isinstance(thought, Thought):
        if columns:
            raise InputError("add() takes a Thought alone, or a text with columns by name; got both.")
        return thought
    return {"thought_content": thought, **columns}


def drafted(records: Iterable[Record]) -> Iterator[tuple[int, Iterator[ValidRecord]]]:
    """Yield the valid records in batches, each batch with its size. It takes a batch from the iterable before a transaction
    begins, as the iterable may be slow or write here too. It checks the records on the way, and raises InputError with the
    index of a bad one."""
    if not isinstance(records, Iterable) or isinstance(records, (str, bytes, Mapping)):
        raise InputError(f"add_many takes an iterable of thoughts; got {shown(records)}.")
    numbered = iter(enumerate(records))
    while batch := list(islice(numbered, BATCH)):
        # All records of a batch without a time get the same one, in the order of the batches: two may be checked at once.
        yield len(batch), _valid(batch, datetime.now(timezone.utc))


def _valid(batch: Iterable[tuple[int, Record]], now: datetime) -> Iterator[ValidRecord]:
    for index, record in batch:
        try:
            yield draft(record, now)
        except InputError as error:  # noqa: PERF203
            raise InputError(f"Record {index}: {error}") from error
