"""The index under writes at random, from the store and from plain connections, in transactions kept and rolled back."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import thoughtsearch
from tests.sqlite.tools import check
from tests.strategies import tags, texts
from tests.world import RAM

IDS = st.sampled_from([-1, 0, 1, 2, 3, 4, 5])
COLUMNS = "ai_thought_history (id, ai_id, thought_content, tags)"
CONFLICTS = st.sampled_from(["", "OR REPLACE", "OR IGNORE", "OR FAIL", "OR ABORT"])
STYLES = st.sampled_from(["plain", "recursive"])


class Index(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=RAM)
        path = str(Path(self.folder.name) / "thoughts.db")
        self.store = thoughtsearch.open(path)
        self.writers = {name: sqlite3.connect(path, isolation_level=None, timeout=0) for name in ("plain", "recursive")}
        self.writers["recursive"].execute("PRAGMA recursive_triggers = ON")

    def write(self, style: str, sql: str, *parameters: object) -> None:
        # Closed at once: a refused statement that is not reset keeps the file locked.
        with contextlib.closing(self.writers[style].cursor()) as cursor, contextlib.suppress(sqlite3.IntegrityError):
            try:
                cursor.execute(sql, parameters)
            except sqlite3.OperationalError:
                # After a refused change of several rows FTS5 goes on reading what was there. If another writer has written
                # since, the next statement is refused too, and ends that.
                cursor.execute(sql, parameters)

    @initialize(contents=st.lists(texts(3), max_size=4))
    def begin(self, contents: list[str]) -> None:
        for content in contents:
            self.write("plain", f"INSERT INTO {COLUMNS} VALUES (NULL, 1, ?, NULL)", content)

    @rule(style=STYLES, conflict=CONFLICTS, ident=st.none() | IDS, content=st.none() | texts(3), tag=tags)
    def insert(self, style: str, conflict: str, ident: int | None, content: str | None, tag: str | None) -> None:
        self.write(style, f"INSERT {conflict} INTO {COLUMNS} VALUES (?, 1, ?, ?)", ident, content, tag)

    @rule(style=STYLES, ident=IDS, content=texts(3), tag=tags)
    def upsert(self, style: str, ident: int, content: str, tag: str | None) -> None:
        update = "DO UPDATE SET thought_content = excluded.thought_content, tags = excluded.tags"
        self.write(style, f"INSERT INTO {COLUMNS} VALUES (?, 1, ?, ?) ON CONFLICT (id) {update}", ident, content, tag)

    @rule(style=STYLES, ident=IDS, content=texts(3), tag=tags)
    def update(self, style: str, ident: int, content: str, tag: str | None) -> None:
        self.write(style, "UPDATE ai_thought_history SET thought_content = ?, tags = ? WHERE id = ?", content, tag, ident)

    @rule(style=STYLES, conflict=CONFLICTS, old=IDS, new=IDS)
    def move(self, style: str, conflict: str, old: int, new: int) -> None:
        self.write(style, f"UPDATE {conflict} ai_thought_history SET id = ? WHERE id = ?", new, old)

    @rule(style=STYLES, conflict=CONFLICTS, step=st.sampled_from([1, -1, 2]))
    def move_all(self, style: str, conflict: str, step: int) -> None:
        self.write(style, f"UPDATE {conflict} ai_thought_history SET id = id + ?", step)

    @rule(style=STYLES, low=IDS, high=IDS)
    def delete(self, style: str, low: int, high: int) -> None:
        self.write(style, "DELETE FROM ai_thought_history WHERE id BETWEEN ? AND ?", low, high)

    @rule(style=STYLES, step=st.sampled_from([0, 1, -1]))
    def replace_by_a_select(self, style: str, step: int) -> None:
        chosen = "SELECT id + ?, ai_id, thought_content, tags FROM ai_thought_history"
        self.write(style, f"REPLACE INTO {COLUMNS} {chosen}", step)

    @rule(content=texts(3))
    def add(self, content: str) -> None:
        if content.strip() and not any(writer.in_transaction for writer in self.writers.values()):
            self.store.add(content, tags=["new"])

    @rule(style=STYLES, ident=IDS, content=texts(3), savepoint=st.booleans())
    def roll_back(self, style: str, ident: int, content: str, savepoint: bool) -> None:
        writer = self.writers[style]
        writer.execute("BEGIN")
        if savepoint:
            self.write(style, f"REPLACE INTO {COLUMNS} VALUES (?, 1, 'kept', 'kept')", ident)
            writer.execute("SAVEPOINT inner")
        self.write(style, f"REPLACE INTO {COLUMNS} VALUES (?, 1, ?, 'gone')", ident, content)
        self.write(style, "DELETE FROM ai_thought_history WHERE id > ?", ident)
        writer.execute("ROLLBACK TO inner" if savepoint else "ROLLBACK")
        if savepoint:
            writer.execute("COMMIT")

    @invariant()
    def the_index_is_what_the_table_says(self) -> None:
        check(self.store, self.writers["plain"])

    def teardown(self) -> None:
        self.store.close()
        for writer in self.writers.values():
            writer.close()
        self.folder.cleanup()


TestIndex = Index.TestCase
TestIndex.settings = settings(max_examples=max(15, settings().max_examples // 4), stateful_step_count=15)
