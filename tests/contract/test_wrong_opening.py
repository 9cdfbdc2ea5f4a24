"""What can't be opened or taken is refused in a sentence, whatever its type."""

from __future__ import annotations

from typing import Any

import pytest

import thoughtsearch
from thoughtsearch import InputError, Store


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
