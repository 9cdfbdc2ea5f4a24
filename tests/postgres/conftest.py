"""A running server of each version in use, and a fresh database for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.server import Server, for_test, fresh_database, in_use, stop_all


@pytest.fixture(scope="session")
def _servers() -> Iterator[None]:
    yield
    stop_all()


@pytest.fixture(scope="session", params=in_use())
def server(request: pytest.FixtureRequest, _servers: None) -> Server:
    """A server, shared by the run: leave it as it was."""
    return for_test(request.param)


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The URL of a database that is empty and this test's own."""
    with fresh_database(server) as url:
        yield url


@pytest.fixture(scope="session")
def newest(_servers: None) -> Server:
    """A server of one version, for what is the same on all."""
    return for_test(in_use()[0])


@pytest.fixture
def place(newest: Server) -> Iterator[str]:
    """The URL of an empty database on it, this test's own."""
    with fresh_database(newest) as url:
        yield url
