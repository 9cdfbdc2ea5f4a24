"""What transcripts of agents have in common: texts, and the calls of tools that follow them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from .entry import Broken, Entry
from .reading import Reading

THINKING, MESSAGE, QUESTION, ACTION, SUMMARY = "thinking", "message", "question", "action", "summary"
#: What a program said by itself; the name of a session; what a tool answered.
NOTICE, TITLE, OBSERVATION = "notice", "title", "observation"
#: Of what a tool answered this many characters are kept.
_LONGEST_ANSWER = 2_000
_LONGEST_VALUE = 300
_LONGEST_INPUT = 500
_MOST_CALLS = 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when something was said. `thread` distinguishes conversations that are mixed in one file."""

    line: int
    session: str | None
    time: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thread: str = ""


class Turns:
    """Turns a session into thoughts. A call of a tool goes into the metadata of the text right before it. Without such a
    text the call becomes a thought of its own, an action, so that no call is lost."""

    def __init__(self, reading: Reading, agent: str) -> None:
        self._state = reading.state
        self._takes_answers = bool(reading.options.get("tool_output"))
        self.agent = agent
        self._waiting: tuple[str, Entry, dict[str, Any]] | None = None

    def said(self, moment: Moment, ident: str, kind: str, text: Any) -> Iterator[Entry]:
        """Take a text, which then waits for its calls. Ignores an empty text. Raises Broken if it isn't a text."""
        if not isinstance(text, str):
            raise Broken(f"The text of this {kind} is {type(text).__name__}, not a text.")
        if not text.strip():
            return
        yield from self.pause()
        record = self._record(moment, kind, text)
        self._waiting = (moment.thread, Entry(moment.line, record, ident), record)
        if kind not in (THINKING, MESSAGE):
            yield from self.pause()

    def called(self, moment: Moment, ident: str, tool: Any, given: Any) -> Iterator[Entry]:
        """Take a call of a tool."""
        if not isinstance(tool, str) or not tool.strip():
            raise Broken("This call of a tool has no name.")
        call = {"tool": tool.strip()[:100].replace(",", " "), "input": short(given)}
        if self._waiting and self._waiting[0] == moment.thread:
            _add_call(self._waiting[2], call)
            return
        yield from self.pause()
        record = self._record(moment, ACTION, " ".join(filter(None, call.values())))
        _add_call(record, call)
        yield Entry(moment.line, record, ident)

    def answered(self, moment: Moment, ident: str, text: Any) -> Iterator[Entry]:
        """Take what a tool answered. It is a thought only if the user asked for that: then its beginning and end."""
        yield from self.pause()
        if self._takes_answers and isinstance(text, str):
            yield from self.said(moment, ident, OBSERVATION, _shortened(text.strip(), _LONGEST_ANSWER))

    def titled(self, moment: Moment, ident: str, text: Any) -> Iterator[Entry]:
        """Take the name of the session. It is a thought like others, but none of the session's steps."""
        for entry in self.said(moment, ident, TITLE, text):
            if isinstance(entry.record, dict) and entry.record["thought_type"] == TITLE:
                entry.record["cycle_number"] = None
                self._state["step"] -= 1
            yield entry

    def pause(self) -> Iterator[Entry]:
        """Yield the waiting text: something else happened, so no later call belongs to it."""
        if self._waiting:
            _, entry, _ = self._waiting
            self._waiting = None
            yield entry

    def broken(self, line: int, reason: Broken) -> Iterator[Entry]:
        """Yield a record that can't be read. It may have been anything, so no later call belongs to the text before it."""
        yield from self.pause()
        yield Entry(line, reason)

    def _record(self, moment: Moment, kind: str, text: str) -> dict[str, Any]:
        self._state["step"] = step = self._state.get("step", 0) + 1
        return {
            "ai_id": self.agent,
            "session_id": moment.session,
            "cycle_number": step,
            "thought_content": text.strip(),
            "thought_type": kind,
            "tags": [],
            "metadata": {name: value for name, value in moment.metadata.items() if value not in (None, "", False)},
            "created_at": moment.time,
        }


def _add_call(record: dict[str, Any], call: dict[str, str]) -> None:
    metadata = record["metadata"]
    if "tool" in metadata:
        calls = metadata.setdefault("calls", [{"tool": metadata["tool"], "input": metadata["input"]}])
        if len(calls) < _MOST_CALLS:
            calls.append(call)
    else:
        metadata.update(call)
    if call["tool"] not in record["tags"]:
        record["tags"].append(call["tool"])


def short(given: Any) -> str:
    """The input of a tool, in one short line."""
    if isinstance(given, str) and given.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            given = json.loads(given)
    if isinstance(given, Mapping):
        return _cut("; ".join(f"{name}: {_line(value)}" for name, value in given.items()), _LONGEST_INPUT)
    return _cut(_line(given), _LONGEST_INPUT)


def _line(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _cut(" ".join(text[: 4 * _LONGEST_VALUE].split()), _LONGEST_VALUE)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _shortened(text: str, length: int) -> str:
    half = length // 2
    return text if len(text) <= length else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


def digest(*parts: str | bytes) -> str:
    """Make a short name for a text without one."""
    hashed = blake2b(digest_size=10)
    for part in parts:
        for at in range(0, len(part), _PIECE):  # so that memory doesn't hold a long text twice
            piece = part[at : at + _PIECE]
            hashed.update(piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace"))
        hashed.update(b"\0")
    return hashed.hexdigest()


def as_object(value: Any, what: str) -> Mapping[str, Any]:
    """The value. Raises Broken if it isn't an object."""
    if not isinstance(value, Mapping):
        raise Broken(f"The {what} of this record is no object.", value)
    return value


def as_list(value: Any, what: str) -> list[Any]:
    """The value. Raises Broken if it isn't a list."""
    if not isinstance(value, list):
        raise Broken(f"The {what} of this record is no list.", value)
    return value
