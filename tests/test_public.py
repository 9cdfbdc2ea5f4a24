"""What the package shows to the outside."""

from __future__ import annotations

import contextlib
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import thoughtsearch
from thoughtsearch import Store, ThoughtsearchError, errors

UNWANTED = (
    "asyncio",
    "sqlite_utils",
    "psycopg",
    "pgvector",
    "numpy",
    "hypothesis",
    "click",
    "concurrent.futures",
    "platformdirs",
)


def loaded(code: str) -> set[str]:
    """The modules that a fresh Python has loaded after the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", thoughtsearch.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(thoughtsearch, name)
    assert inspect.getdoc(found)
    if inspect.isclass(found):
        assert found.__doc__
        for member, value in vars(found).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{member}"


def test_the_public_names_are_sorted_and_complete() -> None:
    assert thoughtsearch.__all__ == sorted(thoughtsearch.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", thoughtsearch.__version__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = thoughtsearch.nothing_like_it


def test_the_tree_of_errors_is_as_drawn() -> None:
    drawn = re.findall(
        r"^ +([│├└─ ]*)(\w+)(?: \((\w+)\))? {2,}|^ +(ThoughtsearchError)$", errors.__doc__ or "", re.MULTILINE
    )
    parents: list[type] = [ThoughtsearchError]
    seen = {"ThoughtsearchError"}
    for branch, name, also, root in drawn:
        if root:
            continue
        depth = len(branch) // 4
        found = getattr(errors, name)
        assert found.__bases__[0] is parents[depth - 1]
        assert [base.__name__ for base in found.__bases__[1:]] == ([also] if also else [])
        parents[depth:] = [found]
        seen.add(name)
    there = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, Exception)}
    assert seen == there
    assert there <= set(thoughtsearch.__all__)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=2),
    st.tuples(st.none() | st.integers(), st.none() | st.integers()),
    st.datetimes(),
    st.dates(),
)
OPTIONS = tuple(thoughtsearch.query.arguments.SearchOptions.__annotations__)
COLUMNS = thoughtsearch.models.COLUMNS


@given(query=ANYTHING, options=st.dictionaries(st.sampled_from(OPTIONS), ANYTHING, max_size=3))
def test_no_argument_of_search_leaks_another_error(shared: Store, query: Any, options: dict[str, Any]) -> None:
    try:
        shared.search(query, **options)
    except ThoughtsearchError as error:
        assert str(error).strip()  # noqa: PT017  # that nothing else is raised is what is tested


@given(columns=st.dictionaries(st.sampled_from(COLUMNS), ANYTHING, max_size=4))
def test_no_record_leaks_another_error(shared: Store, columns: dict[str, Any]) -> None:
    try:
        shared.add_many([columns])
    except ThoughtsearchError as error:
        assert str(error).startswith("Record 0: ")  # noqa: PT017  # as above


@given(ident=ANYTHING, count=ANYTHING)
def test_no_id_leaks_another_error(shared: Store, ident: Any, count: Any) -> None:
    for call in (lambda: shared.get(ident), lambda: shared.around(ident), lambda: shared.around(1, count)):
        with contextlib.suppress(ThoughtsearchError):
            call()


def test_importing_loads_nothing_that_a_search_does_not_need() -> None:
    assert not loaded("import thoughtsearch") & set(UNWANTED)


def test_a_search_on_sqlite_loads_no_other_driver(tmp_path: Path) -> None:
    opened = f"thoughtsearch.open({str(tmp_path / 'x.db')!r})"
    code = f"import thoughtsearch\nwith {opened} as store: store.add('x'); store.search('x')"
    assert not loaded(code) & {"asyncio", "sqlite_utils", "psycopg", "pgvector", "numpy", "hypothesis", "click"}


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(thoughtsearch.__file__).parent / "py.typed").is_file()
