"""PostgreSQL as an engine: its statements for a search, and its rows as thoughts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from ..analysis import INDEXED_CHARACTERS
from ..clean import clean_json
from ..drafts import Draft
from ..errors import CursorError
from ..models import Thought
from ..query.cursor import Cursor
from ..query.predicates import load_json
from ..query.tree import Node, Phrase
from ..rank.bm25 import Corpus, idf
from ..sql import fill, statements
from . import rows as reading
from .jsonb import storable
from .statement import Plan, Row, Statement
from .tsquery import Compiled, compile_tree, leaf_expression, lexeme, quoted_lexeme

FACET_VALUES = 1000
#: So many thoughts, or so many that came since the last count, are counted anew by each search: about 2 ms.
COUNTED = 10_000
#: With more leaves a statement would outgrow what PostgreSQL parses.
MOST_COLUMNS = 100
# One leaf's part of the score, from its tf: as FTS5 computes it, so that the same doubles come out.
_LEAF = "%({weight})s::float8 * ((m.{tf} * 2.2::float8) / (m.{tf} + m.norm))"
# With all weights 1 and adjacent words, each occurrence is a cover of rank 1.
_TF = "ts_rank_cd('{{1,1,1,1}}', t.search_vector, %({query})s::tsquery)::float8 AS {tf}"


class PostgresDialect:
    """The statements of PostgreSQL for the table in one schema. Holds no connection; see Dialect."""

    name = "postgresql"

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._prefix = quoted(schema) + "."

    @cache  # noqa: B019  # a few statements, for as long as the store lives
    def sql(self, file: str, name: str) -> str:
        """A statement of `sql/postgres/FILE.sql`, for this schema."""
        return in_schema(statements("postgres", file)[name], self._prefix)

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
            sql = fill(self.sql("search", "search_listed"), filters=compiled.text())
            return (yield Statement(sql, {**compiled.parameters, "limit": limit}))
        if cursor is not None:
            compiled.conditions.append(f"t.id <= {compiled.bind(cursor.newest, 'bigint')}")
            compiled.conditions.append(f"t.id <> ALL({compiled.bind(list(cursor.seen), 'bigint[]')})")
        if corpus is None:
            corpus = yield from self.corpus(compiled.leaves)
        weights = {leaf: idf(corpus.documents, corpus.frequencies[leaf]) for leaf in compiled.leaves}
        sql, scoring = self._scored(compiled.leaves, weights)
        more = {"limit": limit, "average": corpus.average_length or 1.0}
        return (yield Statement(fill(sql, filters=compiled.text()), compiled.parameters | scoring | more))

    def _scored(self, leaves: Sequence[Phrase], weights: Mapping[Phrase, float]) -> tuple[str, dict[str, Any]]:
        """The statement that ranks by these leaves, a repeated one as often as it is, and its parameters for them."""
        if len(leaves) > MOST_COLUMNS:
            queries = [leaf_expression(leaf) for leaf in leaves]
            return self.sql("search", "search_ranked_by_many"), {
                "queries": queries,
                "weights": [weights[leaf] for leaf in leaves],
            }
        columns = {leaf: number for number, leaf in enumerate(dict.fromkeys(leaves))}
        parameters: dict[str, Any] = {}
        for leaf, number in columns.items():
            parameters |= {f"q{number}": leaf_expression(leaf), f"w{number}": weights[leaf]}
        frequencies = "".join(", " + _TF.format(query=f"q{number}", tf=f"tf{number}") for number in columns.values())
        score = "".join(" + " + _LEAF.format(weight=f"w{columns[leaf]}", tf=f"tf{columns[leaf]}") for leaf in leaves)
        return fill(self.sql("search", "search_ranked"), frequencies=frequencies, score=score), parameters

    def total(self, node: Node) -> Statement:
        return self._of_matching("total", node)

    def facet(self, node: Node, name: str) -> Statement:
        return self._of_matching(f"facet_{name}", node, **({} if name == "time" else {"limit": FACET_VALUES}))

    def newest_id(self) -> Statement:
        return Statement(self.sql("search", "newest_id"))

    def _of_matching(self, name: str, node: Node, **more: Any) -> Statement:
        compiled = compile_tree(node)
        return Statement(fill(self.sql("search", name), filters=compiled.text()), compiled.parameters | more)

    # --- what scores are made of ---

    def corpus(self, leaves: Iterable[Phrase]) -> Plan[Corpus]:
        documents, tokens = yield from self._totals()
        distinct = tuple(dict.fromkeys(leaves))
        words = {leaf: leaf.words[0].term for leaf in distinct if len(leaf.words) == 1 and not leaf.prefix}
        known = yield from self._common(documents, words.values())
        frequencies = {leaf: known[word] for leaf, word in words.items() if word in known}
        rest = [leaf for leaf in distinct if leaf not in frequencies]
        counts = yield from self._counted([leaf_expression(leaf) for leaf in rest])
        return Corpus(documents, tokens, frequencies | dict(zip(rest, counts, strict=True)))

    def word_frequencies(self, terms: Sequence[str]) -> Plan[Mapping[str, int]]:
        documents, _ = yield from self._totals()
        known = yield from self._common(documents, terms)
        rest = [term for term in terms if term not in known]
        counts = yield from self._counted([quoted_lexeme(term) for term in rest])
        return {**known, **{term: count for term, count in zip(rest, counts, strict=True) if count}}

    def _totals(self) -> Plan[tuple[int, int]]:
        """Thoughts and tokens: counted where that is quick, else the last count and what came since, else estimated."""
        counted, tokens, new, new_tokens = (yield Statement(self.sql("search", "totals"), {"most": COUNTED}))[0]
        if new < COUNTED:
            return (counted or 0) + new, int((tokens or 0) + new_tokens)
        table = f"{self._prefix}ai_thought_history"
        estimated = yield Statement(self.sql("search", "estimated_totals"), {"table": table})
        if not estimated or estimated[0][1] is None:
            estimated = yield Statement(self.sql("search", "counted_totals"))
        return int(estimated[0][0]), int(estimated[0][1])

    def _common(self, documents: int, terms: Iterable[str]) -> Plan[Mapping[str, int]]:
        """How many thoughts hold each of the common words, by the planner's statistics: they are costly to count."""
        wanted = {lexeme(term): term for term in terms}
        if documents <= COUNTED or not wanted:
            return {}
        parameters = {"schema": self.schema, "words": list(wanted)}
        found = yield Statement(self.sql("search", "common_words"), parameters)
        return {wanted[word]: max(1, round(share * documents)) for word, share in found}

    def _counted(self, queries: Sequence[str]) -> Plan[list[int]]:
        if not queries:
            return []
        found = yield Statement(self.sql("search", "frequencies"), {"queries": list(queries)})
        counts = Counter({int(number): int(count) for number, count in found})
        return [counts[number] for number in range(1, len(queries) + 1)]

    # --- agents ---

    def agents(self) -> Plan[list[tuple[int, str | None, str | None]]]:
        columns = {row[0] for row in (yield Statement(self.sql("search", "agent_columns")))}
        if not {"id", "name"} <= columns:
            return []
        named = "agents" if "nickname" in columns else "agents_without_nicknames"
        return [(row[0], row[1], row[2]) for row in (yield Statement(self.sql("search", named)))]

    def name_agents(self, names: Mapping[int, str]) -> Plan[None]:
        if not (yield Statement(self.sql("search", "agent_columns"))):
            yield Statement(self.sql("thoughts", "create_agents"))
        named = [{"id": number, "name": name} for number, name in names.items()]
        yield Statement(self.sql("thoughts", "name_agent"), named, many=True)

    # --- thoughts ---

    def insert(self, drafts: Sequence[Draft]) -> Statement:
        return Statement(self.sql("thoughts", "insert"), [_parameters(draft) for draft in drafts], many=True)

    def insert_returning(self, draft: Draft) -> Statement:
        return Statement(self.sql("thoughts", "insert_returning"), _parameters(draft))

    def get(self, thought_id: int) -> Statement:
        return Statement(self.sql("thoughts", "get"), {"id": thought_id})

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
        return Statement("SELECT 0")  # the vector is a part of the row

    def some_unindexed(self, after: Any, limit: int) -> Statement:
        return Statement("SELECT 0")

    def state(self, key: str) -> Statement:
        return Statement(self.sql("setup", "state"), {"key": key})

    def thought(self, row: Row) -> Thought:
        ident, ai_id, session_id, cycle_number, content, kind, tags, metadata, created = row[:9]
        values, text = _metadata(metadata)
        return Thought(
            id=ident,
            ai_id=ai_id,
            session_id=session_id,
            cycle_number=cycle_number,
            thought_content=content,
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


def in_schema(sql: str, prefix: str) -> str:
    """A statement of the SQL files with its table, columns and schema (`"public".`) filled in."""
    columns = statements("postgres", "search")["columns"]
    return fill(fill(sql, columns=columns), table=f"{prefix}ai_thought_history", schema=prefix)


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _continue_list(compiled: Compiled, cursor: Cursor) -> None:
    created, last = cursor.last or (None, 0)
    older = f"t.id < {compiled.bind(last, 'bigint')}"
    if created is None:
        compiled.conditions.append(f"(t.created_at IS NULL AND {older})")
        return
    if reading.from_utc_text(created) is None:
        raise CursorError("This cursor of thoughtsearch was changed, or is of another database; begin again without it.")
    at = f"({compiled.bind(created, 'timestamp')} AT TIME ZONE 'UTC')"
    compiled.conditions.append(f"(t.created_at < {at} OR (t.created_at = {at} AND {older}) OR t.created_at IS NULL)")


def _parameters(draft: Draft) -> dict[str, Any]:
    return {
        "ai_id": draft.ai_id,
        "session_id": draft.session_id,
        "cycle_number": draft.cycle_number,
        "thought_content": draft.thought_content,
        "thought_type": draft.thought_type,
        "tags": list(draft.tags),
        "metadata": _stored_metadata(draft.metadata),
        "created_at": draft.created_at,
    }


def _stored_metadata(text: str) -> str:
    """A text for the jsonb column: a JSON object as it is; what is none, or beyond a jsonb, as a string that holds it."""
    try:
        value = load_json(text)
    except ValueError:
        return json.dumps(text)
    plain = "\\u" not in text or clean_json(value) == value
    return text if isinstance(value, dict) and plain and storable(value) else json.dumps(text)


def _metadata(text: str | None) -> tuple[dict[str, Any], str | None]:
    if text is not None and text.startswith('"'):
        return {}, json.loads(text)
    return reading.metadata(text)
