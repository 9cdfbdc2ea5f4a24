"""SQLite as an engine: its statements for a search, and its rows as thoughts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...bm25 import Corpus
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
from . import statistics
from .compiler import Compiled, compile_tree, condition_text, restrict, with_parameters
from .matching import ROW_ID, form_of, of_matching

if TYPE_CHECKING:
    from ..contract.vectors import EmbeddingDialect

_SEARCH = statements("sqlite", "search")
_THOUGHTS = statements("sqlite", "thoughts")
_SETUP = statements("sqlite", "setup")
_IMPORTS = statements("sqlite", "imports")
FACET_VALUES = 1000


class SqliteDialect:
    """The statements of SQLite, made for one tree or one thought at a time. Holds no connection; see Dialect."""

    name = "sqlite"

    def __init__(self, *, outdated: bool = False) -> None:
        self.outdated = outdated
        self._embedding: EmbeddingDialect | None = None

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
        compiled = compile_tree(node)
        if among is not None:
            restrict(compiled, among)
        more: dict[str, Any] = {"limit": limit}
        if cursor is not None:
            more |= self._continue(compiled, cursor)
        form = form_of(compiled)
        sql = fill(_SEARCH[f"search_{form}"], filters=condition_text(compiled, ROW_ID[form]))
        rows = yield Statement(sql, with_parameters(compiled, **more))
        return [Candidate(row[0], float(row[-1]), row) for row in rows]

    def total(self, node: Node) -> Plan[int]:
        return int((yield of_matching("total", node))[0][0])

    def estimated(self, filters: Node) -> Plan[int | None]:
        yield from ()
        return None

    def facet(self, node: Node, name: str) -> Plan[list[FacetCount]]:
        most = {} if name == "time" else {"limit": FACET_VALUES}
        return [FacetCount(*row) for row in (yield of_matching(f"facet_{name}", node, **most))]

    def newest_id(self) -> Plan[int | None]:
        found: int | None = (yield Statement(_SEARCH["newest_id"]))[0][0]
        return found

    @staticmethod
    def _continue(compiled: Compiled, cursor: Cursor) -> Mapping[str, Any]:
        if compiled.match is None:
            created, last = cursor.last or (None, 0)
            if created is None:
                compiled.conditions.append("(t.created_utc IS NULL AND t.id < :last_id)")
                return {"last_id": last}
            compiled.conditions.append(
                "(t.created_utc < :last_created OR (t.created_utc = :last_created AND t.id < :last_id)"
                " OR t.created_utc IS NULL)"
            )
            return {"last_created": created, "last_id": last}
        compiled.conditions.append("/*id*/ <= :newest")
        compiled.conditions.append("/*id*/ NOT IN (SELECT value FROM json_each(:seen))")
        return {"newest": cursor.newest, "seen": json.dumps(cursor.seen)}

    # --- what scores are made of ---

    def corpus(self, phrases: Iterable[Phrase]) -> Plan[Corpus]:
        return statistics.corpus(phrases)

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        return statistics.word_frequencies(terms)

    # --- agents ---

    def agents(self) -> Plan[list[tuple[int, str | None, str | None]]]:
        columns = {row[0] for row in (yield Statement(_SEARCH["agent_columns"]))}
        if not {"id", "name"} <= columns:
            return []
        named = "agents" if "nickname" in columns else "agents_without_nicknames"
        return [(row[0], row[1], row[2]) for row in (yield Statement(_SEARCH[named]))]

    def name_agents(self, names: Mapping[int, str]) -> Plan[None]:
        if not (yield Statement(_SEARCH["agent_columns"])):
            yield Statement(_THOUGHTS["create_agents"])
        named = [{"id": number, "name": name} for number, name in names.items()]
        yield Statement(_THOUGHTS["name_agent"], named, many=True)

    # --- thoughts ---

    @property
    def transfer(self) -> TransferDialect:
        from .transfer import SqliteTransfer

        return SqliteTransfer()

    def exact(self) -> SqliteDialect:
        return self  # FTS5 keeps exact counts

    @property
    def embedding(self) -> EmbeddingDialect:
        if self._embedding is None:
            from .vectors import SqliteEmbedding

            self._embedding = SqliteEmbedding()
        return self._embedding

    def insert(self, drafts: Iterable[ValidRecord]) -> Plan[None]:
        yield Statement(_THOUGHTS["insert"], [_parameters(draft) for draft in drafts], many=True)

    def insert_numbered(self, thoughts: Iterable[tuple[int, ValidRecord]]) -> Plan[None]:
        rows = [{"id": ident, **_parameters(draft)} for ident, draft in thoughts]
        yield Statement(_THOUGHTS["insert_numbered"], rows, many=True)

    reserves_ids = False  # one writer at a time: there is nothing to store side by side

    def reserve_ids(self, count: int) -> Plan[list[int] | None]:
        yield from ()
        return None

    def insert_returning(self, draft: ValidRecord) -> Plan[int]:
        return int((yield Statement(_THOUGHTS["insert_returning"], _parameters(draft)))[0][0])

    def refresh_statistics(self) -> Plan[None]:
        yield from ()

    def insert_if_new(self, origin: str, ids: Sequence[str]) -> Plan[set[str]]:
        return {row[0] for row in (yield Statement(_IMPORTS["claim"], {"origin": origin, "ids": json.dumps(ids)}))}

    def import_file(self, path: str) -> Plan[ImportedFile | None]:
        rows = yield Statement(_IMPORTS["import_file"], {"path": path})
        return ImportedFile(path, *rows[0]) if rows else None

    def remember_import_file(self, file: ImportedFile) -> Plan[None]:
        yield Statement(_IMPORTS["remember_import_file"], file._asdict())

    def get(self, thought_id: int) -> Plan[Thought | None]:
        rows = yield Statement(_THOUGHTS["get"], {"id": thought_id})
        return _thought(rows[0]) if rows else None

    def with_ids(self, ids: Sequence[int]) -> Plan[list[Candidate]]:
        rows = yield Statement(_THOUGHTS["with_ids"], {"ids": json.dumps(ids)})
        return [Candidate(row[0], 0.0, row) for row in rows]

    def neighbours(self, thought: Thought, limit: int) -> Plan[tuple[list[Thought], list[Thought]]]:
        parameters = {
            "id": thought.id,
            "ai_id": thought.ai_id,
            "session_id": thought.session_id,
            "limit": limit,
        }
        before = yield Statement(_THOUGHTS["before"], parameters)
        after = yield Statement(_THOUGHTS["after"], parameters)
        return list(map(_thought, before)), list(map(_thought, after))

    def export(self, after: int | None, limit: int) -> Plan[list[Thought]]:
        asked = {"id": -math.inf if after is None else after, "limit": limit}
        return list(map(_thought, (yield Statement(_THOUGHTS["export"], asked))))

    def stats(self) -> Plan[Extent]:
        thoughts, agents, sessions, first, last = (yield Statement(_THOUGHTS["stats"]))[0]
        return Extent(thoughts, agents, sessions, reading.from_utc_text(first), reading.from_utc_text(last))

    def truncated(self) -> Plan[int]:
        return int((yield Statement(_THOUGHTS["capped"], {"indexed_characters": INDEXED_CHARACTERS}))[0][0])

    def unindexed(self) -> Plan[int]:
        return int((yield Statement(_SETUP["unindexed"]))[0][0])

    def some_unindexed(self, limit: int) -> Plan[int]:
        reached = yield from self.state("backfill")
        if reached is None:
            return 0
        return int((yield Statement(_SETUP["some_unindexed"], {"after": reached, "limit": limit}))[0][0])

    def state(self, key: str) -> Plan[Any]:
        rows = yield Statement(_SETUP["state"], {"key": key})
        return rows[0][0] if rows else None

    def is_backfill_due(self) -> Plan[bool]:
        return (yield from self.state("backfill")) is not None

    def thoughts(self, found: Sequence[Candidate]) -> list[Thought]:
        return [_thought(one.stored) for one in found]

    def place(self, found: Candidate) -> tuple[str | None, int]:
        return found.stored[8], found.id


def _thought(row: Row) -> Thought:
    ident, ai_id, session_id, cycle_number, content, kind, tags, metadata, created = row[:9]
    values, text, moment = reading.decoded(None if metadata is None else _text(metadata), created)
    return Thought(
        id=ident,
        ai_id=_number(ai_id) or 0,
        session_id=_number(session_id),
        cycle_number=_number(cycle_number),
        thought_content="" if content is None else _text(content),
        thought_type=None if kind is None else _text(kind),
        tags=_tags(tags),
        metadata=values,
        created_at=moment,
        metadata_text=text,
    )


def _parameters(draft: ValidRecord) -> dict[str, Any]:
    return {
        "ai_id": draft.ai_id,
        "session_id": draft.session_id,
        "cycle_number": draft.cycle_number,
        "thought_content": draft.thought_content,
        "thought_type": draft.thought_type,
        "tags": ",".join(draft.tags),
        "metadata": draft.metadata,
        "created_at": reading.utc_text(draft.created_at) if draft.created_at else None,
    }


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: Any) -> str:
    # Columns have types only by habit in SQLite: a careless writer's BLOB or number is shown, not refused.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _tags(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(tag for part in _text(value).split(",") if (tag := part.strip(" ")))
