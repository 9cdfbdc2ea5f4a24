"""Thoughts and queries at random, from a vocabulary small enough that they meet."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

WORDS = (
    *("index", "indexes", "indexing", "indexed", "run", "running", "runs", "lock", "locked", "the", "of", "a"),
    *("wal", "WAL", "sqlite", "don't", "multi-agent", "ADR-016", "C++", "c#", "foo.bar", "v1.2.3", "E0308"),
    *("user@host.com", "/usr/local/bin", "a_b", "x", "7", "café", "cafe", "naïve", "Straße", "ÅNGSTRÖM", "İstanbul"),
    *("индекс", "Индексы", "ёлка", "λόγος", "Λόγος", "βάση", "日本", "日本語", "本", "検索", "検索エンジン", "データ"),
    *(
        "データベース",
        "カ",
        "ひらがな",
        "は",
        "한국어",
        "한국",
        "검색",
        "中文搜索",
        "𠀋",
        "ﾃﾞｰﾀ",
        "e\u0301",
        "क्षि",
        "ไทย",
        "שלום",
        "سلام",
    ),
    *("🚀", "👍🏽", "->", "!", "…", "--", "(", ")", '"', "'", "*", ":", "`code`", "NOT", "AND", "OR", "NEAR"),
)
BLANKS = (" ", " ", " ", "", "\n", ", ", "-", ".", "\u3000", "\t", "、", "\u00a0")
TAGS = ("sqlite", "wal", "a b", "日本", "Tag", "tag", "x'y", 'q"r', "%", "[", "é", "back\\slash")
TYPES = ("insight", "Insight", "question", "検索", "run", "", "two words")
KEYS = ("step", "status", "a.b", "", "%", "$", 'k"q', "é", "model", "back\\slash", "name", "0")

words = st.sampled_from(WORDS)


@st.composite
def texts(draw: st.DrawFn, most: int = 12) -> str:
    """A text of a few of the words, joined by anything."""
    parts = draw(st.lists(st.tuples(words, st.sampled_from(BLANKS)), min_size=1, max_size=most))
    return "".join(word + blank for word, blank in parts)


_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, 2**63, 10**30, -(2**63), 0.1, 1.0, -0.0, 1.5, 1e300, 5e-324]),
)
scalars = st.one_of(
    numbers,
    st.booleans(),
    st.none(),
    st.sampled_from(["1", "2", "1.0", "done", "DONE", "", "true", "null", "é", 'q"', "\\"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=5,
)
_HOSTILE = (
    *(None, "", "{}", "[]", "null", "7", '"step"', "not json", "{", "NaN", '{"step": NaN}', '{"step": Infinity}'),
    *('{"step": 1e400}', '{"step": -1e400}', '{"step": 1E-400}', '{"step": "1"}', '{"step": 9223372036854775808}'),
    *('{"step": 1, "step": 2}', '{"step": {"step": 1}, "step": 3}', '{"step": 0.1000000000000000000001}', '{"step": 1.0}'),
    *('{"st\\u0065p": 1}', '{"step": "d\\u006fne"}', ' {"step":1} ', '{"step": [1, "1", true, null, [1], {"a": 1}]}'),
    *('{"a.b": 1, "a": {"b": 2}}', '{"": 1}', '{"": {"": 2}}', '{"step": tru}', '{"step": 1,}', "{'step': 1}", "\ufeff{}"),
    *('{"step": ' + "[" * 60 + "]" * 60 + "}", '{"step": "\\ud800"}', '{"step": 01}', '{"step": -0}', '{"step":1}x'),
    *('{"step": ' + "9" * 400 + "}", '{"step": 1e999999999999999999999}', '{"status": "do\\"ne"}', '{"k\\"q": 1}'),
)
metadata = st.one_of(
    st.sampled_from(_HOSTILE),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4).map(json.dumps),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4).map(lambda one: json.dumps(one, ensure_ascii=False)),
    st.dictionaries(st.just("step"), scalars, min_size=1).map(json.dumps),
)

DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
moments = st.one_of(
    st.integers(-3, 3).map(lambda days: DAY + timedelta(days=days)),
    st.integers(-90, 90).map(lambda minutes: DAY + timedelta(minutes=minutes)),
    st.integers(-3, 3).map(lambda step: DAY + timedelta(microseconds=step)),
)
_FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S.%f+00:00",
    "%Y-%m-%dT%H:%M:%S+0100",
    "%Y-%m-%dT%H:%M:%S,%f-05",
    "%Y-%m-%d %H:%M:%S.%f+05:30",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%MZ",
)
_BAD_TIMES = (
    None,
    "",
    "yesterday",
    "garbage",
    "2026",
    "2026-13-45",
    "2026-01-01T99:00:00",
    "12:00",
    "2026-01-01 10:00:00 UTC",
    1767225600,
)
times = st.one_of(
    st.sampled_from(_BAD_TIMES), st.builds(lambda moment, form: moment.strftime(form), moments, st.sampled_from(_FORMS))
)
#: No tag twice: see test_tags_written_twice_count_in_the_explanation_as_in_the_score.
tags = st.one_of(
    st.none(),
    st.lists(st.sampled_from(TAGS), max_size=4, unique=True).map(",".join),
    st.lists(st.sampled_from(TAGS), max_size=3, unique=True).map(" , ".join),
    st.sampled_from(["", ",", " ", ",sqlite,,wal,", " sqlite", '["sqlite"]', "\tsqlite"]),
)


def rows(content: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """The columns of a thought, as a careless foreign writer fills them."""
    return st.fixed_dictionaries(
        {
            "ai_id": st.integers(1, 3),
            "session_id": st.none() | st.integers(1, 2),
            "cycle_number": st.none() | st.integers(-1, 4),
            "thought_content": st.one_of(texts(), texts(), _any_text) if content is None else content,
            "thought_type": st.none() | st.sampled_from(TYPES),
            "tags": tags,
            "metadata": metadata,
            "created_at": times,
        }
    )


def many_rows(least: int = 1, most: int = 10) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Several."""
    return st.lists(rows(), min_size=least, max_size=most)
