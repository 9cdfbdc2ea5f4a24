"""Fixtures that every suite shares: a fresh database on each engine, and how hard hypothesis tries."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.world import ENGINES, Fresh, World
from thoughtsearch.store import Store

_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("default", max_examples=60, deadline=None, suppress_health_check=_CALM)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile("thorough", max_examples=2_000, deadline=None, suppress_health_check=_CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "default"))

_NAMED = ("THOUGHTSEARCH_URL", "THOUGHTSEARCH_AI", "THOUGHTSEARCH_EMBEDDER", "DATABASE_", "POSTGRES_")
for _name in [name for name in os.environ if name.startswith(_NAMED)]:
    os.environ.pop(_name)


def pytest_configure(config: pytest.Config) -> None:
    # What hypothesis imports to print a failure: else the warning would hide the failure.
    config.addinivalue_line("filterwarnings", "ignore:mypy_extensions.TypedDict is deprecated:DeprecationWarning")


@pytest.fixture(scope="session", params=list(ENGINES))
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes a fresh database at each call: `with fresh() as world`. For tests that need one for every example."""
    return ENGINES[request.param]


@pytest.fixture
def world(fresh: Fresh) -> Iterator[World]:
    """A fresh database with its store and a foreign writer beside it."""
    with fresh() as made:
        yield made


@pytest.fixture
def store(world: World) -> Store:
    """The store of a fresh database."""
    return world.store


@pytest.fixture(scope="module")
def shared(fresh: Fresh) -> Iterator[Store]:
    """A store with a few hundred thoughts, for tests that only read."""
    with fresh() as made:
        made.store.add_many(
            {
                "thought_content": f"thought {n} on wal, sqlite and w{n % 50}: C++ 検索 🚀",
                "ai_id": n % 3,
                "tags": [f"t{n % 7}", "all"],
                "metadata": {"step": n, "k1": n},
                "thought_type": "insight" if n % 2 else "question",
            }
            for n in range(300)
        )
        yield made.store
