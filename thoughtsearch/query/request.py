"""One search as asked for: its arguments checked, and its text and filters in one tree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeAlias, TypedDict

from ..errors import InputError
from ..text.clean import clean, reading, shown
from . import foreign, limits, predicates
from .fields import agent, cycle, session, tag
from .parse import Parsed, parse
from .times import interval
from .tree import CreatedIn, CycleIn, Node, Not, TypeIs, all_of, any_of

FACETS = ("ai", "thought_type", "tags", "time")
MODES = ("auto", "text", "semantic", "hybrid")
FUSIONS = ("convex", "rrf")
MAX_LIMIT = 10_000
#: Seconds that a search may take, unless it is told otherwise.
TIMEOUT = 30.0
#: Tags in one filter: with more, a statement has more parameters than it may have.
MOST_TAGS = 10_000


#: One metadata predicate: the dict form or the text form.
Where: TypeAlias = Mapping[str, Any] | str


class SearchOptions(TypedDict, total=False):
    """The keyword arguments of `search()`, the same on every face."""

    limit: int
    cursor: str | None
    match: str
    mode: str
    fusion: str
    weight: float | None
    ai: int | str | None
    session_id: int | str | None
    cycle: int | str | tuple[int | None, int | None] | None
    thought_type: str | None
    tags: Iterable[str]
    any_tags: Iterable[str]
    not_tags: Iterable[str]
    where: Where | Sequence[Where] | None
    since: str | date | None
    until: str | date | None
    facets: Iterable[str]
    total: bool
    explain: bool
    strict: bool
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of one `search()`, checked. Raises InputError for one that can't be used."""

    query: str = ""
    limit: int = 10
    cursor: str | None = None
    match: str = "any"
    mode: str = "auto"
    fusion: str = "convex"
    weight: float | None = None
    ai: int | str | None = None
    session_id: int | str | None = None
    cycle: int | str | tuple[int | None, int | None] | None = None
    thought_type: str | None = None
    tags: Iterable[str] = ()
    any_tags: Iterable[str] = ()
    not_tags: Iterable[str] = ()
    where: Where | Sequence[Where] | None = None
    since: str | date | None = None
    until: str | date | None = None
    facets: Iterable[str] = ()
    total: bool = False
    explain: bool = False
    strict: bool = False
    timeout: float | None = TIMEOUT

    def __post_init__(self) -> None:
        _expect(isinstance(self.query, str), "query takes a text", self.query)
        _expect(_whole(self.limit) and 1 <= self.limit <= MAX_LIMIT, f"limit takes 1 to {MAX_LIMIT}", self.limit)
        _expect(self.cursor is None or isinstance(self.cursor, str), "cursor takes a next_cursor", self.cursor)
        _expect(self.match in ("any", "all"), 'match takes "any" or "all"', self.match)
        _expect(self.mode in MODES, f"mode takes one of {', '.join(MODES)}", self.mode)
        _expect(self.fusion in FUSIONS, f"fusion takes one of {', '.join(FUSIONS)}", self.fusion)
        is_number = isinstance(self.weight, (int, float)) and not isinstance(self.weight, bool)
        _expect(
            self.weight is None or (is_number and 0 <= self.weight <= 1),
            "weight takes the share of the meaning in a hybrid score, 0 to 1",
            self.weight,
        )
        seconds = isinstance(self.timeout, (int, float)) and not isinstance(self.timeout, bool)
        _expect(
            self.timeout is None or (seconds and self.timeout > 0),
            "timeout takes the seconds that the search may take, more than 0, or None",
            self.timeout,
        )
        _expect(
            self.ai is None or _whole(self.ai) or isinstance(self.ai, str),
            "ai takes a number or a name",
            self.ai,
        )
        _expect(
            self.session_id is None or _whole(self.session_id) or isinstance(self.session_id, str),
            "session_id takes a number or a name",
            self.session_id,
        )
        _expect(
            self.thought_type is None or isinstance(self.thought_type, str),
            "thought_type takes a text",
            self.thought_type,
        )
        for name in ("tags", "any_tags", "not_tags", "facets"):
            given = getattr(self, name)
            listed = () if isinstance(given, (str, bytes)) or not isinstance(given, Iterable) else tuple(given)
            _expect(
                bool(listed or given == () or given == []) and all(isinstance(one, str) for one in listed),
                f"{name} takes a list of texts",
                given,
            )
            _expect(len(listed) <= MOST_TAGS, f"{name} takes up to {MOST_TAGS:,} texts", len(listed))
            object.__setattr__(self, name, listed)
        for name in ("total", "explain", "strict"):
            _expect(isinstance(getattr(self, name), bool), f"{name} takes True or False", getattr(self, name))
        for name in self.facets:
            _expect(name in FACETS, f"facets are {', '.join(FACETS)}", name)

    def parsed(self, now: datetime) -> Parsed:
        """The one tree of text and filters. Raises InputError (QueryError where strict)."""
        text = parse(clean(self.query), now=now, match=self.match, strict=self.strict)
        with reading("A filter of search()"):
            filters = self._filters(now)
            limits.check(filters)
            foreign_syntax = self._foreign()
        warnings = [*text.warnings, *foreign_syntax]
        node = all_of([limits.limited(text.node, warnings), *filters])
        constraints = all_of([limits.limited(text.constraints, []), *filters])
        return Parsed(node, tuple(warnings), text.said, constraints)

    def _foreign(self) -> list[str]:
        """Warnings of what reads as another language's predicate; an InputError where strict."""
        found = list(foreign.in_where(self.where))
        if found and self.strict:
            raise InputError(f"In where {found[0].reason}.")
        return list(dict.fromkeys(f"in where {one.reason}; {one.guess}" for one in found))

    def _filters(self, now: datetime) -> list[Node]:
        nodes: list[Node] = []
        if self.ai is not None:
            nodes.append(agent(self.ai))
        if self.session_id is not None:
            nodes.append(session(self.session_id))
        if self.cycle is not None:
            nodes.append(_cycle(self.cycle))
        if self.thought_type is not None:
            nodes.append(TypeIs(clean(self.thought_type)))
        nodes += [tag(clean(one)) for one in self.tags]
        if any_tags := [tag(clean(one)) for one in self.any_tags]:
            nodes.append(any_of(any_tags))
        nodes += [Not(tag(clean(one))) for one in self.not_tags]
        if self.where is not None:
            conditions = self.where if isinstance(self.where, (list, tuple)) else [self.where]
            nodes += [_where(condition) for condition in conditions]
        if self.since is not None:
            nodes.append(CreatedIn(interval(self.since, now)[0], None))
        if self.until is not None:
            nodes.append(CreatedIn(None, interval(self.until, now)[1]))
        return nodes

    def fingerprint(self) -> str:
        """The same for two requests that ask for the same list; a cursor belongs to one fingerprint."""
        from hashlib import sha256  # a first page needs none of it, and it takes long to load

        elsewhere = ("limit", "cursor", "facets", "total", "explain", "strict", "timeout")
        asked = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in elsewhere}
        with reading("A filter of search()"):
            text = json.dumps(asked, sort_keys=True, default=_plain)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _where(condition: Any) -> Node:
    try:
        return predicates.from_text(condition) if isinstance(condition, str) else predicates.from_mapping(condition)
    except RecursionError as error:
        raise InputError("where holds a value that is nested without end; metadata holds JSON values.") from error


def request(query: str, options: SearchOptions | Mapping[str, Any]) -> Request:
    """The checked request. Raises InputError for an option that there isn't."""
    known = {item.name for item in fields(Request)}
    for name in options:
        if name not in known:
            raise InputError(f"search() has no argument {name!r:.60}; it takes {', '.join(sorted(known))}.")
    with reading("An argument of search()"):
        return Request(query, **options)


def checked_id(thought_id: object) -> int:
    """The id of a thought. Raises InputError for what is none."""
    with reading("The id of a thought"):
        if isinstance(thought_id, bool) or not isinstance(thought_id, int) or not -(2**63) <= thought_id < 2**63:
            raise InputError(f"A thought is named by its id, a whole number; got {shown(thought_id)}.")
    return int(thought_id)


def _plain(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))  # a set is in another order in another process
    return dict(value) if isinstance(value, Mapping) else str(value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _expect(right: bool, expected: str, got: object) -> None:
    if not right:
        raise InputError(f"{expected}; got {shown(got)}.")


def _cycle(given: int | str | tuple[int | None, int | None]) -> Node:
    if isinstance(given, str):
        return cycle(given)
    ends: object = (given, given) if isinstance(given, int) else given
    low, high = ends if isinstance(ends, (tuple, list)) and len(ends) == 2 else (False, False)
    _expect(
        all(end is None or _whole(end) for end in (low, high)),
        "cycle takes a number, (low, high) or a text such as 120..140",
        given,
    )
    return CycleIn(low, high)
