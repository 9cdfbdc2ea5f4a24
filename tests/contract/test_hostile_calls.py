"""Whatever a public function is called with, only errors of ours leave it, each in a sentence that a person can read.

`HYPOTHESIS_PROFILE=thorough` makes thousands of calls of each; set THOUGHTSEARCH_CALLS for another number.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings

import thoughtsearch
from tests import hostile
from tests.hostile import Call, Mine
from tests.world import Fresh, World
from thoughtsearch import AsyncStore, CursorError, InputError, Store, ThoughtsearchError, default
from thoughtsearch.store import open as open_store

_EXAMPLES = int(os.environ.get("THOUGHTSEARCH_CALLS", 0))
many = settings(max_examples=_EXAMPLES) if _EXAMPLES else settings()
#: A sentence or two; an error of an embedder may quote another program's.
LONGEST = 600


@pytest.fixture(scope="module")
def place(fresh: Fresh) -> Iterator[World]:
    """A database with some thoughts, to which more are added."""
    with fresh() as made:
        made.store.add_many({"thought_content": f"wal {n}", "tags": ["wal"], "metadata": {"step": n}} for n in range(20))
        yield made


@pytest.fixture(scope="module")
def played_with(place: World) -> Store:
    """Its store."""
    return place.store


@pytest.fixture(scope="module")
def awaited(place: World) -> Iterator[Callable[[Call], Any]]:
    """Calls a method of its AsyncStore."""
    loop = asyncio.new_event_loop()

    async def opened() -> AsyncStore:
        store: AsyncStore = await thoughtsearch.aopen(place.url)
        return store

    store = loop.run_until_complete(opened())

    def call(asked: Call) -> Any:
        given, named = asked.arguments()
        return loop.run_until_complete(getattr(store, asked.method)(*given, **named))

    yield call
    loop.run_until_complete(store.close())
    loop.close()


def check(error: Exception) -> None:
    """It is one of ours, and says so in a sentence without a character that steers a terminal."""
    assert isinstance(error, ThoughtsearchError), error
    said = str(error)
    assert 10 < len(said) < LONGEST
    assert all(character.isprintable() or character == "\n" for character in said)
    assert "Error binding" not in said and "cannot adapt" not in said  # noqa: PT018  # what drivers say of a wrong type


@many
@given(call=hostile.calls)
@example(Call("agent_id", ("1",)))
@example(Call("name_agents", ("surrogates",)))
@example(Call("name_agents", (("name", "deep list"),)))
@example(Call("search", ("text",), (("any_tags", "many"),)))
@example(Call("search", ("text",), (("where", "predicate of a path"),)))
@example(Call("search", ("meta of a path",)))
@example(Call("add", ("text",), (("tags", "many"),)))
@example(Call("add", ("text",), (("session_id", "unlike"),)))
@example(Call("add", ("text",), (("created_at", "zone that raises"),)))
@example(Call("search", ("text",), (("where", "-10**5000"),)))
def test_only_errors_of_ours_leave_a_store(played_with: Store, call: Call) -> None:
    given, named = call.arguments()
    try:
        getattr(played_with, call.method)(*given, **named)
    except Mine:
        assert call.method == "add_many"  # whoever makes the thoughts may fail: that is not our error
    except Exception as error:
        check(error)


@given(call=hostile.calls)
def test_only_errors_of_ours_leave_an_async_store(awaited: Callable[[Call], Any], call: Call) -> None:
    try:
        awaited(call)
    except Mine:
        assert call.method == "add_many"
    except Exception as error:
        check(error)


@given(call=hostile.openings)
@example(Call("open", ("None",), (("timeout", "10**400"),)))
@example(Call("open", ("None",), (("read_only", "text"),)))
@example(Call("open", ("None",), (("embedder", "raising str"),)))
@example(Call("open", ("PathLike that raises",)))
def test_only_errors_of_ours_leave_what_opens_a_store(tmp_path_factory: pytest.TempPathFactory, call: Call) -> None:
    folder = tmp_path_factory.mktemp("opened")

    def opened(given: list[Any], named: dict[str, Any]) -> None:
        open_store(*given, **named).close()

    async def awaited(given: list[Any], named: dict[str, Any]) -> None:
        async with thoughtsearch.aopen(*given, **named):
            pass

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("THOUGHTSEARCH_URL", str(folder / "default.db"))
        for open_it in (opened, lambda *both: asyncio.run(awaited(*both))):
            try:
                open_it(*call.arguments())
            except Exception as error:  # noqa: PERF203
                check(error)


@given(call=hostile.calls.filter(lambda call: call.method in ("search", "add", "add_many")))
def test_only_errors_of_ours_leave_the_functions_of_the_module(played_with: Store, call: Call) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "default_store", lambda: played_with)
        try:
            given, named = call.arguments()
            getattr(thoughtsearch, call.method)(*given, **named)
        except Mine:
            assert call.method == "add_many"
        except Exception as error:
            check(error)


def test_what_the_makers_of_thoughts_raise_is_passed_on(played_with: Store) -> None:
    def thoughts() -> Iterator[Any]:
        yield {"thought_content": "one"}
        raise Mine("the disk of theirs is full")

    with pytest.raises(Mine, match="of theirs"):
        played_with.add_many(thoughts())


def test_a_filter_takes_only_so_many_tags_and_conditions(played_with: Store) -> None:
    names = [f"t{n}" for n in range(10_001)]
    many_tags: dict[str, Any] = dict.fromkeys(("tags", "any_tags", "not_tags"), names)
    for option in many_tags:
        with pytest.raises(InputError, match=f"{option} takes up to 10,000 texts; got 10001"):
            played_with.search("wal", **{option: many_tags[option]})
    for where in ([{name: 1} for name in names[:1_001]], {"$or": [{name: 1} for name in names[:1_001]]}):
        with pytest.raises(InputError, match="where takes up to 64 different conditions; got 1,001"):
            played_with.search("wal", where=where)
    assert len(played_with.search("wal", any_tags=["wal", *names[:1_000]])) == 10
    assert len(played_with.search("wal", not_tags=names[:1_000])) == 10


def test_a_thought_may_have_very_many_tags(played_with: Store) -> None:
    names = [f"many {n}" for n in range(70_000)]
    ident = played_with.add("with very many tags", tags=names)
    held = played_with.get(ident)
    assert held is not None
    assert sorted(held.tags) == sorted(names)
    assert [hit.id for hit in played_with.search(tags=["many 69999"])] == [ident]


def test_a_path_of_metadata_that_is_deeper_than_any(played_with: Store) -> None:
    # Metadata nests no deeper than 100 levels: a longer path leads nowhere, however long it is.
    for keys in (100, 101, 5_000):
        path = ".".join(["k"] * keys)
        assert not played_with.search("wal", where={path: 1})
        assert not played_with.search("wal", where=path + ">=1")
        assert not played_with.search("", where={path: {"$exists": True}})
        assert not played_with.search(f"wal meta.{path}:1")


def test_thousands_of_times_are_one_interval(played_with: Store) -> None:
    assert not played_with.search(" ".join(f"since:{days}d" for days in range(2_000, 0, -1)) + " until:2001-01-01")
    assert played_with.search(" ".join(f"since:{days}d" for days in range(1, 2_000)))


@pytest.mark.parametrize("option", ["total", "explain", "strict"])
@pytest.mark.parametrize("given", ["no", 1, None, [], b""])
def test_what_is_neither_true_nor_false(played_with: Store, option: Any, given: Any) -> None:
    with pytest.raises(InputError, match=f"{option} takes True or False"):
        played_with.search("wal", **{option: given})


def test_a_set_in_a_filter_makes_the_same_cursor_in_every_process(played_with: Store) -> None:
    values = [f"v{n}" for n in range(50)]
    for listed in (set(values), {*values[25:], *values}, frozenset(values)):
        where = {"other": {"$nin": listed}}
        page = played_with.search("wal", limit=1, where=where)
        assert played_with.search("wal", limit=1, cursor=page.next_cursor, where=where)
    with pytest.raises(CursorError):
        played_with.search("wal", cursor=page.next_cursor, where={"other": {"$nin": {"v1"}}})


def test_stored_names_of_agents_make_no_long_sentence_and_steer_no_terminal(fresh: Fresh) -> None:
    with fresh() as world:
        world.store.name_agents({number: f"\x1b[31m{number}" + "x" * 10_000 for number in range(9)})
        with pytest.raises(InputError) as caught:
            world.store.agent_id("Nobody")
        check(caught.value)
        (warning,) = world.store.search("x", ai="Nobody").warnings
        assert len(warning) < LONGEST
        assert "\x1b" not in warning


def test_names_of_agents_are_checked(played_with: Store) -> None:
    played_with.name_agents({99: "Ada\ud800"})
    assert played_with.agents()[99] == "Ada\ufffd"
    assert played_with.agent_id("Ada\ud800") == 99
    for wrong in ([(1, "x")], {"1": "x"}, {1: None}, {1: " "}, {2**63: "x"}, {True: "x"}, None):
        with pytest.raises(InputError, match="got"):
            played_with.name_agents(wrong)  # type: ignore[arg-type]
