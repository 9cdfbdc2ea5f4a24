"""The compiler of the query tree for PostgreSQL: what a tsquery can say becomes one, the rest conditions on the row.

No text of the user's is parsed by PostgreSQL: a tsquery is built of analysed terms, each inside quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from typing import Any

from ..query.tree import (
    AgentIn,
    And,
    Boost,
    CreatedIn,
    CycleIn,
    Everything,
    Literal,
    Meta,
    Node,
    Not,
    Or,
    Phrase,
    SessionIs,
    TagIs,
    TypeIs,
    needs_text,
    scoring_leaves,
)
from .jsonb import meta_condition

#: A lexeme is at most 2,046 bytes; a longer term is indexed as its beginning and a digest (see 0001_analysis.sql).
LONGEST_LEXEME = 1_000
_KEPT = 900
# Beyond these PostgreSQL knows times that Python does not; a thought of such a time has none.
_FIRST, _LAST = "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"


@dataclass(slots=True)
class Compiled:
    """`conditions` are joined by AND; `leaves` are what scores, as often as it does.

    `selective`: whatever is accepted holds one of the leaves.
    """

    leaves: tuple[Phrase, ...] = ()
    selective: bool = False
    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any, kind: str) -> str:
        """A placeholder for the value, of this SQL type."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{kind}"

    def text(self) -> str:
        """All conditions, each beginning with AND."""
        return "".join(f" AND {one}" for one in self.conditions)


def compile_tree(node: Node, among: Sequence[Phrase] | None = None) -> Compiled:
    """The tree as conditions; with `among` only for thoughts that hold one of these. AgentNamed must have been resolved."""
    compiled = Compiled(scoring_leaves(node), needs_text(node))
    parts: list[Node] = list(node.children) if isinstance(node, And) else [node]
    if among is not None:
        # Whoever holds one of these holds one of all: to ask for both would be to look twice.
        parts = [part for part in parts if not (isinstance(part, Or) and part.children == compiled.leaves)]
        parts.append(Or(tuple(among)))
    in_index = [part for part in parts if _is_text(part)]
    if any(not isinstance(part, Not) for part in in_index):
        # One tsquery, so that one scan of the index answers all of it.
        compiled.conditions.append(_condition(And(tuple(in_index)), compiled))
        parts = [part for part in parts if part not in in_index]
    compiled.conditions += [_condition(part, compiled) for part in parts if not isinstance(part, Everything)]
    return compiled


def _is_text(part: Node) -> bool:
    return expression(part.child if isinstance(part, Not) else part) is not None


def lexeme(term: str) -> str:
    """What stands in the index for an analysed term."""
    encoded = term.encode()
    if len(encoded) <= LONGEST_LEXEME:
        return term
    return encoded[:_KEPT].decode("utf-8", "ignore") + md5(encoded, usedforsecurity=False).hexdigest()


def quoted_lexeme(term: str) -> str:
    """The tsquery of an analysed term alone."""
    return "'" + lexeme(term).replace("\\", "\\\\").replace("'", "''") + "'"


def leaf_expression(leaf: Phrase) -> str:
    """A phrase as a tsquery."""
    words = [quoted_lexeme(word.term) for word in leaf.words]
    if leaf.prefix:
        words[-1] += ":*"
    return words[0] if len(words) == 1 else "(" + " <-> ".join(words) + ")"


def expression(node: Node) -> str | None:
    """The node as a tsquery that accepts the same thoughts and can be looked up in the index; None where there is none."""
    if isinstance(node, Phrase):
        return leaf_expression(node)
    if isinstance(node, Boost):
        return expression(node.child)
    if isinstance(node, Or):
        parts = [expression(child) for child in node.children]
        return None if None in parts else "(" + " | ".join(part or "" for part in dict.fromkeys(parts)) + ")"
    if isinstance(node, And):
        wanted = [expression(child) for child in node.children if not isinstance(child, Not)]
        unwanted = [expression(child.child) for child in node.children if isinstance(child, Not)]
        if not wanted or None in wanted or None in unwanted:
            return None
        negated = [f"!{part}" for part in unwanted]
        return "(" + " & ".join([*(part or "" for part in wanted), *negated]) + ")"
    return None


def _condition(node: Node, compiled: Compiled) -> str:
    """The node as an SQL condition; NULL means false, and NOT takes it so."""
    text = expression(node)
    if text is not None:
        return f"(t.search_vector @@ {compiled.bind(text, 'tsquery')})"
    if isinstance(node, Not):
        return f"NOT coalesce({_condition(node.child, compiled)}, false)"
    if isinstance(node, (And, Or)):
        joint = " AND " if isinstance(node, And) else " OR "
        return "(" + joint.join(_condition(child, compiled) for child in node.children) + ")"
    if isinstance(node, Boost):
        return _condition(node.child, compiled)
    return _row_condition(node, compiled)


def _row_condition(node: Node, compiled: Compiled) -> str:
    bind = compiled.bind
    if isinstance(node, Everything):
        return "true"
    if isinstance(node, Literal):
        return f"(strpos(t.thought_content, {bind(node.text, 'text')}) > 0)"
    if isinstance(node, AgentIn):
        return f"(t.ai_id = ANY({bind(list(node.ids), 'bigint[]')}))"
    if isinstance(node, SessionIs):
        return f"(t.session_id = {bind(node.session_id, 'bigint')})"
    if isinstance(node, TypeIs):
        return f"(t.thought_type = {bind(node.value, 'text')})"
    if isinstance(node, TagIs):
        return f"(t.tags @> {bind([node.value], 'text[]')})"
    if isinstance(node, CycleIn):
        return _between("t.cycle_number", node.low, ("<=", node.high), "bigint", compiled)
    if isinstance(node, CreatedIn):
        start, end = (moment.isoformat() if isinstance(moment, datetime) else None for moment in (node.start, node.end))
        upper = ("<", end) if end else ("<=", _LAST)
        return _between("t.created_at", start or _FIRST, upper, "timestamptz", compiled)
    assert isinstance(node, Meta), node
    return meta_condition(node, compiled.bind)


def _between(column: str, low: Any, upper: tuple[str, Any], kind: str, compiled: Compiled) -> str:
    sign, high = upper
    parts = [] if low is not None or high is not None else [f"{column} IS NOT NULL"]
    if low is not None:
        parts.append(f"{column} >= {compiled.bind(low, kind)}")
    if high is not None:
        parts.append(f"{column} {sign} {compiled.bind(high, kind)}")
    return "(" + " AND ".join(parts) + ")"
