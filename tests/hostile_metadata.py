"""Metadata as the most careless writer leaves it, and predicates about it: any depth, any characters, any numbers."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from thoughtsearch.query import predicates
from thoughtsearch.query.metadata import load_json
from thoughtsearch.query.tree import Node

KEYS = ("step", "a", "b", "", "a.b", 'k"q', "\\", "é", "\ufffd", "😀", "u0000")
_ESCAPES = (
    *("\\u0000", "\\ud800", "\\udfff", "\\uDBFF", "\\uD83D\\uDE00", "\\ud83d\\ud83d\\ude00", "\\ude00\\ud83d", "\\ud83dx"),
    *("\\\\u0000", "\\\\\\u0000", "\\\\ud800", "\\u0041", "\\ufffd", "\\n", '\\"', "\\/", "\\uD83D\\n", "\\ud83d\\\\ude00"),
    *("\\u0000\\u0000", "\\ud800\\ud800", "\\u000", "\\x", "\\u00e9", "\\ue000", "\\u0001", "\\ud83d\\u0041", "\\v", "\\"),
)
_RAW = (
    "a",
    "step",
    "done",
    "é",
    "\ufffd",
    "😀",
    "[",
    "{",
    "]}",
    "u0000",
    " ",
    "\u2028",
    "\x7f",
    "\x01",
    "\t",
    "\U0010ffff",
)
_EDGES = (99, 100, 101)
_LARGE = (400, 131_070, 131_071, 131_072, 131_073, 10**7, 10**10, 10**25)
_SMALL = (400, 16_381, 16_382, 16_383, 16_384, 10**7, 10**25)
_SCALARS = (
    "true",
    "false",
    "null",
    "NaN",
    "Infinity",
    "-Infinity",
    "tru",
    "'x'",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1_0",
    "\x0b1",
)


def number(chance: Random) -> str:
    """A JSON number: small, huge, tiny, or at the edge of what a numeric holds."""
    kind = chance.randrange(9)
    if kind < 3:
        return str(chance.randint(-3, 3)) + chance.choice(["", ".0", ".5", "e0", "E+1", "e-1", ".00"])
    if kind == 3:
        return chance.choice([str(2**53 + 1), str(2**63), str(-(2**63)), "1" + "0" * 400, "1" + "0" * 5_000])
    if kind == 4:
        mantissa = chance.choice(["1", "-1", "0", "9.9", "0.1", "-0.0", "10"])
        return f"{mantissa}e{chance.choice(['', '+'])}{chance.choice(_LARGE)}"
    if kind == 5:
        return f"{chance.choice(['1', '-1', '0', '1.5', '0.0', '-10'])}e-{chance.choice(_SMALL)}"
    if kind == 6:
        return chance.choice(["0.1", "0.1000000000000000000001", "1.0000000000000000000000001", "-0", "-0.0", "1e2"])
    if kind == 7:
        return "1." + "0" * chance.choice([16_382, 16_383, 16_384]) + chance.choice(["", "1"])
    return "9" * chance.choice([300, 4_300, 4_301, 131_071, 131_072, 131_073])


def string(chance: Random) -> str:
    """A JSON string with some of everything in it."""
    pieces = [chance.choice(_ESCAPES if chance.random() < 0.6 else _RAW) for _ in range(chance.randrange(4))]
    return '"' + "".join(pieces) + '"'


def value(chance: Random, levels: int = 3) -> str:
    """Any JSON value, or nearly one."""
    kind = chance.randrange(10)
    if kind < 3:
        return number(chance)
    if kind < 5:
        return string(chance)
    if kind == 5 or levels == 0:
        return chance.choice(_SCALARS[:3] if chance.random() < 0.9 else _SCALARS)
    if kind == 6:
        return (
            "[" + _blank(chance).join(",".join(value(chance, levels - 1) for _ in range(chance.randrange(4))).split()) + "]"
        )
    if kind == 7 and chance.random() < 0.3:
        return nested(chance)
    return an_object(chance, levels - 1)


def nested(chance: Random) -> str:
    """Arrays and objects inside each other, mostly about as many as are read."""
    levels = chance.choice([*_EDGES, *(edge - 1 for edge in _EDGES), *(edge - 2 for edge in _EDGES), 700, 990, 3_000])
    opened = [chance.choice(["[", '{"a":', "[1,", '{"b":"]","a":']) for _ in range(levels)]
    closed = ["]" if one[0] == "[" else "}" for one in reversed(opened)]
    return "".join(opened) + chance.choice(["1", "[]", "{}", '"["']) + "".join(closed)


def _key(chance: Random) -> str:
    if chance.random() < 0.2:
        return string(chance)
    if chance.random() < 0.2:
        return chance.choice(['"st\\u0065p"', '"\\u0000"', '"\\ud800"', '"\\uD83D\\uDE00"', '"\\\\"'])
    return '"' + chance.choice(KEYS[:4]).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _blank(chance: Random) -> str:
    return chance.choice(["", "", "", " ", "\n", "\r\t"])


def an_object(chance: Random, levels: int = 3) -> str:
    """An object; some keys stand twice."""
    pairs = [f"{_key(chance)}{_blank(chance)}:{_blank(chance)}{value(chance, levels)}" for _ in range(chance.randrange(5))]
    return "{" + f"{_blank(chance)},".join(pairs) + _blank(chance) + "}"


def text(chance: Random) -> str | None:
    """What stands in a column of texts; never a NUL, which PostgreSQL takes from nobody."""
    kind = chance.randrange(12)
    if kind == 0:
        return chance.choice([None, "", "{}", "[]", "null", "1", '"x"', "no JSON", "\ufeff{}", " {} ", "{", '{"a":1}}'])
    made = an_object(chance) if kind > 1 else value(chance)
    if kind == 2 and made:
        place = chance.randrange(len(made))
        made = made[:place] + chance.choice(["", "\\", '"', "}", "[", ",", "\x01", "x"]) + made[place + 1 :]
    return made.replace("\0", "")


def _wanted(chance: Random) -> Any:
    kind = chance.randrange(12)
    if kind < 3:
        return chance.randint(-3, 3)
    if kind < 6:
        return load_json(number(chance))
    if kind == 6:
        return chance.choice([float("inf"), float("-inf"), float("nan"), 0.1, -0.0, 1e300, 5e-324, Decimal("sNaN")])
    if kind == 7:
        return chance.choice([10**5000, -(10**131_072), Decimal("1E+9999999"), Decimal("-1E-9999999"), 10**400])
    if kind == 8:
        return chance.choice([True, False, None, "done", "", "😀", "\ufffd", "a\0", "\ud800", "\ufffd\ufffd", "[", "A"])
    if kind == 9:
        return [_wanted(chance) for _ in range(chance.randrange(3))]
    if kind == 10:
        return {chance.choice(KEYS): _wanted(chance)}
    return chance.choice(["a", "step", "\\", "é", "\U0010ffff", "\x7f"])


def predicate(chance: Random) -> Node:
    """One about some of the same keys and values."""
    path = tuple(chance.choice((*KEYS, "\0", "\ud800")) for _ in range(chance.choice([1, 1, 1, 1, 2, 2, 3])))
    if chance.random() < 0.5:
        path = ("step",) if chance.random() < 0.5 else ("a",)
    if chance.random() < 0.05:
        path = ("a",) * chance.choice([98, 99, 100, 101, 102])
    operator = chance.choice(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "contains", "exists"])
    if operator == "exists":
        return predicates.predicate(path, operator, chance.random() < 0.5)
    if operator in ("in", "nin"):
        return predicates.predicate(path, operator, [_wanted(chance) for _ in range(chance.randrange(4))])
    return predicates.predicate(path, operator, _wanted(chance))
