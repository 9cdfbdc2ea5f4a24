"""Fixtures of the tests of meaning: engines that have what it takes, and stores with an embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

import thoughtsearch
from tests.postgres.server import available, in_use
from tests.world import ENGINES as ALL_ENGINES
from tests.world import Fresh, World, postgres_world
from thoughtsearch import Store
from thoughtsearch.embedders.embedder import Embedder


def has_pgvector(version: str) -> bool:
    """Whether this server comes with pgvector."""
    folder: Path | None = available().get(version)
    return folder is not None and any(folder.parent.glob("share/**/extension/vector.control"))


_WITH_PGVECTOR = [version for version in in_use() if has_pgvector(version)]
ENGINES: dict[str, Fresh] = {"sqlite": ALL_ENGINES["sqlite"]}
if _WITH_PGVECTOR:
    ENGINES |= {
        f"postgresql-{_WITH_PGVECTOR[0]}": partial(postgres_world, _WITH_PGVECTOR[0]),
        "postgresql-found": partial(postgres_world, _WITH_PGVECTOR[-1], found=True),
    }

#: Opens the test's database once more, with an embedder; closed at the end.
Opened: TypeAlias = Callable[..., Store]


@pytest.fixture(scope="session", params=list(ENGINES))
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """In the place of the fixture of the whole suite: engines with vectors."""
    return ENGINES[request.param]


@pytest.fixture
def opened(world: World) -> Iterator[Opened]:
    """`opened(embedder)` is a store on the world's database."""
    with ExitStack() as stack:

        def make(embedder: Embedder | str | None = "hashing:32", *, read_only: bool = False) -> Store:
            return stack.enter_context(thoughtsearch.open(world.url, embedder=embedder, read_only=read_only))

        yield make
