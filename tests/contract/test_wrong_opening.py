"""What can't be opened or taken is refused in a sentence, whatever its type."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

import thoughtsearch
from thoughtsearch import InputError, Store
from thoughtsearch.location import Location, _say_ignored, locate, parse, redacted


@pytest.mark.parametrize("named", [b"x.db", True, 3, "", " ", "a\0b", "\ud800.db", object()])
def test_what_names_no_database(named: Any) -> None:
    with pytest.raises(InputError, match="named by a file's path or a URL; got"):
        thoughtsearch.open(named)


@pytest.mark.parametrize(
    ("kind", "url", "said"),
    [
        ("postgresql", None, "DATABASE_URL is not set"),
        ("postgresql", "sqlite:///x.db", "DATABASE_URL names sqlite"),
        ("sqlite", "postgresql://a@b/c", "DATABASE_URL names postgresql"),
        ("oracle", "oracle://a", "DATABASE_TYPE is sqlite or postgresql"),
    ],
)
def test_an_environment_that_contradicts_itself(
    monkeypatch: pytest.MonkeyPatch, kind: str, url: str | None, said: str
) -> None:
    monkeypatch.setenv("DATABASE_TYPE", kind)
    if url:
        monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(InputError, match=said):
        thoughtsearch.open()


@pytest.mark.parametrize("timeout", [None, "3", -1, float("nan"), True])
def test_what_is_no_timeout(timeout: Any) -> None:
    with pytest.raises(InputError, match="number of seconds"):
        thoughtsearch.open(":memory:", timeout=timeout)


@pytest.mark.parametrize("records", [None, 3, "a text", {"thought_content": "one"}])
def test_what_is_no_collection_of_thoughts(store: Store, records: Any) -> None:
    with pytest.raises(InputError, match="iterable of thoughts"):
        store.add_many(records)


SECRET = "s3cret"
MISDIRECTED = [
    f"host=db.example dbname=thoughts user=me password={SECRET}",
    f" dbname=thoughts password='{SECRET} with blanks'",
    "dbname=thoughts",
    f"Server=db.example;Database=thoughts;User Id=me;Password={SECRET}",
    f"postgresql//me:{SECRET}@db.example/thoughts",
    f"postgresql:/me:{SECRET}@db.example/thoughts",
    f"postgres:/me:{SECRET}@db.example/thoughts",
    f"POSTGRESQL:me:{SECRET}@db.example",
    f"postgres: //me:{SECRET}@db.example",
    f"postgresql+asyncpg://me:{SECRET}@db.example/thoughts",
    f"postgresql+psycopg://me:{SECRET}@db.example/thoughts",
    f"postgresq://me:{SECRET}@db.example/thoughts",
    f"jdbc:postgresql://me:{SECRET}@db.example/thoughts",
    f"mysql://me:{SECRET}@db.example/thoughts",
    f"me:{SECRET}@db.example/thoughts",
    f"//me:{SECRET}@db.example/thoughts",
    f"sqlite://me:{SECRET}@db.example/thoughts.db",
    f"sqlite:///me:{SECRET}@db.example/thoughts.db",
    f"sqlite//me:{SECRET}@thoughts.db",
    "sqlite:thoughts.db",
    "sqlite+pysqlite:///thoughts.db",
    "sqlite:///thoughts.db?mode=ro",
    "file:thoughts.db?mode=ro",
]


@pytest.mark.parametrize("text", MISDIRECTED)
def test_what_was_meant_for_a_server_makes_no_file_and_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        thoughtsearch.open(text)
    assert SECRET not in str(refused.value)
    assert "sqlite:///" in str(refused.value) or "postgresql://" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("run=3.db", "run=3.db"),
        ("./host=3.db", "host=3.db"),
        ("sqlite/x.db", "sqlite/x.db"),
        ("a@b.db", "a@b.db"),
        (r"C:\Users\me@work\x.db", r"C:\Users\me@work\x.db"),
        ("sqlite:///a%20b.db", "a b.db"),
        ("sqlite:////tmp/x.db", "/tmp/x.db"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_names_of_files_that_only_look_a_little_like_it(text: str, target: str) -> None:
    assert parse(text) == Location("sqlite", target)


def test_no_message_shows_a_password() -> None:
    assert SECRET not in repr(parse(f"postgresql://me:{SECRET}@db.example/thoughts"))
    assert redacted(f"There is no file host=x password={SECRET} y") == "There is no file host=x password=*** y"
    with pytest.raises(InputError) as refused:
        thoughtsearch.open(f"\0postgresql://me:{SECRET}@h")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("ssl=require", "no parameter 'ssl'; write sslmode=require"),
        ("schema=public", "no parameter 'schema'; write options=-csearch_path%3DNAME"),
        ("connect_timeout=3&pgbouncer=true", "no parameter 'pgbouncer'; leave it out"),
    ],
)
def test_a_parameter_of_another_program_is_named(parameter: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        thoughtsearch.open(f"postgresql://me@localhost:1/thoughts?{parameter}")


@pytest.mark.parametrize("url", [f"postgresql://me:a/b?{SECRET}=x@h/d", f"postgresql://h/d?password=a&{SECRET}=x"])
def test_what_may_be_a_piece_of_a_password_is_not_named(url: str) -> None:
    with pytest.raises(InputError) as refused:
        thoughtsearch.open(url)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"POSTGRES_DB": "brain"}, "postgresql:///brain?host=localhost"),
        (
            {"POSTGRES_HOST": "/run/pg", "POSTGRES_PORT": "5433", "POSTGRES_USER": "me", "POSTGRES_PASSWORD": "a/b@c&d"},
            "postgresql:///cloudbrain?host=%2Frun%2Fpg&port=5433&user=me&password=a%2Fb%40c%26d",
        ),
        ({"POSTGRES_DB": "brain", "DATABASE_URL": "postgresql://h/d"}, "postgresql://h/d"),
    ],
)
def test_what_cloudbrain_sets_names_the_server(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], url: str) -> None:
    monkeypatch.setenv("DATABASE_TYPE", "postgresql")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert locate().target == url


@pytest.mark.parametrize("name", ["DATABASE_URL", "POSTGRES_HOST", "POSTGRES_DB"])
def test_what_is_not_read_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv(name, f"postgresql://me:{SECRET}@h/d")
    _say_ignored.cache_clear()
    with caplog.at_level(logging.WARNING, "thoughtsearch"):
        assert locate().is_default
        assert locate().is_default
    (said,) = caplog.messages
    assert said.startswith(f"{name}: not read, because DATABASE_TYPE is not set; the thoughts are in {tmp_path}")
    assert SECRET not in said
