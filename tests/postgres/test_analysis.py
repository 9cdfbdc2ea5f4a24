"""The analysis in SQL against that in Python, on every server, in a schema of a difficult name that no search_path has."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.analysis.test_analysis import ANYTHING, ENGLISH, SUFFIXES, WRITING
from tests.strategies import texts
from tests.tools import postgres_analysis
from tests.tools.probe_unicode61 import CODE_POINTS
from thoughtsearch.text import INDEXED_CHARACTERS, runs, stem, terms
from thoughtsearch.text.unicode61 import CJK, DIACRITIC, UNFOLDED, WORD

Columns = tuple[str | None, str | None, str | None]

SCHEMA = 'a "b" %s.c'
MOST_POSITIONS, LAST_POSITION = 255, 16_383
LONGEST_LEXEME = 1000

SEPARATORS = [chr(point) for point in range(1, 128) if not chr(point).isalnum()] + ["’", "—", "→", "\u00a0", "…"]
#: What the default parser of PostgreSQL would make more of than words.
TECHNICAL = """
www.postgresql.org:80/docs?a=b&c=d#e http://x.y/z a.b@c.de /usr/local/lib ~/x ../y C:\\z <b> </b> <!--x--> &amp; &#169;
-1.5e-10 +7 1e5 3e4s 12e3a5 v1.2.3 1.2.3.4 a-b-c foo_bar is-é 5-s it's \\' a:b:c x=y [z] {q} |p| $1 100% 0x1F is as 5s ey
""".split()  # noqa: SIM905 - a list of 50 quoted words is harder to read
LETTERS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789ABEeiosy"), max_size=3)
WORDS = st.lists(st.sampled_from([*ENGLISH, *SUFFIXES]) | LETTERS, max_size=4).map("".join)
ASCII = st.lists(WORDS | st.sampled_from([*SEPARATORS, *TECHNICAL, " "]), max_size=20).map("".join)
ANY_TEXT = texts() | WRITING | ANYTHING | ASCII
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def expected_lexeme(term: str) -> str:
    written = term.encode()
    if len(written) <= LONGEST_LEXEME:
        return term
    return written[:900].decode("utf-8", "ignore") + md5(written).hexdigest()


def expected_terms(text: str | None) -> list[str]:
    return [*map(expected_lexeme, terms(text or ""))]


def expected_vector(columns: Columns) -> dict[str, list[int]]:
    """Each lexeme's positions. One position stays empty behind a column."""
    found: dict[str, list[int]] = {}
    ahead = 0
    for column in columns:
        analysed = expected_terms(column)
        for position, lexeme in enumerate(analysed, ahead + 1):
            positions = found.setdefault(lexeme, [])
            if len(positions) < MOST_POSITIONS and positions[-1:] != [LAST_POSITION]:
                positions.append(min(position, LAST_POSITION))
        ahead += len(analysed) + 1
    return found


class Analysis:
    """The functions of one database."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        schema = sql.Identifier(SCHEMA)
        self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        self._schema = schema.as_string() + "."
        migration = postgres_analysis.MIGRATION.read_text("utf-8")
        with self.connection.transaction():
            self.run(migration)
        self.run("SET search_path = ''")
        self.run("SET client_min_messages = error")
        self.run("SET statement_timeout = '60s'")

    def run(self, statement: str, *parameters: object) -> list[Any]:
        text = statement.replace("/*schema*/", self._schema.replace("%", "%%") if parameters else self._schema)
        cursor = self.connection.execute(text.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def terms(self, text: str | None) -> list[str]:
        found: list[str] = self.run("SELECT /*schema*/thoughtsearch_terms(%s)", text)[0][0]
        return found

    def tokens(self, text: str | None) -> str:
        found: str = self.run("SELECT /*schema*/thoughtsearch_tokens(%s)", text)[0][0]
        return found

    def length(self, *columns: str | None) -> int:
        found: int = self.run("SELECT /*schema*/thoughtsearch_length(%s, %s, %s)", *columns)[0][0]
        return found

    def vector(self, *columns: str | None) -> dict[str, list[int]]:
        rows = self.run(
            "SELECT lexeme, positions FROM pg_catalog.unnest(/*schema*/thoughtsearch_vector(%s, %s, %s))", *columns
        )
        return dict(rows)

    def check(self, *columns: str | None) -> None:
        """All of it is as in Python."""
        content, kind, tags = columns
        assert self.terms(content) == expected_terms(content)
        assert self.vector(content, kind, tags) == expected_vector((content, kind, tags))
        assert self.length(content, kind, tags) == sum(len(expected_terms(column)) for column in columns)


@pytest.fixture
def analysis(database: str) -> Iterator[Analysis]:
    analysis = Analysis(database)
    yield analysis
    analysis.connection.close()


def test_the_migration_holds_the_tables() -> None:
    migration = postgres_analysis.MIGRATION.read_text("utf-8")
    assert postgres_analysis.written(migration) == migration


def test_what_is_foreign_is_every_token_character_outside_ascii() -> None:
    foreign = {*postgres_analysis.points(postgres_analysis.FOREIGN)}
    pattern = re.compile(f"[{CJK}{DIACRITIC}{WORD}]")
    assert foreign == {point for point in CODE_POINTS if pattern.match(chr(point))}


@FUZZ
@given(content=ANY_TEXT, kind=st.none() | ANY_TEXT, tags=st.none() | ANY_TEXT)
def test_any_text_is_analysed_as_in_python(analysis: Analysis, content: str, kind: str | None, tags: str | None) -> None:
    analysis.check(content, kind, tags)
    assert analysis.terms(analysis.tokens(content)) == analysis.terms(content) or any(run.cjk for run in runs(content))
    assert re.fullmatch("(?:[^ ]+(?: [^ ]+)*)?", analysis.tokens(content))


@settings(FUZZ, max_examples=20)
@given(pieces=st.lists(st.tuples(ANY_TEXT, st.sampled_from([1, 15, 64, 65, 256, 1000, 20_000])), max_size=5))
def test_long_texts(analysis: Analysis, pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * min(times, 1 + 200_000 // (1 + len(piece))) for piece, times in pieces)
    analysis.check(text, None, text[:1000])


def test_every_code_point(analysis: Analysis) -> None:
    for start in range(0, len(CODE_POINTS), 16_384):
        characters = [chr(point) for point in CODE_POINTS[start : start + 16_384]]
        text = " ".join(f"x{character}я" for character in characters)  # nothing for the stemmer, which takes its time
        assert analysis.terms(text) == terms(text), hex(start)
        assert analysis.length(text, None, "".join(characters)) == len(terms(text)) + len(terms("".join(characters)))


def test_words_of_every_short_beginning_with_every_suffix(analysis: Analysis) -> None:
    beginnings = ["".join(letters) for n in range(4) for letters in itertools.product("aebtslyckμ5", repeat=n)]
    endings = [*SUFFIXES, "eds", "ings", "bly", "blies", "blying", "blyed", "logy", "logies", "cced", "hhings", "yying", ""]
    words = sorted({beginning + ending for beginning in beginnings for ending in endings} - {""})
    for start in range(0, len(words), 6_000):
        batch = words[start : start + 6_000]
        assert analysis.terms(" ".join(batch)) == [*map(stem, batch)]
        ascii_batch = [word for word in batch if word.isascii()]
        assert {*analysis.vector(" ".join(ascii_batch), None, None)} == {*map(stem, ascii_batch)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("", []),
        ("  ,\n—\u0301 ", []),
        ("is as us js 5s ss ey by", ["is", "as", "us", "js", "5s", "ss", "ey", "by"]),
        ("possibly assemblies analogy logged trekking", ["possibl", "assembl", "analog", "log", "trek"]),
        ("ies sses eed eeds ied feed", ["ie", "sse", "e", "e", "i", "feed"]),
        ("Https://WWW.Ex-Ample.com/a_b?c=1.5e-3", ["http", "www", "ex", "ampl", "com", "a", "b", "c", "1", "5e", "3"]),
        ("3e4s 12e3a 1e5 007 -1", ["3e4", "12e3a", "1e5", "007", "1"]),
        ("<b>bold</b> &amp; it's", ["b", "bold", "b", "amp", "it", "s"]),
        ("SQLite数据库 rocks 数\u0301b", ["sqlite", "数据", "据库", "库", "rock", "数", "b"]),
        ("cafe\u0301 Café ΣΊΣΥΦΟΣ İI ſ K", ["cafe", "cafe", "σίσυφοσ", "ii", "s", "k"]),
        ("a\u1000ed a\u1000\u1001ed μyyed", ["a\ufffd", "a\u1000\u1001", "μy"]),
        ("a" * 61 + "ing " + "a" * 62 + "ing", ["a" * 61, "a" * 62 + "ing"]),
        ("\x01a\x01\x7fb数\x01数据", ["a", "b", "数", "数据", "据"]),
    ],
)
def test_particular_texts(analysis: Analysis, text: str | None, expected: list[str]) -> None:
    assert analysis.terms(text) == expected
    analysis.check(text, None, None)
    analysis.check("x", text, text)


@pytest.mark.parametrize(
    "word",
    ["a" * 1000, "a" * 1001, "ab" * 500 + "ings", "é" * 1001, "я" * 501, "x" + "я" * 20_000, "\U00010400" * 9_000]
    + ["y" * ahead + "က" * 20_000 for ahead in range(3)],
)
def test_terms_that_are_too_long_for_a_lexeme_are_cut_and_told_apart(analysis: Analysis, word: str) -> None:
    analysis.check(f"one {word} two", word, None)
    assert analysis.terms(word + "b") != analysis.terms(word + "c") or len(word.encode()) >= 32_768


def test_no_phrase_spans_two_columns(analysis: Analysis) -> None:
    def found(query: str, *columns: str | None) -> bool:
        statement = "SELECT /*schema*/thoughtsearch_vector(%s, %s, %s) OPERATOR(pg_catalog.@@) %s::pg_catalog.tsquery"
        return bool(analysis.run(statement, *columns, query)[0][0])

    for one, two in (("a", "b"), ("数", "据"), ("a", "数")):
        assert found(f"{one} <-> {two}", f"{one} {two}", None, None)
        assert not found(f"{one} <-> {two}", one, two, None)
        assert not found(f"{one} <-> {two}", None, one, two)
        assert found(f"{one} <2> {two}", None, one, two)
        assert not found(f"{one} <-> {two}", one, None, two)


CJK_CHARACTERS = [chr(point) for point in postgres_analysis.points(CJK)]
GIANTS: dict[str, Callable[[], str]] = {
    "a million distinct words": lambda: " ".join(f"w{number}" for number in range(1_000_000)),
    "one word of 5 MB": lambda: "a" * 5_000_000,
    "one foreign word": lambda: "é" * 2_500_000,
    "different CJK characters": lambda: "".join(CJK_CHARACTERS[: INDEXED_CHARACTERS + 10]),
    "different CJK characters of 4 bytes": lambda: "".join(one for one in CJK_CHARACTERS if one > "\uffff"),
    "every foldable letter": lambda: UNFOLDED * 100,
    "foreign words": lambda: " ".join(chr(point) for point in postgres_analysis.points(WORD)),
    "exceptions": lambda: " ".join(f"ab{number}bly" for number in range(9_000)),
    "letters": lambda: "b " * 40_000,
    "marks": lambda: "a" + "\u0301" * 70_000,
    "marks behind CJK characters": lambda: "数\u0301" * 40_000,
    "parts of suffixes": lambda: "abl" * 10_000 + "log" * 10_000 + "y" * 5_000,
    "separators": lambda: "— " * 40_000,
}


@pytest.mark.parametrize("name", GIANTS)
def test_no_thought_is_refused_for_its_size(analysis: Analysis, name: str) -> None:
    text = GIANTS[name]()
    analysis.run("SET statement_timeout = '20s'")
    analysis.check(text, None, None)
    analysis.check(text[:INDEXED_CHARACTERS], "insight", "a,b")
    # Three such columns may be more than a vector holds. Then it has the whole content and the beginnings of the others.
    found, expected = analysis.vector(text, text, text), expected_vector((text, text, text))
    assert found == expected or found == expected_vector((text, text[:4096], text[:4096]))
    assert analysis.length(text, text, text) == 3 * len(terms(text))


def test_generated_columns(analysis: Analysis) -> None:
    analysis.run("""
        CREATE TABLE /*schema*/thought (
            content text, kind text, tags text,
            vector tsvector GENERATED ALWAYS AS (/*schema*/thoughtsearch_vector(content, kind, tags)) STORED,
            length integer GENERATED ALWAYS AS (/*schema*/thoughtsearch_length(content, kind, tags)) STORED
        )
    """)
    analysis.run("CREATE INDEX ON /*schema*/thought USING gin (vector)")
    analysis.run("INSERT INTO /*schema*/thought VALUES ('Possibly running', 'insight', 'sqlite,wal'), (NULL, NULL, NULL)")
    assert analysis.run("SELECT vector::text, length FROM /*schema*/thought ORDER BY length") == [
        ("", 0),
        ("'insight':4 'possibl':1 'run':2 'sqlite':6 'wal':7", 5),
    ]


def test_all_functions_may_serve_an_index_and_a_parallel_scan(analysis: Analysis) -> None:
    rows = analysis.run(
        "SELECT proname, provolatile, proparallel FROM pg_catalog.pg_proc AS p"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = %s",
        SCHEMA,
    )
    assert rows
    assert {(name.partition("_")[0], *kinds) for name, *kinds in rows} == {("thoughtsearch", "i", "s")}


SAMPLE = (
    "It is as if Possibly trekking, Ístanbul IS İ; ey's 5s 数据库b ΣΙΣ straße Ёлка 3e4s é is-é I-i ŒUVRE ᾼ Ⅷ ａＢ ﬁ "
    + " ".join(TECHNICAL)
    + "".join(SEPARATORS)
    + " x".join(UNFOLDED)
)


@pytest.mark.parametrize("setting", ["standard_conforming_strings = off", "quote_all_identifiers = on"])
def test_settings_of_a_session_change_nothing(analysis: Analysis, setting: str) -> None:
    try:
        analysis.run(f"SET {setting}")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("This version has no such setting any more.")
    analysis.check(SAMPLE, SAMPLE.partition("é")[0], "is")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.UTF-8", "tr_TR.UTF-8"])
def test_the_locale_of_the_database_changes_nothing(database: str, locale: str) -> None:
    name = "in_" + re.sub(r"\W", "_", locale).lower()
    with psycopg.connect(database, autocommit=True) as connection:
        try:
            connection.execute(f"CREATE DATABASE {name} LOCALE '{locale}' ENCODING 'UTF8' TEMPLATE template0".encode())
        except psycopg.errors.InvalidParameterValue:
            pytest.skip("This system has no such locale.")
        except psycopg.errors.WrongObjectType:
            pytest.skip("This system has no such locale.")
        try:
            analysis = Analysis(urlunsplit(urlsplit(database)._replace(path=f"/{name}")))
            with analysis.connection:
                for text in (SAMPLE, SAMPLE.upper(), SAMPLE.lower(), SAMPLE.encode("ascii", "ignore").decode()):
                    analysis.check(text, "is", text)
        finally:
            connection.execute(f"DROP DATABASE {name}".encode())
