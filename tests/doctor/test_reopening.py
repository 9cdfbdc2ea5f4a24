"""What opening a database mends by itself on PostgreSQL, and what it notes: by which analysis thoughts were indexed."""

from __future__ import annotations

import asyncio

import pytest

import thoughtsearch
from tests.doctor.patient import Patient, check_searches
from thoughtsearch.text import VERSION

INSERT = "INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (9, 'another lock')"


@pytest.mark.parametrize(
    "gone",
    [
        "thoughtsearch_state",
        "thoughtsearch_word",
        "thoughtsearch_migration",
        "thoughtsearch_imported, thoughtsearch_import_file",
        "thoughtsearch_state, thoughtsearch_migration, thoughtsearch_word",
    ],
)
@pytest.mark.parametrize("kind", ["own", "found"])
def test_tables_that_were_dropped_are_made_anew_when_opened(kind: str, gone: str, request: pytest.FixtureRequest) -> None:
    patient: Patient = request.getfixturevalue(kind)
    before = patient.thoughts
    patient.execute(f"DROP TABLE {gone}")
    thoughtsearch.open(patient.url).close()
    patient.execute(INSERT)
    check_searches(patient.url)
    assert patient.examine().healthy
    assert before[:-1] in patient.thoughts


@pytest.mark.parametrize("mode", ["", " CASCADE"])
def test_the_table_beside_a_found_one_is_made_anew_when_opened(found: Patient, mode: str) -> None:
    found.execute(f"DROP TABLE thoughtsearch_thought{mode}")
    with thoughtsearch.open(found.url) as store:
        assert {hit.id for hit in store.search("lock")} == {1, 2, 5}
    found.execute(INSERT)
    check_searches(found.url)


def test_a_table_of_our_own_without_its_computed_columns_is_taken_for_a_found_one(own: Patient) -> None:
    own.execute("ALTER TABLE ai_thought_history DROP COLUMN search_vector, DROP COLUMN search_length")
    with thoughtsearch.open(own.url) as store:
        assert {hit.id for hit in store.search("lock")} == {1, 2, 5}
        store.add("another lock")
    check_searches(own.url)


def test_a_table_of_our_own_that_was_dropped_is_made_anew_empty(own: Patient) -> None:
    own.execute("DROP TABLE ai_thought_history")
    with thoughtsearch.open(own.url) as store:
        assert store.add("another lock") == 1
    check_searches(own.url)


def _set_analysis(patient: Patient, version: int) -> None:
    value = version if patient.engine == "sqlite" else f"'{version}'"
    patient.execute(f"UPDATE thoughtsearch_state SET value = {value} WHERE key = 'analysis'")


def test_the_version_of_the_analysis_is_noted_and_a_search_warns_of_an_older_one(patient: Patient) -> None:
    assert patient.execute("SELECT value FROM thoughtsearch_state WHERE key = 'analysis'") == [(VERSION,)]
    _set_analysis(patient, VERSION - 1)
    with thoughtsearch.open(patient.url) as store:
        (warning,) = store.search("lock").warnings
        assert "older version" in warning
        assert "doctor --repair" in warning

    async def ask() -> tuple[str, ...]:
        async with thoughtsearch.aopen(patient.url) as opened:
            return (await opened.search("lock")).warnings

    assert asyncio.run(ask()) == (warning,)
    assert patient.repair().healthy
    with thoughtsearch.open(patient.url) as store:
        assert store.search("lock").warnings == ()


def test_a_database_of_before_versions_were_noted_is_of_the_first(patient: Patient) -> None:
    patient.execute("DELETE FROM thoughtsearch_state WHERE key = 'analysis'")
    with thoughtsearch.open(patient.url) as store:
        assert bool(store.search("lock").warnings) == (VERSION > 1)
