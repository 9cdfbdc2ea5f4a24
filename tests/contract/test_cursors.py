"""A cursor is taken for its own query alone, and refused where anything about it is wrong."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import zlib
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.world import ids
from thoughtsearch import CursorError, Store

NOW = datetime.now(timezone.utc).isoformat()


@pytest.mark.parametrize(
    "other",
    [
        ("index", {}),
        ("wal ", {}),
        ("wal", {"ai": 1}),
        ("wal", {"match": "all"}),
        ("wal", {"tags": ["t1"]}),
        ("wal", {"mode": "text"}),
    ],
)
def test_a_cursor_of_another_query_is_refused(shared: Store, other: tuple[str, dict[str, Any]]) -> None:
    cursor = shared.search("wal", limit=1).next_cursor
    with pytest.raises(CursorError, match="another query"):
        shared.search(other[0], cursor=cursor, **other[1])


def packed(state: object) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(state).encode())).decode().rstrip("=")


STATES: list[Any] = [[], {}, None, 1, "x", [1], [1, "f", NOW, [], None, None, 7], [9, "f", NOW, [], 1, None]]
STEPS: list[Any] = [None, "ab", [None], [[]], {"a": 1}, 5]
DAMAGED: tuple[str, ...] = (
    *(
        "",
        "x",
        "!!!!",
        "é",
        "\x00",
        "\ud800",
        " ",
        "=" * 8,
        "A" * 100_000,
        "eJw",
        "None",
        base64.urlsafe_b64encode(b"hello").decode(),
    ),
    *(packed(state) for state in STATES),
    *(packed([1, "f", now, [], 1, None]) for now in (None, "yesterday", 5, "2026-01-01")),
    *(packed([1, "f", NOW, steps, 1, None]) for steps in STEPS),
    *(packed([1, "f", NOW, [], newest, None]) for newest in STEPS if newest not in (None, 5)),
    *(packed([1, "f", NOW, [], None, last]) for last in (5, "x", [1], ["x"], ["a", "b"], [None, None])),
    base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
    base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000, 9)).decode(),
    base64.urlsafe_b64encode(zlib.compress(b'[1,"f","x",[' + b"1," * 1_000 + b"1e999],1,null]")).decode(),
)


@pytest.mark.parametrize("number", range(len(DAMAGED)))
def test_a_damaged_cursor_is_refused(shared: Store, number: int) -> None:
    with pytest.raises(CursorError):
        shared.search("wal", cursor=DAMAGED[number])


@pytest.mark.parametrize("query", ["wal", ""])
def test_a_forged_cursor_raises_nothing_but_a_cursor_error(shared: Store, query: str) -> None:
    cursor = shared.search(query, limit=1).next_cursor
    assert cursor
    fingerprint = json.loads(zlib.decompress(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))[1]
    forged: tuple[tuple[Any, Any, Any], ...] = (
        ([], None, None),
        ([10**30], 1, None),
        ([1, 2], 10**30, None),
        ([1e9], 1.5, None),
        ([], None, [5, 5]),
        ([], None, [None, 10**30]),
        ([], None, [["x"], 1]),
        ([], None, ["2026", 1]),
        ([], 1, [{"a": 1}, 1]),
    )
    for steps, newest, last in forged:
        with contextlib.suppress(CursorError):
            shared.search(query, cursor=packed([1, fingerprint, NOW, steps, newest, last]))
    with pytest.raises(CursorError):
        shared.search(query, cursor=packed([1, fingerprint, "2026-01-01T00:00:00", ["x"], None, None]))


PLACES: tuple[Any, ...] = (
    *(["\ud800", 1], ["now", 1], ["2026-01-01", 1], ["2026-02-30 00:00:00", 1]),
    *(
        ["2026-01-01 24:00:00", 1],
        ["2026-01-01 00:00:00Z", 1],
        ["2026-01-01 00:00:00 AD", 1],
        ["Infinity", 1],
        ["", 1],
        ["\0", 1],
    ),
    *(
        [None, 1.0],
        [None, "1"],
        [None, True],
        [None, None],
        [None, [1]],
        [None, 2**63],
        [None, 1, 1],
        [[None], 1],
        [],
        0,
        "",
    ),
    *(["9" * 5_000, 1], ["٢٠٢٦-01-01 00:00:00", 1], [{"a": 1}, 1], [1, 1], [True, 1], None),
)
RANKED: tuple[Any, ...] = (
    *(
        ([], None),
        ([], "1"),
        ([], 1.0),
        ([], True),
        ([], [1]),
        ([], 2**63),
        (["1"], 1),
        ([1.5], 1),
        ([True], 1),
        ([None], 1),
    ),
    *(([[1]], 1), ({"a": 1}, 1), ("12", 1), (None, 1), (1, 1), ([2**62, 2**62], 1), ([10**5_000], 1)),
)


@pytest.mark.parametrize("number", range(len(PLACES) + len(RANKED)))
def test_a_tampered_cursor_is_refused_alike_on_every_engine(shared: Store, number: int) -> None:
    query = "" if number < len(PLACES) else "wal"
    cursor = shared.search(query, limit=1).next_cursor
    assert cursor
    state = json.loads(zlib.decompress(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    if query:
        state[3], state[4] = RANKED[number - len(PLACES)]
    else:
        state[5] = PLACES[number]
    sys.set_int_max_str_digits(0)  # to write the longest
    try:
        tampered = packed(state)
    finally:
        sys.set_int_max_str_digits(4300)
    with pytest.raises(CursorError, match="next_cursor whole and unchanged"):
        shared.search(query, cursor=tampered)


def test_a_place_beyond_the_years_of_python_is_one(shared: Store) -> None:
    cursor = shared.search("", limit=1).next_cursor
    assert cursor
    state = json.loads(zlib.decompress(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    state[5] = ["10000-02-29 00:00:00.5", 1]
    shared.search("", cursor=packed(state))


def test_every_truncation_of_a_cursor_is_refused(shared: Store) -> None:
    cursor = shared.search("wal", limit=1).next_cursor
    assert cursor
    for end in range(len(cursor)):
        with pytest.raises(CursorError):
            shared.search("wal", cursor=cursor[:end])
    assert ids(shared.search("wal", limit=1, cursor=cursor))
