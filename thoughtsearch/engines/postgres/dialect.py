"""PostgreSQL as an engine: its statements for a search, and its rows as thoughts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...bm25 import Corpus, idf
from ...models import Thought
from ...query.cursor import Cursor
from ...query.tree import Node, Phrase
from ...records import ValidRecord
from ...sql import fill, statements
from ...text import INDEXED_CHARACTERS
from .. import rows as reading
from ..contract.candidate import Candidate
from ..contract.dialect import Extent, FacetCount, ImportedFile
from ..contract.statement import Plan, Row, Statement
from ..contract.transfer import TransferDialect
from ..json_values import stored_metadata
from .compiler import Compiled, compile_tree
from .frequency import Frequency, many_frequencies
from .shape import Shape
from .statistics import PostgresCounts

if TYPE_CHECKING:
    from ..contract.vectors import EmbeddingDialect

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
    ) -> Plan[list[Candidate]]:
        compiled = compile_tree(node, among)
        if not compiled.phrases:
            if cursor is not None:
                _continue_list(compiled, cursor)
            return _candidates((yield self._filled(self.sql("search", "search_listed"), compiled, limit=limit)))
        if cursor is not None:
            compiled.conditions.append(f"t.id <= {compiled.bind(cursor.newest, 'bigint')}")
            compiled.conditions.append(f"t.id <> ALL({compiled.bind(list(cursor.seen), 'bigint[]')})")
        if corpus is None:
            corpus = yield from self.corpus(compiled.phrases)
        weights = {phrase: idf(corpus.documents, corpus.frequencies[phrase]) for phrase in compiled.phrases}
        sql = self._scored(compiled, weights)
        more = {"limit": limit, "average": corpus.average_length or 1.0}
        return _candidates((yield self._filled(sql, compiled, **more)))

    def _scored(self, compiled: Compiled, weights: Mapping[Phrase, float]) -> str:
        """The statement that ranks by the leaves, a repeated one as often as it is."""
        phrases = compiled.phrases
        if len(phrases) > MOST_COLUMNS:
            compiled.parameters |= many_frequencies(phrases) | {"weights": [weights[phrase] for phrase in phrases]}
            return self.sql("search", "search_ranked_by_many")
        frequencies: dict[Phrase, Frequency] = {}
        score = ""
        for phrase in phrases:
            if phrase not in frequencies:
                frequencies[phrase] = Frequency.of(phrase, f"tf{len(frequencies)}", compiled)
            weight, tf = compiled.bind(weights[phrase], "float8"), f"t.{frequencies[phrase].name}"
            score += f" + {weight} * (({tf} * 2.2::float8) / ({tf} + t.norm))"
        counted = "".join(f", {one.counted} AS {one.name}" for one in frequencies.values())
        exact = "".join(f", {one.exact} AS {one.name}" for one in frequencies.values())
        return fill(self.sql("search", "search_ranked"), counted=counted, frequencies=exact, score=score)

    def _filled(self, sql: str, compiled: Compiled, **more: Any) -> Statement:
        filled = self.shape.fill(fill(sql, filters=compiled.text()))
        return Statement(filled, compiled.parameters | more)

    def total(self, node: Node) -> Plan[int]:
        return int((yield self._of_matching("total", node))[0][0])

    def estimated(self, filters: Node) -> Plan[int | None]:
        plan = (yield self._of_matching("estimated", filters))[0][0]
        return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])

    def facet(self, node: Node, name: str) -> Plan[list[FacetCount]]:
        most = {} if name == "time" else {"limit": FACET_VALUES}
        return [FacetCount(*row) for row in (yield self._of_matching(f"facet_{name}", node, **most))]

    def newest_id(self) -> Plan[int | None]:
        found: int | None = (yield Statement(self.sql("search", "newest_id")))[0][0]
        return found

    def _of_matching(self, name: str, node: Node, **more: Any) -> Statement:
        return self._filled(self.sql("search", name), compile_tree(node), **more)

    # --- what scores are made of ---

    def corpus(self, phrases: Iterable[Phrase]) -> Plan[Corpus]:
        phrases = list(dict.fromkeys(phrases))
        words = [phrase for phrase in phrases if len(phrase.words) == 1 and not phrase.prefix]
        documents, tokens, found = yield from self.counts.of([phrase.words[0].term for phrase in words])
        frequencies = dict(zip(words, found, strict=True))
        for phrase in phrases:
            if phrase not in frequencies:
                frequencies[phrase] = yield from self.total(phrase)
        return Corpus(documents, tokens, frequencies)

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        _, _, found = yield from self.counts.of(terms)
        return {term: count for term, count in zip(terms, found, strict=True) if count}

    def refresh_statistics(self) -> Plan[None]:
        return self.counts.refresh_statistics()

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

        return PostgresTransfer(self.shape, self.sql)

    def exact(self) -> PostgresDialect:
        return PostgresDialect(self.shape, exact=True)

    @property
    def embedding(self) -> EmbeddingDialect:
        if self._embedding is None:
            from .vectors import PostgresEmbedding

            self._embedding = PostgresEmbedding(self.shape, self.sql, self.counts)
        return self._embedding

    def _stored(self, draft: ValidRecord) -> dict[str, Any]:
        return self.shape.stored(draft, stored_metadata(draft.metadata))

    def insert(self, drafts: Iterable[ValidRecord]) -> Plan[None]:
        yield Statement(self.sql("thoughts", "insert"), map(self._stored, drafts), many=True)

    def insert_numbered(self, thoughts: Iterable[tuple[int, ValidRecord]]) -> Plan[None]:
        rows = ({"id": ident, **self._stored(draft)} for ident, draft in thoughts)
        yield Statement(self.sql("thoughts", "insert_numbered"), rows, many=True)

    @property
    def reserves_ids(self) -> bool:
        # What triggers and keys a found table has, nobody knows.
        return not self.shape.is_found

    def reserve_ids(self, count: int) -> Plan[list[int] | None]:
        found: list[int] | None = (yield Statement(self.sql("thoughts", "reserve_ids"), {"count": count}))[0][0]
        return found

    def insert_returning(self, draft: ValidRecord) -> Plan[int]:
        return int((yield Statement(self.sql("thoughts", "insert_returning"), self._stored(draft)))[0][0])

    def insert_if_new(self, origin: str, ids: Sequence[str]) -> Plan[set[str]]:
        asked = {"origin": origin, "ids": list(ids)}
        return {row[0] for row in (yield Statement(self.sql("imports", "claim"), asked))}

    def import_file(self, path: str) -> Plan[ImportedFile | None]:
        rows = yield Statement(self.sql("imports", "import_file"), {"path": path})
        return ImportedFile(path, *rows[0]) if rows else None

    def remember_import_file(self, file: ImportedFile) -> Plan[None]:
        yield Statement(self.sql("imports", "remember_import_file"), file._asdict())

    def get(self, thought_id: int) -> Plan[Thought | None]:
        rows = yield Statement(self.sql("thoughts", "get"), {"id": thought_id})
        return _thought(rows[0]) if rows else None

    def with_ids(self, ids: Sequence[int]) -> Plan[list[Candidate]]:
        rows = yield Statement(self.sql("thoughts", "with_ids"), {"ids": list(ids)})
        return [Candidate(row[0], 0.0, row) for row in rows]

    def neighbours(self, thought: Thought, limit: int) -> Plan[tuple[list[Thought], list[Thought]]]:
        parameters = {"id": thought.id, "ai_id": thought.ai_id, "session_id": thought.session_id, "limit": limit}
        before = yield Statement(self.sql("thoughts", "before"), parameters)
        after = yield Statement(self.sql("thoughts", "after"), parameters)
        return list(map(_thought, before)), list(map(_thought, after))

    def export(self, after: int | None, limit: int) -> Plan[list[Thought]]:
        asked = {"id": after, "limit": limit}
        return list(map(_thought, (yield Statement(self.sql("thoughts", "export"), asked))))

    def stats(self) -> Plan[Extent]:
        thoughts, agents, sessions, first, last = (yield Statement(self.sql("thoughts", "stats")))[0]
        return Extent(thoughts, agents, sessions, reading.from_utc_text(first), reading.from_utc_text(last))

    def truncated(self) -> Plan[int]:
        asked = {"indexed_characters": INDEXED_CHARACTERS}
        return int((yield Statement(self.sql("thoughts", "capped"), asked))[0][0])

    def unindexed(self) -> Plan[int]:
        if not self.shape.is_found:
            return 0  # the vector is a part of each row
        return int((yield Statement(self.sql("adopt", "unindexed")))[0][0])

    def some_unindexed(self, limit: int) -> Plan[int]:
        reached = (yield from self.state("backfill")) if self.shape.is_found else None
        if reached is None:
            return 0
        return int((yield Statement(self.sql("adopt", "some_unindexed"), {"after": reached, "limit": limit}))[0][0])

    def is_backfill_due(self) -> Plan[bool]:
        return self.shape.is_found and (yield from self.state("backfill")) is not None

    def state(self, key: str) -> Plan[Any]:
        rows = yield Statement(self.sql("setup", "state"), {"key": key})
        return rows[0][0] if rows else None

    def thoughts(self, found: Sequence[Candidate]) -> list[Thought]:
        return [_thought(one.stored) for one in found]

    def place(self, found: Candidate) -> tuple[str | None, int]:
        return found.stored[8], found.id


def _candidates(rows: Iterable[Row]) -> list[Candidate]:
    return [Candidate(row[0], float(row[-1]), row) for row in rows]


def _thought(row: Row) -> Thought:
    ident, ai_id, session_id, cycle_number, content, kind, tags, metadata, created = row[:9]
    if metadata is not None and metadata.startswith('"'):  # a text of which no object is read
        values: dict[str, Any] = {}
        text, moment = json.loads(metadata), reading.from_utc_text(created)
    else:
        values, text, moment = reading.decoded(metadata, created)
    return Thought(
        id=ident,
        ai_id=ai_id,
        session_id=session_id,
        cycle_number=cycle_number,
        thought_content=content or "",  # NULL where a found column may be, or the row went with its partition
        thought_type=kind,
        tags=tuple(tag for tag in tags or () if tag),
        metadata=values,
        created_at=moment,
        metadata_text=text,
    )


def _continue_list(compiled: Compiled, cursor: Cursor) -> None:
    created, last = cursor.last or (None, 0)
    older = f"t.id < {compiled.bind(last, 'bigint')}"
    if created is None:
        compiled.conditions.append(f"(t.created_at IS NULL AND {older})")
        return
    at = f"({compiled.bind(created, 'timestamp')} AT TIME ZONE 'UTC')"
    compiled.conditions.append(f"(t.created_at < {at} OR (t.created_at = {at} AND {older}) OR t.created_at IS NULL)")
