"""Words of every script are found, whoever wrote the row, and marked where they stand."""

from __future__ import annotations

import pytest

from tests.world import World

#: Script, a text, and what finds it with what of the text is then marked.
SCRIPTS: tuple[tuple[str, str, dict[str, list[str]]], ...] = (
    (
        "Latin",
        "The naïve café was Über-crowded",
        {"naive": ["naïve"], "CAFE": ["café"], "über": ["Über"], "uber*": ["Über"]},
    ),
    ("decomposed", "a cafe\u0301 there", {"café": ["cafe\u0301"], "cafe": ["cafe\u0301"]}),
    ("Greek", "Ο λόγος και η βάση", {"ΛΌΓΟΣ": ["λόγος"], "ΒΆΣΗ": ["βάση"], '"λόγος και"': ["λόγος και"]}),
    ("Cyrillic", "Индекс базы данных", {"индекс": ["Индекс"], "БАЗЫ": ["базы"], "данн*": ["данных"]}),
    (
        "Han",
        "我们使用搜索引擎来查找",
        {"搜索": ["搜索"], "引擎": ["引擎"], "查": ["查"], "找": ["找"], '"搜索引擎"': ["搜索引擎"]},
    ),
    (
        "Kana",
        "データベースをロックする",
        {"データベース": ["データベース"], "ロック": ["ロック"], "る": ["る"], "を": ["を"]},
    ),
    (
        "Kanji and kana",
        "検索エンジンの速さを測る",
        {"検索": ["検索"], "エンジン": ["エンジン"], "速": ["速"], "る": ["る"], "測る": ["測る"]},
    ),
    ("halfwidth", "ﾃﾞｰﾀ を見る", {"を見": ["を見"], "見": ["見"]}),
    ("Hangul", "데이터베이스 잠금 문제", {"데이터": ["데이터"], "잠금": ["잠금"], "제": ["제"], "베이스": ["베이스"]}),
    ("beyond the BMP", "漢字𠀋𠀌です", {"𠀋": ["𠀋"], "𠀋𠀌": ["𠀋𠀌"], "す": ["す"]}),
    (
        "mixed",
        "SQLiteのFTS5で全文検索、速い!",
        {"sqlite": ["SQLite"], "FTS5": ["FTS5"], "全文": ["全文"], "索": ["索"], "速い": ["速い"]},
    ),
    (
        "mixed words",
        "Übung мир 世界 kosmos",
        {"übung": ["Übung"], "мир": ["мир"], "世界": ["世界"], "界": ["界"], "kosmos": ["kosmos"]},
    ),
    ("Arabic", "هذا فهرس جديد", {"فهرس": ["فهرس"]}),
    ("Hebrew", "אינדקס חדש", {"חדש": ["חדש"]}),
    ("Thai", "ดัชนี ใหม่", {}),
)
CASES = [(name, text, query, marked) for name, text, queries in SCRIPTS for query, marked in queries.items()]


@pytest.mark.parametrize("writer", ["store", "foreign"])
@pytest.mark.parametrize(("name", "text", "query", "marked"), CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES])
def test_it_is_found_and_marked(world: World, writer: str, name: str, text: str, query: str, marked: list[str]) -> None:
    for content in ("something else", "别的東西", text, f"Before: {text} 🚀 after"):
        if writer == "store":
            world.say(content)
        else:
            world.write({"thought_content": content})
    results = world.store.search(query)
    assert sorted(hit.id for hit in results) == [3, 4]
    for hit in results:
        piece = hit.snippet
        content = hit.thought.thought_content
        assert [piece.text[start:end] for start, end in piece.highlights] == marked
        assert [content[piece.start + start : piece.start + end] for start, end in piece.highlights] == marked
        assert hit.score > 0
    assert world.found(query, match="all") == [3, 4]
    assert world.found(f"-{query}") == [1, 2]


@pytest.mark.parametrize("tag", ["日本", "データ", "мир", "café", "한국어"])
def test_tags_and_types_in_every_script_are_text_and_filters(world: World, tag: str) -> None:
    world.say("plain", "other")
    world.say("tagged", tags=[tag, "x"])
    world.say("typed", thought_type=tag)
    assert world.found(tag) == [3, 4]
    assert world.found(f"tag:{tag}") == [3]
    assert world.found(f"type:{tag}") == [4]


def test_a_cjk_phrase_is_found_inside_a_longer_run_and_not_across_a_break(world: World) -> None:
    world.say("全文検索", "全文、検索", "全文 検索", "検索全文")
    assert world.found('"全文検索"') == [1]
    assert world.found('"文検"') == [1]
    assert world.found('"全文 検索"') == [2, 3]
    assert world.found("全文検索") == [1, 2, 3, 4]
