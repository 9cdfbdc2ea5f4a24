"""Values that no caller should pass, and calls of the public functions with them.

A value is described by a recipe, the name of what makes it, and made anew for each call: some can be used once, and some
raise where they are printed.
"""

from __future__ import annotations

import datetime as dt
from collections import UserDict, UserList, UserString
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

from hypothesis import strategies as st

from thoughtsearch import Thought

#: The name of a value, or what is put around another one.
Recipe: TypeAlias = "str | tuple[str, Recipe]"


class Mine(Exception):
    """What a caller's own object raises."""


def _raise(*arguments: Any, **keywords: Any) -> NoReturn:
    raise Mine("as the caller's object does")


_SPECIAL = (
    "repr",
    "str",
    "format",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "hash",
    "bool",
    "len",
    "iter",
    "getitem",
    "contains",
)
_MORE = ("int", "index", "float", "fspath", "next", "neg", "abs", "add", "sub")
_RAISING = {f"__{name}__": _raise for name in (*_SPECIAL, *_MORE)}
_METHODS = ("strip", "split", "encode", "lower", "casefold", "isascii", "replace", "partition", "startswith")
_OF_MAPPINGS = ("items", "keys", "values", "get")


def _raising(base: type, *also: str) -> type:
    """A subclass that raises whatever is asked of it."""
    kept = {} if base is object else {"__hash__": base.__hash__}
    return type(f"Raising{base.__name__.title()}", (base,), {**_RAISING, **dict.fromkeys(also, _raise), **kept})


class Unlike:
    """As arrays of numpy: a comparison gives no truth."""

    def __eq__(self, other: object) -> Any:
        return _raising(object)()

    __hash__ = object.__hash__


class Zone(dt.tzinfo):
    """A zone that gives nonsense for an offset."""

    def __init__(self, offset: Any) -> None:
        self.offset = offset

    def utcoffset(self, moment: dt.datetime | None) -> Any:
        return _raise() if self.offset is None else self.offset

    def tzname(self, moment: dt.datetime | None) -> Any:
        return _raise()

    def dst(self, moment: dt.datetime | None) -> Any:
        return None


class _Path:
    def __init__(self, path: Any) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path if self.path is not None else _raise()


class _Kind(Enum):
    TEXT = "text"


class _Count(IntEnum):
    ONE = 1


class _Title(str):
    pass


def _deep(depth: int, around: Callable[[Any], Any], inner: Any = 1) -> Any:
    for _ in range(depth):
        inner = around(inner)
    return inner


def _itself(kind: str) -> Any:
    if kind == "list":
        listed: list[Any] = []
        listed.append(listed)
        return listed
    mapped: dict[str, Any] = {}
    mapped["step"] = mapped
    return mapped


def _fails_after_one() -> Iterator[Any]:
    yield "wal"
    _raise()


#: By name, what makes the value.
ATOMS: Mapping[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "1": lambda: 1,
    "-1": lambda: -1,
    "2**31": lambda: 2**31,
    "2**63": lambda: 2**63,
    "2**63-1": lambda: 2**63 - 1,
    "-2**63": lambda: -(2**63),
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "-10**5000": lambda: -(10**5000),
    "0.5": lambda: 0.5,
    "1e308": lambda: 1e308,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "-0.0": lambda: -0.0,
    "complex": lambda: 1j,
    "Decimal NaN": lambda: Decimal("NaN"),
    "Decimal sNaN": lambda: Decimal("sNaN"),
    "Decimal huge": lambda: Decimal("1e999999"),
    "Decimal tiny": lambda: Decimal("1e-999999"),
    "Decimal": lambda: Decimal("0.1"),
    "Fraction": lambda: Fraction(1, 3),
    "empty": lambda: "",
    "blank": lambda: " \t\n",
    "text": lambda: "wal",
    "NUL": lambda: "\x00",
    "surrogate": lambda: "\ud800",
    "surrogates": lambda: "a\udcff.b\ud800",
    "escape": lambda: "\x1b[31mred\x07\x9b2J",
    "bidi": lambda: "\u202eabc\u2066",
    "long": lambda: "wal " * 25_000,
    "long word": lambda: "w" * 100_000,
    "quotes": lambda: "'\"`\\",
    "dots": lambda: "a.." + "b." * 50,
    "path": lambda: ".".join(["k"] * 5_000),
    "predicate of a path": lambda: ".".join(["k"] * 5_000) + ">=1",
    "meta of a path": lambda: "meta." + ".".join(["k"] * 5_000) + ":1",
    "predicate": lambda: "step>=10",
    "predicate of infinity": lambda: "step>=1e9999999",
    "predicate in JSON": lambda: '{"step": {"$in": [1, "1", null, {"a": [1]}]}}',
    "deep JSON": lambda: '{"a":' * 3_000 + "1" + "}" * 3_000,
    "JSON": lambda: '{"step": 1}',
    "JSON of NaN": lambda: '{"step": NaN}',
    "JSON of a surrogate": lambda: '{"\\ud800": "\\ud800\\u0000"}',
    "JSON list": lambda: "[1]",
    "date text": lambda: "2026-02-01",
    "first date": lambda: "0001-01-01T00:00:00+14:00",
    "last date": lambda: "9999-12-31T23:59:59-14:00",
    "no date": lambda: "2026-99-99",
    "7d": lambda: "7d",
    "999999999y": lambda: "999999999y",
    "digits": lambda: "9" * 5_000,
    "other digits": lambda: "١٢٣",
    "superscript": lambda: "²",
    "range": lambda: "1..5",
    "open range": lambda: "..",
    "range of digits": lambda: f"{'9' * 30}..{'9' * 40}",
    "any": lambda: "any",
    "auto": lambda: "auto",
    "semantic": lambda: "semantic",
    "hybrid": lambda: "hybrid",
    "rrf": lambda: "rrf",
    "tags": lambda: "tags",
    "time": lambda: "time",
    "hashing": lambda: "hashing",
    "percent": lambda: "%s %(x)s {} {0} $1 :name ?",
    "query": lambda: '+wal -"sqlite x" (a OR b*) tag:x ai:Nobody meta.step>=1',
    "unfinished query": lambda: '(((("abc OR',
    "parentheses": lambda: "(" * 5_000,
    "kanji": lambda: "検索エンジン" * 50,
    "bytes": lambda: b"wal\xff\x00",
    "bytearray": lambda: bytearray(b"wal"),
    "memoryview": lambda: memoryview(b"wal"),
    "empty list": list,
    "empty tuple": tuple,
    "empty dict": dict,
    "empty set": set,
    "range object": lambda: range(3),
    "list of itself": lambda: _itself("list"),
    "dict of itself": lambda: _itself("dict"),
    "deep list": lambda: _deep(5_000, lambda inner: [inner]),
    "deep dict": lambda: _deep(5_000, lambda inner: {"a": inner}),
    "deep $not": lambda: _deep(5_000, lambda inner: {"$not": inner}, {"a": 1}),
    "deep $and": lambda: _deep(500, lambda inner: {"$and": [inner]}, {"a": 1}),
    "many": lambda: [f"t{n}" for n in range(70_000)],
    "many records": lambda: [{"thought_content": "x"}] * 1_500,
    "date": lambda: dt.date(2026, 1, 1),
    "first day": lambda: dt.date.min,
    "last day": lambda: dt.date.max,
    "naive": lambda: dt.datetime(2026, 1, 1),
    "first moment": lambda: dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=23))),
    "last moment": lambda: dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-23))),
    "last naive": lambda: dt.datetime.max,
    "zone that raises": lambda: dt.datetime(2026, 1, 1, tzinfo=Zone(None)),
    "zone of a text": lambda: dt.datetime(2026, 1, 1, tzinfo=Zone("x")),
    "zone of days": lambda: dt.datetime(2026, 1, 1, tzinfo=Zone(dt.timedelta(days=3))),
    "time of day": lambda: dt.time(1),
    "timedelta": lambda: dt.timedelta.max,
    "object": object,
    "type": lambda: int,
    "function": lambda: _raise,
    "exception": lambda: Mine("x"),
    "enum": lambda: _Kind.TEXT,
    "IntEnum": lambda: _Count.ONE,
    "str subclass": lambda: _Title("wal"),
    "UserString": lambda: UserString("wal"),
    "UserDict": lambda: UserDict({"step": 1}),
    "UserList": lambda: UserList(["wal"]),
    "raising object": lambda: _raising(object)(),
    "raising str": lambda: _raising(str, *_METHODS)("wal"),
    "raising int": lambda: _raising(int)(3),
    "raising float": lambda: _raising(float)(0.5),
    "raising list": lambda: _raising(list)(["wal"]),
    "raising tuple": lambda: _raising(tuple)(("wal",)),
    "raising dict": lambda: _raising(dict, *_OF_MAPPINGS)({"step": 1}),
    "raising UserDict": lambda: _raising(UserDict, *_OF_MAPPINGS)({"step": 1}),
    "raising Decimal": lambda: _raising(Decimal)("1"),
    "raising date": lambda: _raising(dt.date, "replace")(2026, 1, 1),
    "raising datetime": lambda: _raising(dt.datetime, "astimezone", "replace", "utcoffset")(2026, 1, 1),
    "unlike": Unlike,
    "raising iterator": _fails_after_one,
    "Path": lambda: Path("p.db"),
    "PathLike that raises": lambda: _Path(None),
    "PathLike of bytes": lambda: _Path(b"x.db"),
    "PathLike of a number": lambda: _Path(3),
    "Thought": lambda: Thought("wal"),
    "record": lambda: {"thought_content": "wal"},
    "record with an id": lambda: {"id": 3, "thought_content": "wal"},
}


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except Exception:
        return "wal"
    return value


def _predicate(operator: str, value: Any) -> Any:
    return {"step": {operator: value}}


def _under(key: str, value: Any) -> Any:
    return {key: value}


#: By name, what is put around a value.
WRAPPINGS: Mapping[str, Callable[[Any], Any]] = {
    "list": lambda value: [value],
    "list after one": lambda value: ["wal", value],
    "tuple": lambda value: (value,),
    "pair": lambda value: (value, value),
    "set": lambda value: {_hashable(value)},
    "iterator": lambda value: iter([value]),
    "step": lambda value: {"step": value},
    "key": lambda value: {_hashable(value): 1},
    "quoted key": lambda value: {f'"{str.__str__(value)}"' if isinstance(value, str) else _hashable(value): 1},
    **{
        f"${name}": partial(_predicate, f"${name}")
        for name in ("eq", "ne", "gte", "in", "exists", "contains", "nin", "not")
    },
    **{name: partial(_under, name) for name in ("$and", "$or")},
    "$or of a list": lambda value: {"$or": [value]},
    "$and of steps": lambda value: {"$and": [{"step": value}, {"step": 1}]},
    "UserDict": lambda value: UserDict({"step": value}),
    "record": lambda value: {"thought_content": value},
    "record's tags": lambda value: {"thought_content": "wal", "tags": value},
    "record's column": lambda value: {"thought_content": "wal", _hashable(value): 1},
    "Thought": lambda value: Thought(value),
    "Thought's tags": lambda value: Thought("wal", tags=value),
    "Thought's metadata": lambda value: Thought("wal", metadata=value),
    "Thought's agent": lambda value: Thought("wal", ai_id=value),
    "Thought's time": lambda value: Thought("wal", created_at=value),
    "Thought's text of metadata": lambda value: Thought("wal", metadata_text=value),
    "number": lambda value: {_hashable(value): "a name"},
    "name": lambda value: {7: value},
}


def made(recipe: Recipe) -> Any:
    """The value."""
    if isinstance(recipe, str):
        return ATOMS[recipe]()
    wrapping, inner = recipe
    return WRAPPINGS[wrapping](made(inner))


class Call(NamedTuple):
    """One call of a public method: recipes for what is given by position, and by name."""

    method: str
    positional: tuple[Recipe, ...] = ()
    named: tuple[tuple[str, Recipe], ...] = ()

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """What to pass."""
        return [made(one) for one in self.positional], {name: made(one) for name, one in self.named}


atoms = st.sampled_from(sorted(ATOMS))
recipes: st.SearchStrategy[Recipe] = st.recursive(
    atoms, lambda inner: st.tuples(st.sampled_from(sorted(WRAPPINGS)), inner), max_leaves=3
)

#: By argument, values that it takes.
FITTING: Mapping[str, tuple[Recipe, ...]] = {
    **dict.fromkeys(("limit", "id", "ai_id", "session_id", "cycle_number"), ("1", "IntEnum")),
    "cursor": ("None",),
    "match": ("any",),
    "mode": ("auto",),
    "fusion": ("rrf",),
    "weight": ("0.5", "1"),
    "ai": ("1", "text"),
    "cycle": ("1", "range", ("pair", "1"), ("pair", "None")),
    "thought_type": ("text", "str subclass", "NUL"),
    "tags": (("list", "text"), ("set", "text"), ("iterator", "surrogate"), "UserList", "many"),
    **dict.fromkeys(("any_tags", "not_tags"), (("list", "text"), "empty list", "many")),
    "where": (
        "predicate",
        "predicate in JSON",
        "UserDict",
        "raising Decimal",
        ("$in", ("list", "Decimal")),
        ("list", "predicate"),
    ),
    **dict.fromkeys(("since", "until"), ("7d", "date text", "first date", "last moment", "first moment", "date")),
    "facets": (("list", "tags"), ("list", "time")),
    **dict.fromkeys(("total", "explain", "strict"), ("True",)),
    "metadata": ("JSON", "JSON of a surrogate", ("step", "text"), ("step", "10**400"), "UserDict"),
    "created_at": ("naive", "first moment", "last moment", "first date", "last date", "None"),
    "metadata_text": ("JSON list", "text", "None"),
    "colour": ("None",),
    "read_only": ("True",),
    "timeout": ("0", "0.5", "inf", "1e308", "10**400"),
    "embedder": ("None", "hashing"),
}
_OPTIONS = (
    *(
        "limit",
        "cursor",
        "match",
        "mode",
        "fusion",
        "weight",
        "ai",
        "session_id",
        "cycle",
        "thought_type",
        "tags",
        "any_tags",
    ),
    *("not_tags", "where", "where", "where", "since", "until", "facets", "total", "explain", "strict"),
)
_COLUMNS = ("ai_id", "session_id", "cycle_number", "thought_type", "tags", "metadata", "created_at", "id", "metadata_text")


def _for(name: str, fitting: bool) -> st.SearchStrategy[tuple[str, Recipe]]:
    return st.tuples(st.just(name), st.sampled_from(FITTING[name]) if fitting else recipes)


@st.composite
def _calls(draw: st.DrawFn, method: str, names: tuple[str, ...] = (), *positional: st.SearchStrategy[Recipe]) -> Call:
    """With several arguments that fit and one or two that may not: so that a call comes far, and each argument is tried."""
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True)) if names else []
    wrong = draw(st.integers(0, 2))
    named = [draw(_for(name, fitting=number >= wrong)) for number, name in enumerate(chosen)]
    if "limit" in names and not draw(st.integers(0, 40)):
        named.append(draw(_for("colour", fitting=False)))
    return Call(method, draw(st.tuples(*positional)), tuple(named))


_mostly_text = st.sampled_from(["text", "query", "kanji", "str subclass"]) | recipes
calls: st.SearchStrategy[Call] = st.one_of(
    _calls("search", _OPTIONS, _mostly_text),
    _calls("search", _OPTIONS, _mostly_text),
    _calls("search", _OPTIONS, st.just("empty")),
    _calls("similar", _OPTIONS, st.just("1") | recipes),
    _calls("add", _COLUMNS, _mostly_text),
    _calls("add", _COLUMNS, st.just("text")),
    _calls("add_many", (), recipes),
    _calls("get", (), recipes),
    _calls("around", (), st.just("1") | recipes, recipes),
    _calls("agent_id", (), recipes),
    _calls("name_agents", (), recipes),
)
#: What a store is opened with.
openings: st.SearchStrategy[Call] = _calls("open", ("read_only", "timeout", "embedder"), st.just("None") | recipes)
