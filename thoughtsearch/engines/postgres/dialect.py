"""PostgreSQL as an engine: its statements for a search, and its rows as thoughts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...bm25 import Corpus, idf
from ...models import Thought
from ...query.cursor import Cursor
from ...query.tree import Node, Phrase
from ...records import Draft
from ...sql import fill, statements
from ...text import INDEXED_CHARACTERS
from .. import rows as reading
from ..contract.statement import Plan, Row, Statement
from ..contract.transfer import TransferDialect
from .frequency import Frequency, many_frequencies
from .jsonb import read_metadata, stored_metadata
from .shape import Shape
from .statistics import PostgresCounts

if TYPE_CHECKING:
    from ..contract.vectors import EmbeddingDialect
from .compiler import Compiled, compile_tree

FACET_VALUES = 1000
#: With more leaves a statement would outgrow what PostgreSQL parses.
MOST_COLUMNS = 100


class PostgresDialect:
    """The statements of PostgreSQL for one table. Holds no connection; see Dialect. `exact`: nothing is estimated."""

    name = "postgresql"

    def __init__(self, shape: Shape, *, outdated: bool = False, exact: bool = False) -> None:
        self.shape = shape
        self.outdated = outdated
        self._statements: dict[tuple[str, str], str] = {}
        self.counts = PostgresCounts(shape, self.sql, exact=exact)
        self._embedding: EmbeddingDialect | None = None

    def sql(self, file: str, name: str) -> str:
        """A statement of `sql/postgres/FILE.sql`, for this table."""
        # In a dict of this dialect's own: a cache of the function's would keep every dialect that there ever was.
        if (file, name) not in self._statements:
            self._statements[file, name] = self.shape.fill(statements("postgres", file)[name])
        return self._statements[file, name]

    # --- searching ---

    def page(
        self,
        node: Node,
        limit: int,
        cursor: Cursor | None = None,
        *,
        corpus: Corpus | None = None,
        among: Sequence[Phrase] | None = None,
    ) -> Plan[list[Row]]:
        compiled = compile_tree(node, among)
        if not compiled.leaves:
            if cursor is not None:
                _continue_list(compiled, cursor)
            return (yield self._filled(self.sql("search", "search_listed"), compiled, limit=limit))
        if cursor is not None:
            compiled.conditions.append(f"t.id <= {compiled.bind(cursor.newest, 'bigint')}")
            compiled.conditions.append(f"t.id <> ALL({compiled.bind(list(cursor.seen), 'bigint[]')})")
        if corpus is None:
            corpus = yield from self.corpus(compiled.leaves)
        weights = {leaf: idf(corpus.documents, corpus.frequencies[leaf]) for leaf in compiled.leaves}
        sql = self._scored(compiled, weights)
        more = {"limit": limit, "average": corpus.average_length or 1.0}
        return (yield self._filled(sql, compiled, **more))

    def _scored(self, compiled: Compiled, weights: Mapping[Phrase, float]) -> str:
        """The statement that ranks by the leaves, a repeated one as often as it is."""
        leaves = compiled.leaves
        if len(leaves) > MOST_COLUMNS:
            compiled.parameters |= many_frequencies(leaves) | {"weights": [weights[leaf] for leaf in leaves]}
            return self.sql("search", "search_ranked_by_many")
        frequencies: dict[Phrase, Frequency] = {}
        score = ""
        for leaf in leaves:
            if leaf not in frequencies:
                frequencies[leaf] = Frequency.of(leaf, f"tf{len(frequencies)}", compiled)
            weight, tf = compiled.bind(weights[leaf], "float8"), f"t.{frequencies[leaf].name}"
            score += f" + {weight} * (({tf} * 2.2::float8) / ({tf} + t.norm))"
        counted = "".join(f", {one.counted} AS {one.name}" for one in frequencies.values())
        exact = "".join(f", {one.exact} AS {one.name}" for one in frequencies.values())
        return fill(self.sql("search", "search_ranked"), counted=counted, frequencies=exact, score=score)

    def _filled(self, sql: str, compiled: Compiled, **more: Any) -> Statement:
        filled = self.shape.fill(fill(sql, filters=compiled.text()))
        return Statement(filled, compiled.parameters | more)

    def total(self, node: Node) -> Statement:
        return self._of_matching("total", node)

    def estimated(self, filters: Node) -> Plan[int | None]:
        plan = (yield self._of_matching("estimated", filters))[0][0]
        return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])

    def facet(self, node: Node, name: str) -> Statement:
        return self._of_matching(f"facet_{name}", node, **({} if name == "time" else {"limit": FACET_VALUES}))

    def newest_id(self) -> Statement:
        return Statement(self.sql("search", "newest_id"))

    def _of_matching(self, name: str, node: Node, **more: Any) -> Statement:
        return self._filled(self.sql("search", name), compile_tree(node), **more)

    # --- what scores are made of ---

    def corpus(self, leaves: Iterable[Phrase]) -> Plan[Corpus]:
        leaves = list(dict.fromkeys(leaves))
        words = [leaf for leaf in leaves if len(leaf.words) == 1 and not leaf.prefix]
        documents, tokens, found = yield from self.counts.of([leaf.words[0].term for leaf in words])
        frequencies = dict(zip(words, found, strict=True))
        for leaf in leaves:
            if leaf not in frequencies:
                frequencies[leaf] = int((yield self.total(leaf))[0][0])
        return Corpus(documents, tokens, frequencies)

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        _, _, found = yield from self.counts.of(terms)
        return {term: count for term, count in zip(terms, found, strict=True) if count}

    def settle(self) -> Plan[None]:
        return self.counts.settle()

    # --- agents ---

    def agents(self) -> Plan[list[tuple[int, str | None, str | None]]]:
        return [(row[0], row[1], row[2]) for row in (yield Statement(self.sql("search", "agents")))]

    def name_agents(self, names: Mapping[int, str]) -> Plan[None]:
        if not (yield Statement(self.sql("thoughts", "has_agents")))[0][0]:
            yield Statement(self.sql("thoughts", "create_agents"))
        named = [{"id": number, "name": name} for number, name in names.items()]
        yield Statement(self.sql("thoughts", "name_agent"), named, many=True)

    # --- thoughts ---

    @property
    def transfer(self) -> TransferDialect:
        from .transfer import PostgresTransfer

        return PostgresTransfer(self)

    @property
    def embedding(self) -> EmbeddingDialect:
        if self._embedding is None:
            from .vectors import PostgresEmbedding

            self._embedding = PostgresEmbedding(self)
        return self._embedding

    def _stored(self, draft: Draft) -> dict[str, Any]:
        return self.shape.stored(draft, stored_metadata(draft.metadata))

    def insert(self, drafts: Iterable[Draft]) -> Statement:
        return Statement(self.sql("thoughts", "insert"), map(self._stored, drafts), many=True)

    def insert_numbered(self, thoughts: Iterable[tuple[int, Draft]]) -> Statement:
        rows = ({"id": ident, **self._stored(draft)} for ident, draft in thoughts)
        return Statement(self.sql("thoughts", "insert_numbered"), rows, many=True)

    def reserve_ids(self, count: int) -> Statement | None:
        # What triggers and keys a found table has, nobody knows.
        return None if self.shape.is_found else Statement(self.sql("thoughts", "reserve_ids"), {"count": count})

    def insert_returning(self, draft: Draft) -> Statement:
        return Statement(self.sql("thoughts", "insert_returning"), self._stored(draft))

    def claim(self, origin: str, ids: Sequence[str]) -> Statement:
        return Statement(self.sql("imports", "claim"), {"origin": origin, "ids": list(ids)})

    def import_file(self, path: str) -> Statement:
        return Statement(self.sql("imports", "import_file"), {"path": path})

    def remember_import_file(self, path: str, columns: Mapping[str, Any]) -> Statement:
        return Statement(self.sql("imports", "remember_import_file"), {"path": path, **columns})

    def get(self, thought_id: int) -> Statement:
        return Statement(self.sql("thoughts", "get"), {"id": thought_id})

    def with_ids(self, ids: Sequence[int]) -> Statement:
        return Statement(self.sql("thoughts", "with_ids"), {"ids": list(ids)})

    def neighbours(self, thought: Thought, limit: int) -> tuple[Statement, Statement]:
        parameters = {"id": thought.id, "ai_id": thought.ai_id, "session_id": thought.session_id, "limit": limit}
        before, after = self.sql("thoughts", "before"), self.sql("thoughts", "after")
        return Statement(before, parameters), Statement(after, parameters)

    def export(self, after: int | None, limit: int) -> Statement:
        return Statement(self.sql("thoughts", "export"), {"id": after, "limit": limit})

    def stats(self) -> Statement:
        return Statement(self.sql("thoughts", "stats"))

    def capped(self) -> Statement:
        return Statement(self.sql("thoughts", "capped"), {"indexed_characters": INDEXED_CHARACTERS})

    def unindexed(self) -> Statement:
        # In our own table the vector is a part of each row.
        return Statement(self.sql("adopt", "unindexed") if self.shape.is_found else "SELECT 0")

    def some_unindexed(self, after: Any, limit: int) -> Statement:
        if not self.shape.is_found:
            return Statement("SELECT 0")
        return Statement(self.sql("adopt", "some_unindexed"), {"after": after, "limit": limit})

    def backfilled(self) -> Plan[Any]:
        rows = (yield self.state("backfill")) if self.shape.is_found else []
        return rows[0][0] if rows else None

    def state(self, key: str) -> Statement:
        return Statement(self.sql("setup", "state"), {"key": key})

    def thought(self, row: Row) -> Thought:
        ident, ai_id, session_id, cycle_number, content, kind, tags, metadata, created = row[:9]
        values, text = read_metadata(metadata)
        return Thought(
            id=ident,
            ai_id=ai_id,
            session_id=session_id,
            cycle_number=cycle_number,
            thought_content=content or "",  # NULL where a found column may be, or the row went with its partition
            thought_type=kind,
            tags=tuple(tag for tag in tags or () if tag),
            metadata=values,
            created_at=reading.from_utc_text(created),
            metadata_text=text,
        )

    def place(self, row: Row) -> tuple[str | None, int]:
        return row[8], row[0]

    def moment(self, value: Any) -> Any:
        return reading.from_utc_text(value)


def _continue_list(compiled: Compiled, cursor: Cursor) -> None:
    created, last = cursor.last or (None, 0)
    older = f"t.id < {compiled.bind(last, 'bigint')}"
    if created is None:
        compiled.conditions.append(f"(t.created_at IS NULL AND {older})")
        return
    at = f"({compiled.bind(created, 'timestamp')} AT TIME ZONE 'UTC')"
    compiled.conditions.append(f"(t.created_at < {at} OR (t.created_at = {at} AND {older}) OR t.created_at IS NULL)")
