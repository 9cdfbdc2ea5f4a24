"""A transfer that is run again, into a target that is not empty, or beside other writers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.world import World, sqlite_world
from thoughtsearch import DatabaseError, InputError
from thoughtsearch.engines.contract.statement import Plan, Row
from thoughtsearch.engines.contract.transfer import Table, TransferDialect
from thoughtsearch.errors import DatabaseLocked, DatabaseUnavailable
from thoughtsearch.location import locate
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.side import _named

from .conftest import Ends, fill, job


def stored(ends: Ends, **options: bool) -> tuple[int, int]:
    """What a transfer stored, and what it found there."""
    report = ends.transfer(**options)
    assert report.equal, report.to_dict()
    assert report.copied is not None
    return report.copied.stored, report.copied.present


def contents(world: World) -> list[str]:
    return [thought.thought_content for thought in world.store.export()]


def test_again_takes_only_what_is_new(filled: Ends) -> None:
    assert stored(filled) == (120, 0)
    assert stored(filled) == (0, 0)
    filled.source.say("a new one")
    report = filled.transfer(verify_only=True)
    assert not report.equal
    assert [part.examples for part in report.ranges] == [(121,)]
    assert stored(filled) == (1, 0)


def test_the_same_thoughts_under_the_same_ids_stay(filled: Ends) -> None:
    filled.transfer()
    filled.target.execute("DELETE FROM thoughtsearch_state WHERE key <> 'statistics'", ())
    filled.source.say("a new one")
    assert stored(filled) == (1, 120)


def test_another_thought_under_the_same_id_is_a_conflict_before_anything_is_written(filled: Ends) -> None:
    filled.target.write({"id": 77, "thought_content": "mine"})
    with pytest.raises(InputError, match=r"Thought 77 of .* is another one .*nothing was stored.*--new-ids"):
        filled.transfer()
    assert contents(filled.target) == ["mine"]


def test_what_only_the_target_has_stays_and_is_reported(filled: Ends) -> None:
    filled.target.write({"id": 500, "thought_content": "mine"})
    report = filled.transfer()
    assert not report.equal
    assert (report.source.count, report.target.count) == (120, 121)
    assert [part.examples for part in report.ranges] == [(500,)]


def test_with_new_ids_all_come_behind_and_none_twice(filled: Ends) -> None:
    filled.target.say("mine")
    first = filled.transfer(new_ids=True, batch=50)
    assert first.equal
    assert first.copied is not None
    assert first.copied.stored == 120
    assert contents(filled.target) == ["mine", *contents(filled.source)]
    filled.source.say("a new one")
    filled.transfer(new_ids=True)
    assert contents(filled.target) == ["mine", *contents(filled.source)]


class Ended(Exception):
    """Where the machine stopped."""


@pytest.mark.parametrize("new_ids", [False, True])
def test_it_goes_on_where_it_was_ended(filled: Ends, new_ids: bool) -> None:
    for _ in range(4):
        work = job(filled.source, filled.target, batch=25, new_ids=new_ids, bar=Stopper(1).bar)
        with pytest.raises(Ended):
            work.run()
        assert work.copying.stored == 25
    report = filled.transfer(batch=25, new_ids=new_ids)
    assert report.equal
    assert report.copied is not None
    assert (report.copied.stored, report.copied.resumed) == (20, True)
    assert contents(filled.target) == contents(filled.source)


def test_a_batch_that_fails_is_not_stored_in_half(filled: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(filled.target.store.dialect.transfer)
    whole = kind.keep

    def keep(self: TransferDialect, table: Table, rows: Sequence[Row]) -> Plan[None]:
        yield from whole(self, table, rows)
        if rows[0][0] > 50:
            raise DatabaseUnavailable("the server is gone")

    monkeypatch.setattr(kind, "keep", keep)
    with pytest.raises(DatabaseUnavailable):
        filled.transfer(batch=50)
    assert len(contents(filled.target)) == 50
    monkeypatch.undo()
    assert stored(filled) == (70, 0)


class Stopper:
    """Ends a transfer after some batches, or does something else then."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def bar(self, label: str, length: int) -> Stopper:
        return self

    def __enter__(self) -> Stopper:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, done: int) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()

    def act(self) -> None:
        raise Ended


def test_another_database_in_the_old_ones_place_is_taken_from_its_beginning(ends: Ends) -> None:
    fill(ends.source, 10)
    ends.transfer()
    ends.source.execute("DELETE FROM ai_thought_history", ())
    ends.target.execute("DELETE FROM ai_thought_history", ())
    ends.source.write(*({"id": number, "thought_content": f"other {number}"} for number in (1, 2, 10)))
    assert stored(ends) == (3, 0)


def test_two_transfers_at_once_do_not_mix(filled: Ends) -> None:
    class Rival(Stopper):
        def act(self) -> None:
            filled.transfer(batch=25)

    with pytest.raises(DatabaseLocked, match="Another transfer from"):
        job(filled.source, filled.target, batch=25, bar=Rival(1).bar).run()
    assert filled.transfer(verify_only=True).equal


def test_what_is_written_to_the_source_meanwhile_is_taken_along(filled: Ends) -> None:
    class Writer(Stopper):
        def act(self) -> None:
            filled.source.say("written meanwhile")

    assert job(filled.source, filled.target, batch=25, bar=Writer(1).bar).run().equal
    assert contents(filled.target)[-1] == "written meanwhile"


def test_who_writes_to_the_target_meanwhile_gets_an_id_behind_the_sources(filled: Ends) -> None:
    class Writer(Stopper):
        def act(self) -> None:
            given.append(filled.target.store.add("mine"))

    given: list[int] = []
    report = job(filled.source, filled.target, batch=25, bar=Writer(1).bar).run()
    assert given == [121]
    assert [part.examples for part in report.ranges] == [(121,)]


def test_both_writing_meanwhile_ends_in_a_sentence(filled: Ends) -> None:
    class Writers(Stopper):
        def act(self) -> None:
            filled.source.say("written meanwhile")
            filled.target.say("mine")

    with pytest.raises(InputError, match=r"Thought 121 of .* 100 thoughts were stored before it"):
        job(filled.source, filled.target, batch=25, bar=Writers(1).bar).run()
    assert contents(filled.target)[-1] == "mine"


def test_one_database_on_both_sides(ends: Ends) -> None:
    with pytest.raises(InputError, match="both what is read and what is written"):
        job(ends.source, ends.source).run()


def test_a_source_that_is_not_there_or_has_no_index(tmp_path: Path) -> None:
    with sqlite_world() as target:
        with pytest.raises(DatabaseError, match="There is no database at"):
            Transfer(locate(tmp_path / "absent.db"), locate(target.url)).run()
        with pytest.raises(InputError, match="in memory"):
            Transfer(locate(":memory:"), locate(target.url)).run()


def test_the_source_is_named_without_its_password() -> None:
    one, other = (_named(locate(f"postgresql://u:{word}@h/d")) for word in ("secret", "changed"))
    assert one == other
    assert "secret" not in one[0]
    assert _named(locate("postgresql://u@h/d?options=-csearch_path%3Dx"))[1] != one[1]
