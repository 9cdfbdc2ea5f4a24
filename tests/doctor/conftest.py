from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doctor.patient import Patient, postgres_patient, sqlite_patient
from tests.postgres.server import for_test, in_use, stop_all


@pytest.fixture(scope="session")
def _servers() -> Iterator[None]:
    yield
    stop_all()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Patient]:
    """On SQLite."""
    with sqlite_patient(tmp_path) as patient:
        yield patient


@pytest.fixture
def own(_servers: None) -> Iterator[Patient]:
    """On PostgreSQL, in a table of our own."""
    with postgres_patient(for_test(in_use()[0]), found=False) as patient:
        yield patient


@pytest.fixture
def found(_servers: None) -> Iterator[Patient]:
    """On PostgreSQL, in a table that was there before."""
    with postgres_patient(for_test(in_use()[-1]), found=True) as patient:
        yield patient


@pytest.fixture(params=["lite", "own", "found"])
def patient(request: pytest.FixtureRequest) -> Patient:
    """On each."""
    patient: Patient = request.getfixturevalue(request.param)
    return patient
