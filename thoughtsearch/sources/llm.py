"""The log of `llm`, logs.db: its prompts are questions, its answers messages, what a model reasoned thinking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from ..errors import DatabaseError, InputError
from .entry import Broken, Entry
from .limits import too_long
from .reader import Reader
from .reading import Reading
from .rows import Database, LongRow, plain
from .transcript import MESSAGE, QUESTION, THINKING, Moment, Turns

_SQLITE = b"SQLite format 3\0"
_COLUMNS = ("model", "prompt", "response", "conversation_id", "datetime_utc")


def _read(reading: Reading) -> Iterator[Entry]:
    with closing(Database(reading.path, reading.limits.record)) as database:
        lacking = [name for name in _COLUMNS if name not in database.columns("responses")]
        if lacking:
            raise InputError(f"{reading.name} is no log of llm: it has no table responses with a column {lacking[0]}.")
        calls = _Beside(database, "tool_calls", ("name", "arguments"), reading.limits.record)
        parts = _Beside(database, "parts", ("part_type", "content"), reading.limits.record)
        steps: dict[str, int] = {}
        for number, row in enumerate(database.rows("responses", _COLUMNS, ["id"]), 1):
            if isinstance(row, LongRow):
                yield Entry(number, too_long("response", reading.limits.record, str(row[0])))
                continue
            ident, model, prompt, answer, talk, time = map(plain, row)
            session = str(talk or ident)
            reading.state["step"] = steps.get(session, 0)
            turns = Turns(reading, str(model or "llm"))
            moment = Moment(number, session, time, {"model": model})
            try:
                yield from turns.said(moment, f"{ident}/prompt", QUESTION, prompt or "")
                reasoned = "\n\n".join(text for kind, text in parts.of(ident) if kind == "reasoning" and text)
                yield from turns.said(moment, f"{ident}/reasoning", THINKING, reasoned)
                yield from turns.said(moment, f"{ident}/response", MESSAGE, answer or "")
                for position, (name, given) in enumerate(calls.of(ident)):
                    yield from turns.called(moment, f"{ident}/call/{position}", name, given)
            except Broken as error:
                yield from turns.broken(number, Broken(str(error), {"id": ident, "prompt": prompt, "response": answer}))
            yield from turns.pause()
            steps[session] = reading.state["step"]


class _Beside:
    """The rows that belong to the responses, in the order in which these are read. None where there is no such table."""

    def __init__(self, database: Database, table: str, columns: tuple[str, ...], limit: int) -> None:
        self._limit = limit
        there = database.columns(table)
        known = all(name in there for name in ("id", "response_id", *columns))
        self._rows = database.rows(table, columns, ["response_id", "id"]) if known else iter(())
        self._next = next(self._rows, None)

    def of(self, response: str) -> list[list[Any]]:
        """What belongs to one response. Raises Broken where that is longer than a record may be."""
        found, size = [], 0
        while self._next and str(self._next[0]) <= response:
            if self._next[0] == response:
                row = [plain(value) for value in self._next[2:]]
                size += self._limit + 1 if isinstance(self._next, LongRow) else sum(len(str(value)) for value in row)
                if size <= self._limit:
                    found.append(row)
            self._next = next(self._rows, None)
        if size > self._limit:
            raise too_long("response", self._limit, response)
        return found


def _recognises(path: str, start: bytes) -> bool:
    if not start.startswith(_SQLITE):
        return False
    try:
        with closing(Database(path)) as database:
            return set(_COLUMNS) <= database.columns("responses").keys()
    except DatabaseError:
        return False


_SETTINGS = "~/Library/Application Support" if sys.platform == "darwin" else "~/.config"
_HOMES = (f"${{LLM_USER_PATH:-{_SETTINGS}/io.datasette.llm}}/logs.db",)
READER = Reader("llm", "the log of llm (logs.db)", _read, _recognises, (".db",), _HOMES, database=True)
