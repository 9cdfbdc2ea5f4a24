"""What no table of thoughts expects: all of it is stored, and found by a word at its beginning."""

from __future__ import annotations

import asyncio
import string
import time
from collections.abc import Callable

import pytest

import thoughtsearch
from thoughtsearch.models import Thought


def words(count: int) -> str:
    """So many different ones."""
    letters = string.ascii_lowercase
    return " ".join(
        letters[n % 26]
        + letters[n // 26 % 26]
        + letters[n // 676 % 26]
        + letters[n // 17_576 % 26]
        + letters[n // 456_976 % 26]
        for n in range(count)
    )


CONTENTS: dict[str, Callable[[], str]] = {
    "NUL": lambda: "a\0b\0\0",
    "lone surrogates": lambda: "\ud800 and \udfff \udc80\ud800",
    "5 MB": lambda: "the usual text, " * 320_000,
    "a million words": lambda: words(1_000_000),
    "65,536 Chinese characters": lambda: "".join(map(chr, range(0x4E00, 0xA000))) * 4,
    "all CJK": lambda: "".join(chr(n) for n in range(0x20000, 0x30000)),
    "a word of 5 MB": lambda: "x" * 5_000_000,
    "a word of 5 MB of marks": lambda: "é" * 2_500_000,
    "only combining marks": lambda: "a" + "\u0301" * 100_000,
    "every character": lambda: "".join(chr(n) for n in range(1, 0x110000) if not 0xD800 <= n < 0xE000),
    "what a tsvector is made of": lambda: "'a':1A,2B & | ! <-> ( ) :* \\ '' \\' <b> </b> <!-- &amp; %s %(x)s $1 $$",
    "what COPY reads": lambda: "\\N \\. \t tab \n\\.\n \r\n \\x00 \\b",
    "numbers": lambda: "1e5x 1e400 -1.5e-7 0x1F 1/2 192.168.0.1 2026-02-01 " * 100,
    "URLs and paths": lambda: "https://a.b/c?d=e&f#g user@host.example /usr/lib/x.so C:\\y " * 100,
    "the same word": lambda: "same " * 300_000,
    "only signs": lambda: "!@#$%^&*()" * 10_000,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_any_text_is_stored_and_found(place: str, name: str) -> None:
    content = "beginnings " + CONTENTS[name]()
    kept = content.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if name == "lone surrogates" else content
    with thoughtsearch.open(place) as store:
        one = store.add(content)
        assert store.add_many([{"thought_content": content}]) == 1
        assert {hit.id for hit in store.search("beginning")} == {one, one + 1}
        for ident in (one, one + 1):
            thought = store.get(ident)
            assert thought is not None
            if name == "lone surrogates":
                assert thought.thought_content.count("\ufffd") == 4
            else:
                assert thought.thought_content == kept.replace("\0", "\ufffd")
        assert store.stats()["indexed"] == 2


def test_the_other_columns_hold_anything_too(place: str) -> None:
    hostile = "\0\ud800'\"\\{}%s 検索"
    clean = "\ufffd\ufffd'\"\\{}%s 検索"
    thought = Thought(
        thought_content="beginnings",
        ai_id=-(2**63) + 1,
        session_id=2**63 - 1,
        cycle_number=0,
        thought_type=hostile + "t" * 100_000,
        tags=(hostile, "g" * 100_000, "NULL", "\\N", "{}", '"'),
        metadata={hostile: {hostile: [hostile, 0.1, -0.0, None, 10**400]}, "": {"": ""}, "long": "m" * 1_000_000},
    )

    async def stored() -> int:
        async with thoughtsearch.aopen(place) as store:
            await store.add_many([thought])
            return await store.add(thought)

    assert asyncio.run(stored()) == 2
    with thoughtsearch.open(place) as store:
        page = store.search("beginnings", where={"long": "m" * 1_000_000})
        assert [hit.id for hit in page] == [2, 1]
        for hit in page:
            got = hit.thought
            assert (got.ai_id, got.session_id, got.thought_type) == (-(2**63) + 1, 2**63 - 1, clean + "t" * 100_000)
            assert got.tags == (clean, "g" * 100_000, "NULL", "\\N", "{}", '"')
            assert got.metadata == {
                clean: {clean: [clean, 0.1, 0.0, None, 10**400]},
                "": {"": ""},
                "long": "m" * 1_000_000,
            }
        for tag in got.tags:
            assert len(store.search(tags=[tag])) == 2
        assert len(store.search(thought_type=got.thought_type)) == 2


def test_numbers_in_the_metadata_take_no_time(place: str) -> None:
    """Whether a number can be stored was once found out by computing the largest that can, for milliseconds each."""

    with thoughtsearch.open(place) as store:
        began = time.monotonic()
        store.add_many({"thought_content": "x", "metadata": {"step": n}} for n in range(900))
        assert time.monotonic() - began < 3


def test_many_words_in_one_question(place: str) -> None:
    with thoughtsearch.open(place) as store:
        store.add("beginnings of everything")
        assert len(store.search("beginnings " + words(5_000))) == 1
        assert len(store.search("beginnings " + "x" * 1_000_000)) == 1
        assert store.search("'" * 1_000 + "\0\ud800").hits == ()
