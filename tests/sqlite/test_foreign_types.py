"""SQLite lets a writer put anything in any column: BLOBs, numbers and NULs are searched as the text they are read as."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sqlite.tools import INTEGRITY
from tests.world import World, sqlite_world
from thoughtsearch.query.match import match
from thoughtsearch.query.tree import CreatedIn, Literal, Node, Not, TagIs, TypeIs
from thoughtsearch.query.words import phrase

CELLS = (b"index wal", b"\xff\xfe index", 7, 7.5, "index\x00wal", "x\x00", b"a\x00index", "\x00index", b"")
WORDS = ("index", "wal", "7", "x")
NODES: tuple[Node, ...] = (
    *(Literal(word) for word in (*WORDS, "\x00")),
    *(TagIs(word) for word in ("index wal", "7", "7.5")),
    *(TypeIs(word) for word in ("index wal", "7", "7.5")),
    Not(TypeIs("7")),
    CreatedIn(None, None),
)


@pytest.fixture
def careless() -> Iterator[World]:
    with sqlite_world() as world:
        for cell in CELLS:
            columns = ("thought_content", "thought_type", "tags", "metadata", "created_at")
            world.write(dict.fromkeys(columns, cell), {"tags": cell, "created_at": cell})
        yield world


@pytest.mark.parametrize("node", [*NODES, *(phrase(word) for word in WORDS)], ids=str)
def test_every_type_is_searched_as_the_text_it_is_read_as(careless: World, node: Node) -> None:
    documents = careless.documents()
    found = sorted(ident for ident, _ in careless.ranked(node))
    assert found == [ident for ident, document in documents.items() if match(node, document)]


def test_the_index_holds_with_every_type(careless: World) -> None:
    careless.execute(INTEGRITY, ())
    careless.execute(
        "UPDATE ai_thought_history SET thought_content = tags, tags = thought_content WHERE tags IS NOT NULL", ()
    )
    careless.execute(INTEGRITY, ())
    careless.execute("DELETE FROM ai_thought_history", ())
    careless.execute(INTEGRITY, ())
    assert careless.execute("SELECT count(*) FROM ai_thought_history_vocab", ()) == [(0,)]


def test_a_search_shows_them_all(careless: World) -> None:
    results = careless.store.search("", limit=100, facets=["ai", "tags", "thought_type", "time"], total=True)
    assert results.total == len(results) == 2 * len(CELLS)
    assert results.to_dict()
    assert careless.store.search("index", explain=True).to_dict()


def test_a_text_that_is_no_utf8_is_shown_and_hinders_no_search(careless: World) -> None:
    broken = "CAST(x'ff20696e646578' AS TEXT)"
    columns = "ai_id, thought_content, thought_type, tags, metadata"
    careless.execute(f"INSERT INTO ai_thought_history ({columns}) VALUES (1, {', '.join([broken] * 4)})", ())
    (ident,) = careless.execute("SELECT max(id) FROM ai_thought_history", ())[0]
    results = careless.store.search("index", limit=100, facets=["tags", "thought_type"], explain=True)
    assert ident in [hit.id for hit in results]
    thought = careless.store.get(ident)
    assert thought is not None
    assert thought.thought_content == "\ufffd index"
