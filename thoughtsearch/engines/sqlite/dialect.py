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
from ...records import Draft
from ...sql import fill, statements
from ...text import INDEXED_CHARACTERS
from .. import rows as reading
from ..contract.statement import Plan, Row, Statement
from ..contract.transfer import TransferDialect
from .compiler import Compiled, compile_tree, condition_text, leaf_expression, restrict, with_parameters

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
    ) -> Plan[list[Row]]:
        compiled = compile_tree(node)
        if among is not None:
            restrict(compiled, among)
        more: dict[str, Any] = {"limit": limit}
        if cursor is not None:
            more |= self._continue(compiled, cursor)
        form = self._form(compiled)
        sql = fill(_SEARCH[f"search_{form}"], filters=condition_text(compiled, _ROW_ID[form]))
        return (yield Statement(sql, with_parameters(compiled, **more)))

    def total(self, node: Node) -> Statement:
        return self._of_matching("total", node)

    def estimated(self, filters: Node) -> Plan[int | None]:
        yield from ()
        return None

    def facet(self, node: Node, name: str) -> Statement:
        return self._of_matching(f"facet_{name}", node, **({} if name == "time" else {"limit": FACET_VALUES}))

    def newest_id(self) -> Statement:
        return Statement(_SEARCH["newest_id"])

    def matching_ids(self, node: Node, limit: int) -> Statement:
        """Rows of the ids of so many thoughts that match; all of them for a limit of -1."""
        return self._of_matching("matching", node, limit=limit)

    def _of_matching(self, name: str, node: Node, **more: Any) -> Statement:
        compiled = compile_tree(node)
        form = self._form(compiled)
        form = "listed" if form == "widened" else form
        matching = fill(_SEARCH[f"matching_{form}"], filters=condition_text(compiled, _ROW_ID[form]))
        parameters = with_parameters(compiled, **more)
        return Statement(fill(_SEARCH[name], matching=f" UNION ALL {matching}"), parameters)

    @staticmethod
    def _form(compiled: Compiled) -> str:
        if compiled.match is None:
            return "listed"
        if compiled.widened:
            return "widened"
        return "filtered" if compiled.on_row else "text"

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

    def corpus(self, leaves: Iterable[Phrase]) -> Plan[Corpus]:
        documents, tokens = 0, 0
        for (block,) in (yield Statement(_SEARCH["index_totals"])):
            documents, *columns = varints(block) or [0]
            tokens = sum(columns)
        frequencies = {}
        for leaf in dict.fromkeys(leaves):
            rows = yield Statement(_SEARCH["document_frequency"], {"match": leaf_expression(leaf)})
            frequencies[leaf] = int(rows[0][0])
        return Corpus(documents, tokens, frequencies)

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        found = yield Statement(_SEARCH["word_frequencies"], {"terms": json.dumps(terms)})
        return {str(term): int(count) for term, count in found}

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

        return SqliteTransfer(self)

    @property
    def embedding(self) -> EmbeddingDialect:
        if self._embedding is None:
            from .vectors import SqliteEmbedding

            self._embedding = SqliteEmbedding(self)
        return self._embedding

    def insert(self, drafts: Iterable[Draft]) -> Statement:
        return Statement(_THOUGHTS["insert"], [_parameters(draft) for draft in drafts], many=True)

    def insert_numbered(self, thoughts: Iterable[tuple[int, Draft]]) -> Statement:
        rows = [{"id": ident, **_parameters(draft)} for ident, draft in thoughts]
        return Statement(_THOUGHTS["insert_numbered"], rows, many=True)

    def reserve_ids(self, count: int) -> None:
        return None  # one writer at a time: there is nothing to store side by side

    def insert_returning(self, draft: Draft) -> Statement:
        return Statement(_THOUGHTS["insert_returning"], _parameters(draft))

    def settle(self) -> Plan[None]:
        yield from ()

    def claim(self, origin: str, ids: Sequence[str]) -> Statement:
        return Statement(_IMPORTS["claim"], {"origin": origin, "ids": json.dumps(ids)})

    def import_file(self, path: str) -> Statement:
        return Statement(_IMPORTS["import_file"], {"path": path})

    def remember_import_file(self, path: str, columns: Mapping[str, Any]) -> Statement:
        return Statement(_IMPORTS["remember_import_file"], {"path": path, **columns})

    def get(self, thought_id: int) -> Statement:
        return Statement(_THOUGHTS["get"], {"id": thought_id})

    def with_ids(self, ids: Sequence[int]) -> Statement:
        return Statement(_THOUGHTS["with_ids"], {"ids": json.dumps(ids)})

    def neighbours(self, thought: Thought, limit: int) -> tuple[Statement, Statement]:
        parameters = {
            "id": thought.id,
            "ai_id": thought.ai_id,
            "session_id": thought.session_id,
            "limit": limit,
        }
        return Statement(_THOUGHTS["before"], parameters), Statement(_THOUGHTS["after"], parameters)

    def export(self, after: int | None, limit: int) -> Statement:
        return Statement(_THOUGHTS["export"], {"id": -math.inf if after is None else after, "limit": limit})

    def stats(self) -> Statement:
        return Statement(_THOUGHTS["stats"])

    def capped(self) -> Statement:
        return Statement(_THOUGHTS["capped"], {"indexed_characters": INDEXED_CHARACTERS})

    def unindexed(self) -> Statement:
        return Statement(_SETUP["unindexed"])

    def some_unindexed(self, after: Any, limit: int) -> Statement:
        return Statement(_SETUP["some_unindexed"], {"after": after, "limit": limit})

    def state(self, key: str) -> Statement:
        return Statement(_SETUP["state"], {"key": key})

    def backfilled(self) -> Plan[Any]:
        rows = yield self.state("backfill")
        return rows[0][0] if rows else None

    def thought(self, row: Row) -> Thought:
        ident, ai_id, session_id, cycle_number, content, kind, tags, metadata, created = row[:9]
        values, text = reading.metadata(None if metadata is None else _text(metadata))
        return Thought(
            id=ident,
            ai_id=_number(ai_id) or 0,
            session_id=_number(session_id),
            cycle_number=_number(cycle_number),
            thought_content="" if content is None else _text(content),
            thought_type=None if kind is None else _text(kind),
            tags=_tags(tags),
            metadata=values,
            created_at=reading.from_utc_text(created),
            metadata_text=text,
        )

    def place(self, row: Row) -> tuple[str | None, int]:
        return row[8], row[0]

    def moment(self, value: Any) -> Any:
        return reading.from_utc_text(value)


_ROW_ID = {"text": "rowid", "filtered": "t.id", "widened": "t.id", "listed": "t.id"}


def _parameters(draft: Draft) -> dict[str, Any]:
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


def varints(block: bytes) -> list[int]:
    """The integers of an FTS5 averages record: rows, then tokens by column (SQLite's variable-length format)."""
    numbers, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return numbers
