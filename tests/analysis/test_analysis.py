"""The analyser against FTS5 itself, fed as the store feeds it: by triggers that read the view."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools import probe_unicode61
from thoughtsearch.text import (
    INDEXED_CHARACTERS,
    STOP_WORDS,
    fold,
    has_cjk,
    next_token,
    runs,
    stem,
    term,
    terms,
    token_at,
    tokens,
    unicode61,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEW = Path(__file__).parents[2] / "sql" / "sqlite" / "migrations" / "0002_text_view.sql"
SCHEMA = """
CREATE TABLE ai_thought_history (
  id INTEGER PRIMARY KEY, thought_content TEXT NOT NULL, thought_type TEXT, tags TEXT
);
CREATE VIRTUAL TABLE thought USING fts5(
  thought_content, thought_type, tags, content='ai_thought_history_text', content_rowid='id',
  tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE instance USING fts5vocab(thought, 'instance');
CREATE TRIGGER inserted AFTER INSERT ON ai_thought_history BEGIN
  INSERT INTO thought (rowid, thought_content, thought_type, tags)
  SELECT id, thought_content, thought_type, tags FROM ai_thought_history_text WHERE id = new.id;
END;
CREATE TRIGGER deleted BEFORE DELETE ON ai_thought_history BEGIN
  INSERT INTO thought (thought, rowid, thought_content, thought_type, tags)
  SELECT 'delete', id, thought_content, thought_type, tags FROM ai_thought_history_text WHERE id = old.id;
END;
"""


class Index:
    """One thought at a time, its view and its tokens."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")
        # The stemmer works on bytes and may leave half a character behind.
        self.database.text_factory = lambda value: value.decode("utf-8", "replace")
        self.database.executescript(VIEW.read_text("utf-8"))
        self.database.executescript(SCHEMA)

    def put(self, content: str | bytes, kind: str | None = None, tags: str | None = None) -> None:
        self.database.execute("DELETE FROM ai_thought_history")
        self.database.execute("INSERT INTO ai_thought_history VALUES (1, ?, ?, ?)", (content, kind, tags))

    def spelled(self) -> tuple[str | None, ...]:
        row: tuple[str | None, ...] = self.database.execute(
            "SELECT thought_content, thought_type, tags FROM ai_thought_history_text WHERE id = 1"
        ).fetchone()
        return row

    def stream(self, column: str = "thought_content") -> list[str]:
        query = "SELECT offset, term FROM instance WHERE col = ?"
        return [term for _, term in sorted(self.database.execute(query, (column,)))]

    def stream_of(self, content: str | bytes) -> list[str]:
        self.put(content)
        return self.stream()


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    index = Index()
    yield index
    index.database.close()


ENGLISH = (
    "relation",
    "hop",
    "agree",
    "control",
    "happ",
    "electri",
    "fall",
    "size",
    "sky",
    "bas",
    "a",
    "E",
    "New",
)
SUFFIXES = """
ing ed eed s sses ies es ly y ational tional enci anci izer logi bli alli entli eli ousli ization ation ator
alism iveness fulness ousness aliti iviti biliti icate ative alize iciti ical ful ness al ance ence er ic able
ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize e ll at bl iz tt
""".split()  # noqa: SIM905 - a list of 60 quoted suffixes is harder to read
PIECES = st.one_of(
    st.sampled_from(ENGLISH),
    st.sampled_from(SUFFIXES),
    st.sampled_from([" ", " ", "-", "'", "’", ".", "\n", "_", "\u3000", "，"]),
    st.sampled_from(["é", "Å", "ñ", "İ", "ß", "ſ", "ệ", "e\u0301", "\u0301", "\u0327", "\u0345", "\u20d0"]),
    st.sampled_from(["Ωμέγα", "Σς", "Привет", "Ёж", "ԱԲ", "שלום", "हिन्दी", "က", "Ａｂ", "①", "²"]),
    st.sampled_from(["数据库", "搜", "々", "〇", "𠀀𪜶", "豈", "ひらがな", "カタカナー", "ｶﾞ", "ㇰ", "か\u3099", "・"]),
    st.sampled_from(["한국어", "각", "ㄱ", "ꥠ", "ힰ", "🤔", "👍🏽", "⚠\ufe0f", "\ue000", "\U000e0041"]),
    st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=3),
)
WRITING = st.lists(PIECES, max_size=30).map("".join)
ANYTHING = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
FUZZ = settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(text=WRITING | ANYTHING)
def test_terms_are_those_of_fts5(index: Index, text: str) -> None:
    assert terms(text) == index.stream_of(text)


@FUZZ
@given(text=WRITING | ANYTHING)
def test_tokens_point_at_what_they_stand_for(text: str) -> None:
    found = tokens(text)
    assert [token.term for token in found] == terms(text)
    assert all(terms(text[token.start : token.end])[0] == token.term for token in found)
    assert has_cjk(text) == any(run.cjk for run in runs(text))
    assert all(run.text == text[run.start : run.end] for run in runs(text))
    assert [t for run in runs(text) for t in terms(run.text)] == terms(text)
    assert all([term(run.text)] == terms(run.text) for run in runs(text) if not run.cjk)


@settings(FUZZ, max_examples=60)
@given(pieces=st.lists(st.tuples(PIECES, st.sampled_from([1, 7, 15, 16, 17, 255, 256, 1000])), max_size=6))
def test_long_texts_are_right_where_the_view_cuts_them(index: Index, pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * times for piece, times in pieces)
    assert terms(text) == index.stream_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SQLite数据库 rocks", ["sqlite", "数据", "据库", "库", "rock"]),
        ("库", ["库"]),
        ("か\u3099き", ["か", "き"]),
        ("ﾊﾝｶｸ", ["ﾊﾝ", "ﾝｶ", "ｶｸ", "ｸ"]),
        ("\u1100\u1161", ["\u1100\u1161", "\u1161"]),
        ("𠀀𪜶", ["𠀀𪜶", "𪜶"]),
        ("数\u0301b", ["数", "b"]),
        ("cafe\u0301 Café", ["cafe", "cafe"]),
        ("a" + "\u1000ed", ["a\ufffd"]),
        ("relational " + "a" * 61 + "ing " + "a" * 62 + "ing", ["relat", "a" * 61, "a" * 62 + "ing"]),
        ("a" * 40_000 + " b", ["a" * 32_768, "b"]),
        ("x" + "é" * 40_000, ["x" + "e" * 32_767]),
        ("б" * 40_000, ["б" * 16_384]),
        ("数", ["数"]),
        ("", []),
    ],
)
def test_particular_texts(index: Index, text: str, expected: list[str]) -> None:
    assert terms(text) == expected
    assert index.stream_of(text) == expected


@pytest.mark.parametrize("filling", ["数据", "ab ", "é ", "𠀀", "数b"])
@pytest.mark.parametrize("ahead", [0, 1])
def test_nothing_beyond_the_limit_is_analysed(index: Index, filling: str, ahead: int) -> None:
    text = "," * ahead + filling * (INDEXED_CHARACTERS // len(filling) + 5)
    found = terms(text)
    assert found == index.stream_of(text)
    assert max(token.end for token in tokens(text)) <= INDEXED_CHARACTERS
    assert found == terms(text[:INDEXED_CHARACTERS])


def test_the_view_keeps_everything_but_the_runs(index: Index) -> None:
    index.put("a, 数据库b\n🤔 é库 c", "分析 plan", None)
    assert index.spelled() == ("a,  数据 据库 库 b\n🤔 é 库  c", " 分析 析  plan".lstrip(), None)
    assert index.stream("thought_type") == ["分析", "析", "plan"]
    index.put("plain", None, "标签,b")
    assert index.spelled() == ("plain", None, "标签 签 ,b")
    index.database.execute("INSERT INTO thought (thought, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("content", ["数据".encode(), b"\xff\xfe\xe6", b"", "ab\0cd", "\0", "数\0据", b"a\0\xe6\x95\xb0"])
def test_careless_contents_do_no_harm(index: Index, content: str | bytes) -> None:
    found = index.stream_of(content)
    if isinstance(content, str):
        assert terms(content) == found
    index.put("gone")
    index.database.execute("INSERT INTO thought (thought, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("condition", ["id = 1", "id > 1 AND id <= 9"])
def test_the_view_is_read_by_primary_key(index: Index, condition: str) -> None:
    plan = index.database.execute(f"EXPLAIN QUERY PLAN SELECT * FROM ai_thought_history_text WHERE {condition}")
    assert "SEARCH ai_thought_history USING INTEGER PRIMARY KEY" in plan.fetchone()[3]


def test_the_tables_are_what_fts5_says_of_every_code_point() -> None:
    for name, value in probe_unicode61.tables().items():
        assert getattr(unicode61, name) == value, name


def test_the_view_knows_the_same_cjk_characters() -> None:
    assert f"'[{unicode61.CJK}]'" in VIEW.read_text("utf-8")


def test_stems_of_every_short_beginning_with_every_suffix(index: Index) -> None:
    beginnings = ["".join(letters) for n in range(4) for letters in itertools.product("aebtslywé", repeat=n)]
    words = sorted({beginning + suffix for beginning in beginnings for suffix in SUFFIXES})
    for start in range(0, len(words), 9_000):
        batch = words[start : start + 9_000]
        assert index.stream_of(" ".join(batch)) == terms(" ".join(batch))
    assert stem("running") == "run"


def test_stop_words_are_single_lower_case_words() -> None:
    assert all([run.text for run in runs(word)] == [word.lower()] for word in STOP_WORDS)
    assert {"the", "of", "t", "ll", "isn"} <= STOP_WORDS


@FUZZ
@given(text=WRITING | ANYTHING)
def test_words_are_found_where_runs_begin(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert terms(folded) == terms(text)
    expected = {token.start: token for token in tokens(text)}
    for at in range(len(text)):
        found = token_at(text, at)
        assert (found is None) == (at not in expected)
        if found is not None:
            assert (found.start, found.end) == (at, expected[at].end)
            assert next_token(text, at) == at
