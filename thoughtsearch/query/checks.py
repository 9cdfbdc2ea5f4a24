"""What an argument may be. Each check says it in an error's words and as a JSON schema, and refuses the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InputError
from ..text.clean import shown

#: Values in one filter: with more, a statement has more parameters than it may have.
MOST_VALUES = 10_000


class Check:
    """One kind of value. `expected` ends the sentence "NAME takes …"; `schema` is a fragment of a JSON schema."""

    expected = ""
    schema: Mapping[str, Any] = {}

    def accepts(self, value: object) -> bool:
        """Whether the value is one."""
        raise NotImplementedError

    def check(self, name: str, value: Any) -> Any:
        """The value as it is kept. Raises InputError for another one."""
        if not self.accepts(value):
            raise wrong(name, self.expected, value)
        return value


def wrong(name: str, expected: str, value: object) -> InputError:
    """The error for a value that is not what was expected."""
    return InputError(f"{name} takes {expected}; got {shown(value)}.")


def is_whole(value: object) -> bool:
    """Whether it is a whole number that a database can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Whole(Check):
    """A whole number from `low` to `high`."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.expected = f"{low} to {high}"
        self.schema = {"type": "integer", "minimum": low, "maximum": high}

    def accepts(self, value: Any) -> bool:
        return is_whole(value) and self.low <= value <= self.high


class Text(Check):
    """A text."""

    schema = {"type": "string"}  # noqa: RUF012  # no one writes to it

    def __init__(self, expected: str = "a text") -> None:
        self.expected = expected

    def accepts(self, value: object) -> bool:
        return isinstance(value, str)


class OneOf(Check):
    """One of a few texts."""

    def __init__(self, *choices: str, expected: str | None = None) -> None:
        self.choices = choices
        self.expected = expected or f"one of {', '.join(choices)}"
        self.schema = {"type": "string", "enum": list(choices)}

    def accepts(self, value: object) -> bool:
        return value in self.choices


class Flag(Check):
    """True or False."""

    expected = "True or False"
    schema = {"type": "boolean"}  # noqa: RUF012

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)


class Share(Check):
    """A number from 0 to 1."""

    schema = {"type": "number", "minimum": 0, "maximum": 1}  # noqa: RUF012

    def __init__(self, of: str) -> None:
        self.expected = f"the share of {of}, 0 to 1"

    def accepts(self, value: Any) -> bool:
        return _is_number(value) and 0 <= value <= 1


class Seconds(Check):
    """A number of seconds, or None for as long as it takes."""

    schema = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}  # noqa: RUF012

    def __init__(self, that: str) -> None:
        self.expected = f"the seconds that {that}, more than 0, or None"

    def accepts(self, value: Any) -> bool:
        return value is None or (_is_number(value) and value > 0)


class NumberOrName(Check):
    """A whole number or a name."""

    expected = "a number or a name"
    schema = {"anyOf": [{"type": "integer"}, {"type": "string"}]}  # noqa: RUF012

    def accepts(self, value: object) -> bool:
        return is_whole(value) or isinstance(value, str)


class AnyOf(Check):
    """One value, or a list of several: what holds any of them is meant. Kept in one order, each once."""

    def __init__(self, one: Check, expected: str) -> None:
        self.one, self.expected = one, expected
        self.schema = {"anyOf": [one.schema, {"type": "array", "items": one.schema, "minItems": 1}]}

    def accepts(self, value: object) -> bool:
        return self.one.accepts(value)

    def check(self, name: str, value: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            return super().check(name, value)
        listed = tuple(value)
        # An empty list asks for nothing, or for everything: nobody can say which.
        if not listed or not all(map(self.accepts, listed)):
            raise wrong(name, self.expected, value)
        if len(listed) > MOST_VALUES:
            raise wrong(name, f"up to {MOST_VALUES:,} values", len(listed))
        kept = sorted(dict.fromkeys(listed), key=lambda one: (isinstance(one, str), one))
        return kept[0] if len(kept) == 1 else tuple(kept)


class Texts(Check):
    """A list of texts. `alone`: or one text, which is a list of itself. `among`: no others than these."""

    def __init__(self, *, alone: bool = False, among: tuple[str, ...] = ()) -> None:
        self.alone, self.among = alone, among
        self.expected = "a list of texts" + (' or a text such as "sqlite,wal"' if alone else "")
        one = {"type": "string", "enum": list(among)} if among else {"type": "string"}
        many = {"type": "array", "items": one}
        self.schema = {"anyOf": [one, many]} if alone else many

    def accepts(self, value: object) -> bool:
        return isinstance(value, str)

    def check(self, name: str, value: Any) -> Any:
        if self.alone and isinstance(value, str):
            return (value,)
        listed = () if isinstance(value, (str, bytes)) or not isinstance(value, Iterable) else tuple(value)
        if not (listed or value == () or value == []) or not all(map(self.accepts, listed)):
            raise wrong(name, self.expected, value)
        if len(listed) > MOST_VALUES:
            raise wrong(name, f"up to {MOST_VALUES:,} texts", len(listed))
        for one in listed:
            if self.among and one not in self.among:
                raise InputError(f"{name} are {', '.join(self.among)}; got {shown(one)}.")
        return listed


class Cycle(Check):
    """A number, two ends of which None is open, or a text that `fields.cycle` reads."""

    expected = "a number, (low, high) or a text such as 120..140"
    schema = {"anyOf": [{"type": "integer"}, {"type": "string"}]}  # noqa: RUF012

    def accepts(self, value: object) -> bool:
        if isinstance(value, (tuple, list)):
            return len(value) == 2 and all(end is None or is_whole(end) for end in value)
        return isinstance(value, str) or is_whole(value)


class Predicates(Check):
    """Conditions on metadata. `predicates.py` reads them, and refuses what is wrong inside."""

    expected = 'a dict such as {"status": "done"}'
    schema = {  # noqa: RUF012
        "anyOf": [
            {"type": "string"},
            {"type": "object"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        ]
    }

    def accepts(self, value: object) -> bool:
        return isinstance(value, (str, Mapping, list, tuple))


class Time(Check):
    """A date, a datetime or a text. `times.interval` refuses the rest, once the moment of the search is known."""

    expected = "a date, a datetime or a text such as 2026-02-01, 7d or yesterday"
    schema = {"type": "string"}  # noqa: RUF012

    def accepts(self, value: object) -> bool:
        return True
