"""Damage of many kinds, done past the store as other programs and accidents do it: found, mended or explained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.doctor.patient import Patient, check_searches, findings
from thoughtsearch.engines.sqlite.schema import _own_objects

INSERT = "INSERT INTO ai_thought_history (ai_id, thought_content) VALUES (9, 'unseen locks')"
CHANGE = "UPDATE ai_thought_history SET thought_content = 'the databases were changed by noon' WHERE id = 2"
CHANGE_ALIKE = "UPDATE ai_thought_history SET thought_content = 'one changed mode by night other' WHERE id = 2"
_FTS = "ai_thought_history_fts"
_ROW_1 = "SELECT id, thought_content, thought_type, tags FROM ai_thought_history WHERE id = 1"
_AGAIN = f"INSERT INTO {_FTS} (rowid, thought_content, thought_type, tags) {_ROW_1}"
_FORGET = f"INSERT INTO {_FTS} ({_FTS}, rowid, thought_content, thought_type, tags) "

Harm = Callable[[Patient], None]


def _sql(*statements: str) -> Harm:
    def harm(patient: Patient) -> None:
        patient.execute(*statements)

    return harm


def _past(trigger: str, *statements: str) -> Harm:
    """As if the trigger had not been there."""
    return _sql(f"DROP TRIGGER {trigger}", *statements, _own_objects()[trigger])


def _index_unkept(patient: Patient) -> None:
    """A row that an index of the table doesn't know."""
    hide = "DELETE FROM sqlite_master WHERE name = 'ai_thought_history_session'"
    (row,) = patient.execute(
        "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name = 'ai_thought_history_session'"
    )
    patient.execute("PRAGMA writable_schema = ON", hide)
    patient.execute(INSERT)
    values = ", ".join("'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value) for value in row)
    patient.execute("PRAGMA writable_schema = ON", f"INSERT INTO sqlite_master VALUES ({values})")


#: What befell the database, and the part of it in which that is found.
ON_SQLITE: dict[str, tuple[str, Harm]] = {
    "a trigger dropped": ("schema", _sql(f"DROP TRIGGER {_FTS}_insert", INSERT)),
    "a trigger replaced": (
        "schema",
        _sql(
            f"DROP TRIGGER {_FTS}_update",
            f"CREATE TRIGGER {_FTS}_update AFTER UPDATE ON ai_thought_history BEGIN SELECT 1; END",
            CHANGE,
        ),
    ),
    "a trigger of another program": (
        "schema",
        _sql(
            "CREATE TRIGGER thoughts_ai AFTER INSERT ON ai_thought_history BEGIN "
            f"INSERT INTO {_FTS} (rowid, thought_content) VALUES (new.id, new.thought_content); END",
            INSERT,
        ),
    ),
    "a stale posting by INSERT OR REPLACE": (
        "index",
        _sql(
            "CREATE UNIQUE INDEX mine ON ai_thought_history (session_id, ai_id)",
            "INSERT OR REPLACE INTO ai_thought_history (ai_id, session_id, thought_content) VALUES (3, 7, 'another')",
        ),
    ),
    "a stale posting by REPLACE without the triggers before": (
        "index",
        _past(
            f"{_FTS}_before_insert",
            "INSERT OR REPLACE INTO ai_thought_history (id, ai_id, thought_content) VALUES (2, 3, 'changed by noon')",
        ),
    ),
    "wrong old values in a 'delete'": (
        "index",
        _sql(
            _FORGET + "VALUES ('delete', 1, 'six words that were not there', 'insight', 'sqlite,wal')",
            _AGAIN,
        ),
    ),
    "the new values in a 'delete', which are as many": (
        "index",
        _past(
            f"{_FTS}_before_update",
            "DROP TRIGGER ai_thought_history_fts_update",
            "UPDATE ai_thought_history SET thought_content = 'one changed mode by night' WHERE id = 1",
            _FORGET + _ROW_1.replace("SELECT", "SELECT 'delete',"),
            _AGAIN,
            _own_objects()["ai_thought_history_fts_update"],
        ),
    ),
    "a text changed past the triggers": (
        "index",
        _past(f"{_FTS}_update", CHANGE_ALIKE, "DELETE FROM ai_thought_history_replaced"),
    ),
    "a thought stored past the triggers": ("thoughts", _past(f"{_FTS}_insert", INSERT)),
    "a thought deleted past the triggers": (
        "index",
        _past(f"{_FTS}_delete", "DELETE FROM ai_thought_history WHERE id = 1", "DELETE FROM ai_thought_history_replaced"),
    ),
    "a row gone from the index": ("thoughts", _sql(f"DELETE FROM {_FTS} WHERE rowid = 3")),
    "tags stored past the triggers": (
        "tags",
        _past("ai_thought_tag_update", "UPDATE ai_thought_history SET tags = 'late' WHERE id = 1"),
    ),
    "a tag gone": ("tags", _sql("DELETE FROM ai_thought_tag WHERE thought_id = 3")),
    "a tag of no thought": ("tags", _sql("INSERT INTO ai_thought_tag VALUES ('late', 77), ('late', 2)")),
    "the table of tags gone": ("schema", _sql("DROP TABLE ai_thought_tag")),
    "the index gone": ("schema", _sql(f"DROP TABLE {_FTS}")),
    "an index gone": ("schema", _sql("DROP INDEX ai_thought_history_created_utc", "DROP INDEX ai_thought_tag_thought")),
    "a view gone": ("schema", _sql("DROP VIEW ai_thought_history_read")),
    "a view replaced": (
        "schema",
        _sql("DROP VIEW ai_thought_tag_single", "CREATE VIEW ai_thought_tag_single AS SELECT 'x' AS tag, 1 AS thought_id"),
    ),
    "the list of terms gone": ("schema", _sql("DROP TABLE ai_thought_history_vocab")),
    "what is remembered gone": ("schema", _sql("DROP TABLE thoughtsearch_state")),
    "a migration missing": (
        "schema",
        _sql("DELETE FROM thoughtsearch_migration WHERE name = 'imported'", "DROP TABLE thoughtsearch_imported"),
    ),
    "an older analysis": ("analysis", _sql("UPDATE thoughtsearch_state SET value = 0 WHERE key = 'analysis'")),
    "an index not kept": ("file", _index_unkept),
    "another journal": ("journal", _sql("PRAGMA journal_mode = DELETE")),
    "statistics grown stale": (
        "statistics",
        _sql(
            "ANALYZE",
            "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1200) "
            "INSERT INTO ai_thought_history (ai_id, thought_content) SELECT 1, 'filler ' || n FROM n",
        ),
    ),
}
#: What is not for us to mend, and a word of what to do.
EXPLAINED_ON_SQLITE: dict[str, tuple[str, Harm, str]] = {
    "a newer analysis": ("analysis", _sql("UPDATE thoughtsearch_state SET value = 99 WHERE key = 'analysis'"), "upgrade"),
    "a newer schema": (
        "schema",
        _sql("INSERT INTO thoughtsearch_migration (version, name) VALUES (999, 'later')"),
        "upgrade thoughtsearch",
    ),
    "the thoughts gone": ("schema", _sql("DROP TABLE ai_thought_history"), "restore a backup"),
}

_FOLLOW = "CREATE TRIGGER thoughtsearch_follow AFTER INSERT OR UPDATE OR DELETE ON ai_thought_history FOR EACH ROW"
_OTHER_FUNCTION = "CREATE OR REPLACE FUNCTION {} LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN {}; END $$"
_OTHER_VECTOR = _OTHER_FUNCTION.format(
    "thoughtsearch_vector(content text, kind text, tags text) RETURNS tsvector", "to_tsvector('simple', content)"
)
_DISABLE, _ENABLE = ("ALTER TABLE ai_thought_history DISABLE {}", "ALTER TABLE ai_thought_history ENABLE {}")
_INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{}'::regclass"

ON_BOTH: dict[str, tuple[str, Harm]] = {
    "the analysis replaced": ("schema", _sql(_OTHER_VECTOR, INSERT)),
    "a function gone": ("schema", _sql("DROP FUNCTION thoughtsearch_count")),
    "another function by a name of ours": (
        "schema",
        _sql(
            "CREATE FUNCTION thoughtsearch_vector(a varchar, b varchar, c varchar) RETURNS tsvector LANGUAGE sql AS "
            "$$ SELECT ''::tsvector $$"
        ),
    ),
    "dictionaries forgotten": (
        "analysis",
        _sql("ALTER TEXT SEARCH CONFIGURATION thoughtsearch DROP MAPPING FOR asciiword", INSERT),
    ),
    "the configuration gone": ("schema", _sql("DROP TEXT SEARCH CONFIGURATION thoughtsearch")),
    "the dictionary gone": ("schema", _sql("DROP TEXT SEARCH DICTIONARY thoughtsearch_porter CASCADE")),
    "an older analysis": ("analysis", _sql("UPDATE thoughtsearch_state SET value = '0' WHERE key = 'analysis'")),
    "common words gone": ("schema", _sql("DROP TABLE thoughtsearch_word")),
    "what is remembered gone": ("schema", _sql("DROP TABLE thoughtsearch_state")),
    "the record of migrations gone": ("schema", _sql("DROP TABLE thoughtsearch_migration")),
    "what was imported gone": ("schema", _sql("DROP TABLE thoughtsearch_imported, thoughtsearch_import_file")),
    "a reader who may not search": ("rights", _sql("GRANT SELECT ON ai_thought_history TO pg_monitor")),
    "words that everybody may read": ("rights", _sql("GRANT SELECT ON thoughtsearch_word TO PUBLIC")),
    "words that another role may read": ("rights", _sql("GRANT SELECT (word) ON thoughtsearch_word TO pg_monitor")),
    "a table on which others may make triggers": ("rights", _sql("GRANT TRIGGER ON thoughtsearch_state TO pg_monitor")),
    "a table of another role": ("rights", _sql("ALTER TABLE thoughtsearch_word OWNER TO pg_monitor")),
    "a function of another role": ("rights", _sql("ALTER FUNCTION thoughtsearch_newest() OWNER TO pg_monitor")),
    "a function that looks where its caller says": (
        "rights",
        _sql("ALTER FUNCTION thoughtsearch_vector RESET search_path"),
    ),
    "a function that looks elsewhere": (
        "rights",
        _sql("ALTER FUNCTION thoughtsearch_length SET search_path = public, pg_catalog"),
    ),
    "a function that runs as its owner": ("rights", _sql("ALTER FUNCTION thoughtsearch_agents() SECURITY DEFINER")),
    "a function that not everybody may run": (
        "rights",
        _sql("REVOKE EXECUTE ON FUNCTION thoughtsearch_length FROM PUBLIC"),
    ),
}
ON_OWN: dict[str, tuple[str, Harm]] = ON_BOTH | {
    "an index gone": ("indexes", _sql("DROP INDEX ai_thought_history_search, ai_thought_history_agent")),
    "an invalid index": ("indexes", _sql(_INVALID.format("ai_thought_history_search"))),
    "an index of an interrupted REINDEX": (
        "indexes",
        _sql(
            "CREATE INDEX ai_thought_history_search_ccnew1 ON ai_thought_history (id)",
            _INVALID.format("ai_thought_history_search_ccnew1"),
        ),
    ),
    "the computed columns gone": (
        "schema",
        _sql("ALTER TABLE ai_thought_history DROP COLUMN search_vector, DROP COLUMN search_length", INSERT),
    ),
}
ON_FOUND: dict[str, tuple[str, Harm]] = ON_BOTH | {
    "a trigger dropped": ("schema", _sql("DROP TRIGGER thoughtsearch_follow ON ai_thought_history", INSERT, CHANGE)),
    "a trigger disabled": (
        "schema",
        _sql("ALTER TABLE ai_thought_history DISABLE TRIGGER thoughtsearch_follow", INSERT, CHANGE),
    ),
    "all triggers disabled and enabled": (
        "schema",
        _sql(
            "ALTER TABLE ai_thought_history DISABLE TRIGGER ALL",
            INSERT,
            "ALTER TABLE ai_thought_history ENABLE TRIGGER ALL",
        ),
    ),
    "a trigger that fires for some rows": (
        "schema",
        _sql(
            "DROP TRIGGER thoughtsearch_follow ON ai_thought_history",
            f"{_FOLLOW} WHEN (pg_trigger_depth() > 9) EXECUTE FUNCTION thoughtsearch_follow()",
            "ALTER TABLE ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow",
            INSERT,
        ),
    ),
    "a trigger that calls another function": (
        "schema",
        _sql(
            "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "DROP TRIGGER thoughtsearch_follow ON ai_thought_history",
            f"{_FOLLOW} EXECUTE FUNCTION mine()",
            "ALTER TABLE ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow",
            INSERT,
        ),
    ),
    "the function of the triggers replaced": (
        "schema",
        _sql(
            "CREATE OR REPLACE FUNCTION thoughtsearch_follow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NULL; END $$",
            INSERT,
            CHANGE,
        ),
    ),
    "a row gone from beside": ("thoughts", _sql("DELETE FROM thoughtsearch_thought WHERE id = 1")),
    "a row beside of no thought": (
        "thoughts",
        _sql("UPDATE thoughtsearch_thought SET id = 77 WHERE id = 1"),
    ),
    "another row beside": (
        "thoughts",
        _sql("UPDATE thoughtsearch_thought SET search_vector = 'other', tags = '{late}', created_at = now() WHERE id = 2"),
    ),
    "an older row beside": (
        "thoughts",
        _sql(
            "BEGIN; SET LOCAL session_replication_role = replica; "
            "ALTER TABLE ai_thought_history DISABLE TRIGGER thoughtsearch_follow; " + CHANGE + "; "
            "ALTER TABLE ai_thought_history ENABLE ALWAYS TRIGGER thoughtsearch_follow; COMMIT",
        ),
    ),
    "the table beside gone": ("schema", _sql("DROP TABLE thoughtsearch_thought CASCADE")),
    "an index gone": ("indexes", _sql("DROP INDEX thoughtsearch_thought_search, thoughtsearch_thought_tags")),
    "an invalid index": ("indexes", _sql(_INVALID.format("thoughtsearch_thought_metadata"))),
    "a searcher who may not read": ("rights", _sql("GRANT SELECT ON thoughtsearch_thought TO pg_monitor")),
    "a trigger for everybody": ("rights", _sql("GRANT EXECUTE ON FUNCTION thoughtsearch_follow() TO PUBLIC")),
    "a trigger for another role": ("rights", _sql("GRANT EXECUTE ON FUNCTION thoughtsearch_follow() TO pg_monitor")),
    "a trigger that runs as the writer": ("rights", _sql("ALTER FUNCTION thoughtsearch_follow() SECURITY INVOKER")),
}
_EXPLAINED_ON_BOTH: dict[str, tuple[str, Harm, str]] = {
    "a newer analysis": ("analysis", _sql("UPDATE thoughtsearch_state SET value = '99' WHERE key = 'analysis'"), "upgrade"),
    "a newer schema": (
        "schema",
        _sql("INSERT INTO thoughtsearch_migration VALUES (999, 'later')"),
        "upgrade thoughtsearch",
    ),
    "an invalid index of another program": (
        "indexes",
        _sql("CREATE INDEX mine ON ai_thought_history (cycle_number)", _INVALID.format("mine")),
        'DROP INDEX CONCURRENTLY "mine"',
    ),
}
EXPLAINED_ON_OWN: dict[str, tuple[str, Harm, str]] = _EXPLAINED_ON_BOTH | {
    "vectors computed no more": (
        "schema",
        _sql("ALTER TABLE ai_thought_history ALTER COLUMN search_vector DROP EXPRESSION"),
        "ALTER TABLE",
    ),
    "the thoughts gone": ("schema", _sql("DROP TABLE ai_thought_history"), "restore a backup"),
}
EXPLAINED_ON_FOUND: dict[str, tuple[str, Harm, str]] = _EXPLAINED_ON_BOTH | {
    "a trigger of our function on another table": (
        "rights",
        _sql(
            "CREATE TABLE other (id bigint)",
            "CREATE TRIGGER mine AFTER TRUNCATE ON other EXECUTE FUNCTION thoughtsearch_follow()",
        ),
        "DROP TRIGGER mine ON other",
    ),
    "a trigger of others on a table of ours": (
        "rights",
        _sql(
            "CREATE TRIGGER mine BEFORE UPDATE ON thoughtsearch_thought FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ),
        "DROP TRIGGER mine ON thoughtsearch_thought",
    ),
}


def mend(patient: Patient, part: str, harm: Harm) -> None:
    harm(patient)
    before = patient.thoughts
    report = patient.examine()
    assert not report.healthy
    assert [finding.check for finding in findings(report)][:1] == [part], findings(report)
    assert all(finding.repair and "--repair" in str(finding.remedy) for finding in findings(report))
    assert (report.done, report.failed) == ((), ())
    assert patient.examine() == report  # it has changed nothing
    mended = patient.repair()
    assert mended.healthy, [*findings(mended), mended.failed]
    assert mended.done
    assert not mended.failed
    again = patient.repair()
    assert (again.healthy, again.done) == (True, ())
    assert patient.thoughts == before
    check_searches(patient.url)
    patient.execute("INSERT INTO ai_thought_history (ai_id, thought_content, tags) VALUES (1, 'filler', NULL)", CHANGE)
    check_searches(patient.url)
    assert patient.examine().healthy


@pytest.mark.parametrize("damage", ON_SQLITE)
def test_damage_is_found_and_mended_on_sqlite(lite: Patient, damage: str) -> None:
    mend(lite, *ON_SQLITE[damage])


@pytest.mark.parametrize("damage", ON_OWN)
def test_damage_is_found_and_mended_in_a_table_of_our_own(own: Patient, damage: str) -> None:
    mend(own, *ON_OWN[damage])


@pytest.mark.parametrize("damage", ON_FOUND)
def test_damage_is_found_and_mended_in_a_found_table(found: Patient, damage: str) -> None:
    mend(found, *ON_FOUND[damage])


def explain(patient: Patient, part: str, harm: Harm, remedy: str) -> None:
    harm(patient)
    for report in (patient.examine(), patient.repair()):
        (finding,) = findings(report)
        assert (finding.check, finding.repair, report.healthy, report.done) == (part, None, False, ())
        assert remedy in f"{finding.message} {finding.remedy}"


@pytest.mark.parametrize("damage", EXPLAINED_ON_SQLITE)
def test_what_is_not_for_us_to_mend_is_explained_on_sqlite(lite: Patient, damage: str) -> None:
    explain(lite, *EXPLAINED_ON_SQLITE[damage])


@pytest.mark.parametrize("damage", EXPLAINED_ON_OWN)
def test_what_is_not_for_us_to_mend_is_explained_in_a_table_of_our_own(own: Patient, damage: str) -> None:
    explain(own, *EXPLAINED_ON_OWN[damage])


@pytest.mark.parametrize("damage", EXPLAINED_ON_FOUND)
def test_what_is_not_for_us_to_mend_is_explained_in_a_found_table(found: Patient, damage: str) -> None:
    explain(found, *EXPLAINED_ON_FOUND[damage])
