"""Filters as they are written in the query text, `tag:sqlite` or `meta.step>=10`, into nodes."""

from __future__ import annotations

import re
from datetime import datetime

from ..errors import InputError
from ..text.clean import clean
from . import predicates
from .times import interval
from .tree import AgentIn, AgentNamed, CreatedIn, CycleIn, Node, SessionIs, TagIs, TypeIn, TypeIs, any_of

_LARGEST = 2**63 - 1


def field_filter(field: str, value: str, *, now: datetime) -> Node:
    """The node of `field:value`; `a,b` means either. Raises InputError where the value doesn't fit the field."""
    if field in ("since", "until"):
        start, end = interval(predicates.unquote(value), now)
        return CreatedIn(start, None) if field == "since" else CreatedIn(None, end)
    if field == "cycle":
        return cycle(predicates.unquote(value))
    values = [predicates.unquote(value)] if value.startswith('"') else [v for v in value.split(",") if v]
    if not values:
        raise InputError(f"{field}: expects a value")
    return any_of([_one(field, item, quoted=value.startswith('"')) for item in values])


def _one(field: str, value: str, quoted: bool) -> Node:
    if field == "type":
        return TypeIs(value)
    if field == "tag":
        return tag(value)
    if field == "session":
        return session(value)
    return agent(int(value) if not quoted and re.fullmatch(r"-?[0-9]{1,18}", value) else value)


def tag(value: str) -> Node:
    """Has this tag; `a,b` means either, as no tag holds a comma. Blanks around a tag are no part of it."""
    names = [name for part in value.split(",") if (name := part.strip(" "))]
    return any_of([TagIs(name) for name in names or [value]])


def session(name: int | str) -> Node:
    """By number, or by the name that an import made a number of."""
    if isinstance(name, str) and not re.fullmatch(r"-?[0-9]{1,19}", name):
        return SessionIs(stable_number(name))
    return SessionIs(_number("session", str(name)))


def stable_number(name: str) -> int:
    """The number of a session or an agent that has only a name: the same for the same text, in every file and at every
    time; 48 bits, so that no two of a million meet."""
    from hashlib import sha256

    return int.from_bytes(sha256(name.encode("utf-8", "replace")).digest()[:6], "big")


def agent(ai: int | str) -> Node:
    """By number or by name."""
    return AgentIn((ai,)) if isinstance(ai, int) else AgentNamed(ai)


def agents(given: int | str | tuple[int | str, ...]) -> Node:
    """Of this agent, or of any of these."""
    if not isinstance(given, tuple):
        return agent(given)
    numbers = tuple(one for one in given if isinstance(one, int))
    named = [agent(one) for one in given if isinstance(one, str)]
    return any_of([AgentIn(numbers), *named] if numbers else named)


def types(given: str | tuple[str, ...]) -> Node:
    """Of exactly this type, or of any of these. A comma belongs to the type."""
    return TypeIn(tuple(map(clean, given))) if isinstance(given, tuple) else TypeIs(clean(given))


def cycle(value: str) -> Node:
    """`120`, `120..140`, `120..` or `..140`."""
    low, dots, high = value.partition("..")
    if not low and not high:
        raise InputError(f"cycle expects a number or a range such as 120..140; got {value!r:.40}")
    first = _number("cycle", low) if low else None
    last = (_number("cycle", high) if high else None) if dots else first
    if first is not None and last is not None and first > last:
        raise InputError(f"the cycle range {value!r:.40} ends before it begins; write {last}..{first}")
    return CycleIn(first, last)


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or abs(int(text)) > _LARGEST:
        raise InputError(f"{name} expects a whole number; got {text!r:.40}")
    return int(text)


def meta_filter(path: str, symbol: str, value: str) -> Node:
    """The node of `meta.PATH OP VALUE`."""
    return predicates.from_symbols(path, symbol, value)
