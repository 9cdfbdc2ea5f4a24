"""What an engine must know: the statements for one tree or one thought, and how to read its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...bm25 import Corpus
from ...models import Thought
from ...query.cursor import Cursor
from ...query.tree import Node, Phrase
from ...records import ValidRecord
from .candidate import Candidate
from .statement import Plan
from .transfer import TransferDialect

if TYPE_CHECKING:
    from .vectors import EmbeddingDialect


class Extent(NamedTuple):
    """How many thoughts, agents and sessions there are, and the time they span."""

    thoughts: int
    agents: int
    sessions: int
    first: datetime | None
    last: datetime | None


class FacetCount(NamedTuple):
    """A value of a facet, and how many of the matching thoughts have it."""

    value: Any
    thoughts: int


class ImportedFile(NamedTuple):
    """How far a file was imported: the bytes before `reached`, whose digest this is; `state` is the reader's, as JSON."""

    path: str
    reached: int
    line: int
    digest: str
    state: str


class Dialect(Protocol):
    """The contract of `sqlite.SqliteDialect` and `postgres.PostgresDialect`."""

    @property
    def name(self) -> str:
        """The engine's name, as results say it."""

    @property
    def outdated(self) -> bool:
        """Whether thoughts were indexed by an older analysis, when the database was opened."""

    def page(
        self,
        node: Node,
        limit: int,
        cursor: Cursor | None = None,
        *,
        corpus: Corpus | None = None,
        among: Sequence[Phrase] | None = None,
    ) -> Plan[list[Candidate]]:
        """At most `limit` thoughts of the list, after the cursor, best first.

        `corpus` are the figures of the tree's leaves, where they are known already. With `among`, only thoughts that hold
        one of these leaves.
        """

    def total(self, node: Node) -> Plan[int]:
        """The number of thoughts that match."""

    def estimated(self, filters: Node) -> Plan[int | None]:
        """About how many thoughts match; None where words are looked for in all of them, whatever filters leave."""

    def facet(self, node: Node, name: str) -> Plan[list[FacetCount]]:
        """Each value and its count over all thoughts that match; of facet `time`, days in order."""

    def newest_id(self) -> Plan[int | None]:
        """The largest id."""

    def corpus(self, phrases: Iterable[Phrase]) -> Plan[Corpus]:
        """The figures that BM25 uses for these leaves."""

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        """The number of thoughts holding each of these analysed words; none for a word that no thought holds."""

    def agents(self) -> Plan[list[tuple[int, str | None, str | None]]]:
        """(id, name, nickname) of all agents; none where there is no table of them."""

    def name_agents(self, names: Mapping[int, str]) -> Plan[None]:
        """Stores names for agents that have none, making the table of them where there is none."""

    def insert(self, drafts: Iterable[ValidRecord]) -> Plan[None]:
        """Stores them all; where the engine takes rows as a stream, each is asked for when the one before is sent."""

    def insert_numbered(self, thoughts: Iterable[tuple[int, ValidRecord]]) -> Plan[None]:
        """The same under these ids."""

    @property
    def reserves_ids(self) -> bool:
        """Whether ids can be taken before, so that two batches are stored side by side."""

    def reserve_ids(self, count: int) -> Plan[list[int] | None]:
        """So many new ids, in order; None where this role may not take any."""

    def insert_returning(self, draft: ValidRecord) -> Plan[int]:
        """Stores it; its id."""

    def refresh_statistics(self) -> Plan[None]:
        """After many were stored: whatever makes the next searches quick, where much is new and this role may do it."""

    def insert_if_new(self, origin: str, ids: Sequence[str]) -> Plan[set[str]]:
        """Records these ids of an import's origin as stored; those that were not."""

    def import_file(self, path: str) -> Plan[ImportedFile | None]:
        """How far a file was read; None for one that was never read."""

    def remember_import_file(self, file: ImportedFile) -> Plan[None]:
        """Remembers how far it is read now."""

    def get(self, thought_id: int) -> Plan[Thought | None]:
        """The thought, if there is one."""

    def neighbours(self, thought: Thought, limit: int) -> Plan[tuple[list[Thought], list[Thought]]]:
        """The nearest thoughts before and after it, of the same agent and session, each nearest first."""

    def export(self, after: int | None, limit: int) -> Plan[list[Thought]]:
        """Thoughts in the order of their ids, from the first or from after one."""

    def stats(self) -> Plan[Extent]:
        """What the table holds."""

    def truncated(self) -> Plan[int]:
        """How many thoughts there are of which only the first characters are indexed."""

    def unindexed(self) -> Plan[int]:
        """How many thoughts are not in the index."""

    def some_unindexed(self, limit: int) -> Plan[int]:
        """How many thoughts a backfill has yet to index, counted up to the limit; 0 where none is due."""

    def state(self, key: str) -> Plan[Any]:
        """The remembered value, None where there is none."""

    def is_backfill_due(self) -> Plan[bool]:
        """Whether a backfill has yet to index what was there before."""

    def exact(self) -> Dialect:
        """One that counts for each search what this one may estimate: its scores are those of any other engine."""

    @property
    def transfer(self) -> TransferDialect:
        """What a transfer asks of it, and nothing else does."""

    @property
    def embedding(self) -> EmbeddingDialect:
        """What a search by meaning asks of it, and nothing else does."""

    def with_ids(self, ids: Sequence[int]) -> Plan[list[Candidate]]:
        """Those of these thoughts that are there, in any order, with a score of 0."""

    def thoughts(self, found: Sequence[Candidate]) -> list[Thought]:
        """The thoughts that candidates are, in their order. Reads no database."""

    def place(self, found: Candidate) -> tuple[str | None, int]:
        """Where a candidate of a list by time stands: for the cursor."""
