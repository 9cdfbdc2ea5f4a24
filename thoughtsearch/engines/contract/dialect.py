"""What an engine must know: the statements for one tree or one thought, and how to read its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ...bm25 import Corpus
from ...models import Thought
from ...query.cursor import Cursor
from ...query.tree import Node, Phrase
from ...records import Draft
from .statement import Plan, Row, Statement
from .transfer import TransferDialect

if TYPE_CHECKING:
    from .vectors import EmbeddingDialect


class Dialect(Protocol):
    """The contract of `sqlite.SqliteDialect` and `postgres.PostgresDialect`.

    A row of a page, or of a single thought, begins with the id; in a page the score is its last column.
    """

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
    ) -> Plan[list[Row]]:
        """At most `limit` rows of the list, after the cursor: a thought's columns, then its score.

        `corpus` are the figures of the tree's leaves, where they are known already. With `among`, only thoughts that hold
        one of these leaves.
        """

    def total(self, node: Node) -> Statement:
        """One row with the number of thoughts that match."""

    def estimated(self, filters: Node) -> Plan[int | None]:
        """About how many thoughts match; None where words are looked for in all of them, whatever filters leave."""

    def facet(self, node: Node, name: str) -> Statement:
        """Rows of value and count over all thoughts that match; of facet `time`, days in order."""

    def newest_id(self) -> Statement:
        """One row with the largest id."""

    def corpus(self, leaves: Iterable[Phrase]) -> Plan[Corpus]:
        """The figures that BM25 uses for these leaves."""

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        """The number of thoughts holding each of these analysed words; none for a word that no thought holds."""

    def agents(self) -> Plan[list[tuple[int, str | None, str | None]]]:
        """(id, name, nickname) of all agents; none where there is no table of them."""

    def name_agents(self, names: Mapping[int, str]) -> Plan[None]:
        """Stores names for agents that have none, making the table of them where there is none."""

    def insert(self, drafts: Iterable[Draft]) -> Statement:
        """Stores them all; where the engine takes rows as a stream, each is asked for when the one before is sent."""

    def insert_numbered(self, thoughts: Iterable[tuple[int, Draft]]) -> Statement:
        """The same under these ids."""

    def reserve_ids(self, count: int) -> Statement | None:
        """One row: a list of so many new ids, in order, or None; where it is never more than None, no statement."""

    def insert_returning(self, draft: Draft) -> Statement:
        """Stores it; one row with its id."""

    def settle(self) -> Plan[None]:
        """After many were stored: whatever makes the next searches quick, where much is new and this role may do it."""

    def claim(self, origin: str, ids: Sequence[str]) -> Statement:
        """Records these ids of an import's origin as stored; a row for each that was not."""

    def import_file(self, path: str) -> Statement:
        """How far a file was read: reached, line, digest, state; no row for one that was never read."""

    def remember_import_file(self, path: str, columns: Mapping[str, Any]) -> Statement:
        """Remembers how far it is read now."""

    def get(self, thought_id: int) -> Statement:
        """The thought's row, if there is one."""

    def neighbours(self, thought: Thought, limit: int) -> tuple[Statement, Statement]:
        """The nearest thoughts before and after it, of the same agent and session, each nearest first."""

    def export(self, after: int | None, limit: int) -> Statement:
        """Rows in the order of their ids, from the first or from after one."""

    def stats(self) -> Statement:
        """One row: thoughts, agents, sessions, first and last time as the engine's text."""

    def capped(self) -> Statement:
        """One row: thoughts of which only the first characters are indexed."""

    def unindexed(self) -> Statement:
        """One row: thoughts that are not in the index."""

    def some_unindexed(self, after: Any, limit: int) -> Statement:
        """One row: thoughts that are not in the index, of those that a backfill has not reached; at most the limit."""

    def state(self, key: str) -> Statement:
        """The remembered value, if any."""

    def backfilled(self) -> Plan[Any]:
        """Where a backfill stands, for `some_unindexed`; None where none is due."""

    @property
    def transfer(self) -> TransferDialect:
        """What a transfer asks of it, and nothing else does."""

    @property
    def embedding(self) -> EmbeddingDialect:
        """What a search by meaning asks of it, and nothing else does."""

    def with_ids(self, ids: Sequence[int]) -> Statement:
        """Rows of those of these thoughts that are there."""

    def thought(self, row: Row) -> Thought:
        """The thought of a row of the reading view."""

    def place(self, row: Row) -> tuple[str | None, int]:
        """Where a row of a list by time stands: for the cursor."""

    def moment(self, value: Any) -> Any:
        """A time of `stats` as a datetime."""
