"""One search as asked for: its arguments checked, and its text and filters in one tree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import InputError
from ..text.clean import clean, reading, shown
from . import foreign, limits, predicates
from .arguments import ARGUMENTS, Arguments, SearchOptions, by_name
from .fields import agents, cycle, session, tag, types
from .parse import Parsed, parse
from .times import interval
from .tree import CreatedIn, CycleIn, Node, Not, all_of, any_of


class Request(Arguments):
    """The arguments of one `search()`, checked, and what they ask for."""

    __slots__ = ()

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
            nodes.append(agents(self.ai))
        if self.session_id is not None:
            nodes.append(session(self.session_id))
        if self.cycle is not None:
            nodes.append(_cycle(self.cycle))
        if self.thought_type is not None:
            nodes.append(types(self.thought_type))
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

        asked = {name: getattr(self, name) for name, argument in ARGUMENTS.items() if argument.in_cursor}
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
    named = by_name(options)
    with reading("An argument of search()"):
        return Request(query, **named)


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


def _cycle(given: Any) -> Node:
    if isinstance(given, str):
        return cycle(given)
    low, high = (given, given) if isinstance(given, int) else given
    return CycleIn(low, high)
