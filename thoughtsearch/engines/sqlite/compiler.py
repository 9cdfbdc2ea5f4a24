"""Compile the query tree for SQLite: one MATCH for what FTS5 can answer, and conditions on the row for the rest.

Only single tokens of the user's text reach FTS5. They stand inside double quotes, and no token holds a quote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...query.holding import only_metadata, test_of
from ...query.tree import (
    AgentIn,
    And,
    CreatedIn,
    CycleIn,
    Literal,
    MatchAll,
    Meta,
    Node,
    NonScoring,
    Not,
    Or,
    Phrase,
    SessionIn,
    SessionIs,
    Should,
    TagAll,
    TagIn,
    TagIs,
    TypeIn,
    TypeIs,
    needs_text,
    scoring_phrases,
)
from ..rows import utc_text
from .metadata import Question

# More hints than this cost more than they save.
_HINTS = 8
_IN_INDEX = "{id} IN (SELECT rowid FROM ai_thought_history_fts WHERE ai_thought_history_fts MATCH {match})"


@dataclass(slots=True)
class Compiled:
    """`match` is the FTS5 expression that ranks, or None where nothing ranks. AND joins the `conditions`.

    `widened`: thoughts without any of the ranking words may match too, so the MATCH must not select.
    `on_row`: some condition reads the table, and not only the index's rowid.
    """

    match: str | None = None
    widened: bool = False
    on_row: bool = False
    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """Keep the value as a parameter, and return its placeholder."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


def compile_tree(node: Node) -> Compiled:
    """The tree as a MATCH and conditions. AgentNamed must have been resolved."""
    compiled = Compiled()
    phrases = scoring_phrases(node)
    parts: list[Node] = list(node.children) if isinstance(node, And) else [node]
    if not phrases:
        compiled.on_row = True
        compiled.conditions = [_condition(part, compiled) for part in parts if not isinstance(part, MatchAll)]
        return compiled
    compiled.match = " OR ".join(map(phrase_expression, phrases))
    compiled.widened = not needs_text(node)
    if compiled.widened:
        compiled.on_row = True
        compiled.conditions = [_condition(node, compiled)]
        return compiled
    _simplify(parts, phrases, compiled)
    compiled.conditions += [_condition(part, compiled) for part in parts]
    compiled.on_row = compiled.on_row or any(not _about_index(part) for part in parts)
    return compiled


def restrict(compiled: Compiled, phrases: Iterable[Phrase]) -> None:
    """Keep only rows that hold one of the phrases. This becomes the first condition, so that no other row is scored."""
    match = compiled.bind(" OR ".join(map(phrase_expression, phrases)))
    compiled.conditions.insert(0, _IN_INDEX.format(id="+/*index id*/", match=match))


def _simplify(parts: list[Node], phrases: tuple[Phrase, ...], compiled: Compiled) -> None:
    """Take out of `parts` what the MATCH itself can say without counting a phrase twice in the score."""
    for part in parts:
        if isinstance(part, (Phrase, Or)) and _flat(part) == phrases:
            parts.remove(part)  # any of the phrases: the ranking expression asks for that already
            break
    else:
        required = [part for part in parts if isinstance(part, Phrase)]
        if tuple(required) == phrases:
            compiled.match = " AND ".join(map(phrase_expression, phrases))
            parts[:] = [part for part in parts if not isinstance(part, Phrase)]
    excluded = [part for part in parts if isinstance(part, Not) and _flat(part.child)]
    if excluded:
        # The rows that remain hold none of these phrases, so they add nothing to a score.
        unwanted = " OR ".join(phrase_expression(phrase) for part in excluded for phrase in _flat(part.child))
        compiled.match = f"({compiled.match}) NOT ({unwanted})"
        parts[:] = [part for part in parts if part not in excluded]


def _flat(node: Node) -> tuple[Phrase, ...]:
    """The phrases of a Phrase or of an Or of phrases. () for anything else."""
    if isinstance(node, Phrase):
        return (node,)
    if isinstance(node, Or):
        found = tuple(child for child in node.children if isinstance(child, Phrase))
        return found if len(found) == len(node.children) else ()
    return ()


def _about_index(node: Node) -> bool:
    return expression(node.child if isinstance(node, Not) else node) is not None


def phrase_expression(phrase: Phrase) -> str:
    """A phrase for FTS5, which analyses its words as it analysed those of the thoughts."""
    return '"' + " ".join(word.text for word in phrase.words) + ('" *' if phrase.prefix else '"')


def expression(node: Node) -> str | None:
    """The node as an FTS5 expression that accepts the same thoughts. None where FTS5 can't say it."""
    if isinstance(node, Phrase):
        return phrase_expression(node)
    if isinstance(node, (Should, NonScoring)):
        return expression(node.child)
    if isinstance(node, Or):
        parts = [expression(child) for child in node.children]
        return None if None in parts else "(" + " OR ".join(part or "" for part in parts) + ")"
    if isinstance(node, And):
        wanted = [expression(child) for child in node.children if not isinstance(child, Not)]
        unwanted = [expression(child.child) for child in node.children if isinstance(child, Not)]
        if not wanted or None in wanted or None in unwanted:
            return None
        text = " AND ".join(part or "" for part in wanted)
        return f"(({text}) NOT ({' OR '.join(part or '' for part in unwanted)}))" if unwanted else f"({text})"
    return None


def _condition(node: Node, compiled: Compiled) -> str:
    """The node as an SQL condition. NULL means false, also under NOT."""
    text = expression(node)
    if text is not None:
        # The + keeps SQLite from running the MATCH anew for every candidate row.
        return _IN_INDEX.format(id="+/*id*/", match=compiled.bind(text))
    if isinstance(node, Not):
        return f"NOT coalesce({_condition(node.child, compiled)}, false)"
    if isinstance(node, (And, Or)):
        if only_metadata(node):
            return _metadata_condition(node, compiled)
        joint = " AND " if isinstance(node, And) else " OR "
        return _joined([_condition(child, compiled) for child in node.children], joint)
    if isinstance(node, (Should, NonScoring)):
        return _condition(node.child, compiled)
    return _row_condition(node, compiled)


def _joined(conditions: list[str], joint: str) -> str:
    # Joined in halves: SQLite refuses an expression nested deeper than 1,000, and a plain chain nests at each step.
    if len(conditions) < 3:
        return "(" + joint.join(conditions) + ")"
    middle = len(conditions) // 2
    return f"({_joined(conditions[:middle], joint)}{joint}{_joined(conditions[middle:], joint)})"


def _row_condition(node: Node, compiled: Compiled) -> str:
    bind = compiled.bind
    if isinstance(node, MatchAll):
        return "true"
    if isinstance(node, Literal):
        return f"(instr(CAST(t.thought_content AS TEXT), {bind(node.text)}) > 0)"
    if isinstance(node, AgentIn):
        return f"(t.ai_id IN {_listed(node.ids, compiled)})"
    if isinstance(node, SessionIs):
        return f"(t.session_id IS {bind(node.session_id)})"
    if isinstance(node, SessionIn):
        return f"(t.session_id IN {_listed(node.ids, compiled)})"
    if isinstance(node, TypeIs):
        return f"(CAST(t.thought_type AS TEXT) IS {bind(node.value)})"
    if isinstance(node, TypeIn):
        return f"(CAST(t.thought_type AS TEXT) IN {_listed(node.values, compiled)})"
    if isinstance(node, TagIs):
        return f"(t.id IN (SELECT thought_id FROM ai_thought_tag WHERE tag = {bind(node.value)}))"
    if isinstance(node, (TagIn, TagAll)):
        every = f" GROUP BY thought_id HAVING count(DISTINCT tag) = {len(set(node.values))}"
        tagged = f"SELECT thought_id FROM ai_thought_tag WHERE tag IN {_listed(node.values, compiled)}"
        return f"(t.id IN ({tagged}{every if isinstance(node, TagAll) else ''}))"
    if isinstance(node, CycleIn):
        return _between("t.cycle_number", ">=", "<=", node.low, node.high, compiled)
    if isinstance(node, CreatedIn):
        start, end = (moment and utc_text(moment) for moment in (node.start, node.end))
        return _between("t.created_utc", ">=", "<", start, end, compiled)
    assert isinstance(node, Meta), node
    return _metadata_condition(node, compiled)


def _listed(values: Sequence[Any], compiled: Compiled) -> str:
    return f"(SELECT value FROM json_each({compiled.bind(json.dumps(values))}))"


def _between(column: str, low_sign: str, high_sign: str, low: Any, high: Any, compiled: Compiled) -> str:
    parts = [] if low is not None or high is not None else [f"{column} IS NOT NULL"]
    if low is not None:
        parts.append(f"{column} {low_sign} {compiled.bind(low)}")
    if high is not None:
        parts.append(f"{column} {high_sign} {compiled.bind(high)}")
    return "(" + " AND ".join(parts) + ")"


def _metadata_condition(node: Node, compiled: Compiled) -> str:
    hint = _metadata_hint(node, compiled)
    hint = f"({hint} OR instr(t.metadata, '\\') > 0) AND " if hint else ""
    return f"({hint}meta_holds({compiled.bind(Question(test_of(node)))}, CAST(t.metadata AS BLOB)))"


def _metadata_hint(node: Node, compiled: Compiled) -> str:
    """A cheap necessary condition, so that SQLite reads the JSON of few rows. "" where there is none.

    JSON without a backslash holds every text letter by letter. So a row must contain the key, or a backslash. But bytes
    that are no UTF-8 also read as U+FFFD.
    """
    if isinstance(node, Meta):
        if node.operator == "exists" and node.value == "false":
            return ""
        wanted: list[str] = list(node.path[:_HINTS])
        if node.operator == "eq" and node.value.startswith('"'):
            wanted.append(json.loads(node.value))
        plain = [text for text in wanted if text and text.isprintable() and "\ufffd" not in text]
        parts = [f"instr(t.metadata, {compiled.bind(text)}) > 0" for text in plain]
        return f"({' AND '.join(parts)})" if parts else ""
    if isinstance(node, And):
        found = [hint for child in node.children[:_HINTS] if (hint := _metadata_hint(child, compiled))]
        return f"({' AND '.join(found)})" if found else ""
    if isinstance(node, Or) and len(node.children) <= _HINTS:
        hints = [_metadata_hint(child, compiled) for child in node.children]
        return f"({' OR '.join(hints)})" if all(hints) and hints else ""
    return ""


def condition_text(compiled: Compiled, row_id: str) -> str:
    """All conditions, each beginning with AND. `row_id` is how the statement writes the id of the row."""
    # The first stays alone: SQLite tests conditions in the order written, and `restrict` put the cheapest there.
    first, rest = compiled.conditions[:1], compiled.conditions[1:]
    joined = [*first, _joined(rest, " AND ")] if rest else first
    return (
        "".join(f" AND {one}" for one in joined)
        .replace("/*id*/", row_id)
        .replace("/*index id*/", "ai_thought_history_fts.rowid")
    )


def with_parameters(compiled: Compiled, **more: Any) -> Mapping[str, Any]:
    """The parameters of a statement that is made from `compiled`."""
    own = {"match": compiled.match} if compiled.match is not None else {}
    return compiled.parameters | own | more
