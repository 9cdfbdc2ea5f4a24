"""Two fresh databases, for each way that a transfer can go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

from tests.world import ENGINES, Fresh, World, kind_of
from thoughtsearch.location import locate
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.report import TransferReport


class Way(NamedTuple):
    """How to make the source and the target."""

    source: Fresh
    target: Fresh


class Ends(NamedTuple):
    """A source and a target."""

    source: World
    target: World

    def transfer(self, *, verify_only: bool = False, **options: Any) -> TransferReport:
        """From one to the other."""
        return transfer(self.source, self.target, verify_only=verify_only, **options)


def transfer(source: World, target: World, *, verify_only: bool = False, **options: Any) -> TransferReport:
    """From one world to another."""
    return job(source, target, **options).run(verify_only=verify_only)


def job(source: World, target: World, **options: Any) -> Transfer:
    """Not yet run."""
    return Transfer(locate(source.url), locate(target.url), **options)


#: Reading and writing know nothing of each other: it is enough that each kind is a source and each is a target. All nine
#: ways are tried where hypothesis tries hard.
_ENOUGH = {
    ("sqlite", "sqlite"),
    ("sqlite", "postgresql"),
    ("sqlite", "postgresql-found"),
    ("postgresql", "sqlite"),
    ("postgresql-found", "postgresql"),
}
_WAYS = {
    f"{one}-to-{other}": Way(ENGINES[one], ENGINES[other])
    for one in ENGINES
    for other in ENGINES
    if (kind_of(one), kind_of(other)) in _ENOUGH or settings().max_examples > 1_000
}


@pytest.fixture(scope="session", params=list(_WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    """Each engine to each."""
    return _WAYS[request.param]


@pytest.fixture
def ends(way: Way) -> Iterator[Ends]:
    """An empty source and an empty target."""
    with way.source() as source, way.target() as target:
        yield Ends(source, target)


@pytest.fixture
def filled(ends: Ends) -> Ends:
    """A source with some thoughts, and an empty target."""
    fill(ends.source, 120)
    return ends


def fill(world: World, count: int, **columns: Any) -> None:
    """Store so many thoughts."""
    world.store.add_many(
        {
            "thought_content": f"thought {number} on wal and w{number % 9}: C++ 検索 🚀",
            "ai_id": number % 3 + 1,
            "session_id": number // 10,
            "tags": ["all", f"t{number % 7}"],
            "metadata": {"step": number, "deep": {"b": 1, "a": [0.5, None]}},
            "thought_type": "insight" if number % 2 else "question",
            "created_at": f"2026-01-01T10:{number % 60:02}:00.{number:06}",
            **columns,
        }
        for number in range(count)
    )
