"""Codex CLI's sessions, `~/.codex/sessions/**/rollout-*.jsonl`.

Reasoning, messages and prompts become thoughts of type thinking, message and question. A compaction becomes a summary.
Events that repeat these, outputs of tools, and what the program puts before a prompt are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import jsonl
from .entry import Broken, Entry
from .reader import Reader
from .reading import Reading
from .transcript import MESSAGE, QUESTION, SUMMARY, THINKING, Moment, Turns, as_list, as_object, digest

_KINDS = ("session_meta", "response_item", "turn_context", "event_msg", "compacted")
_NOT_TYPED = ("<environment_context>", "<user_instructions>", "<permissions instructions>", "# AGENTS.md instructions")
#: The field with the input of the tool, by kind of call.
_CALLS = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "web_search_call": "action",
}
_RESULTS = ("function_call_output", "custom_tool_call_output")


def _read(reading: Reading) -> Iterator[Entry]:
    turns = Turns(reading, "Codex CLI")
    state = reading.state
    state.setdefault("session", os.path.basename(reading.path).partition(".")[0])
    for entry in jsonl.records(reading, reading.line):
        record = entry.record
        if isinstance(record, Broken):
            yield from turns.broken(entry.line, record)
            continue
        assert isinstance(record, Mapping)
        try:
            # Before 2025-09 items had no envelope.
            kind = record.get("type") if "payload" in record else "response_item"
            payload = as_object(record.get("payload", record), "payload")
            if kind == "session_meta":
                # The file of a fork repeats the session_meta of the sessions that it came from.
                if not state.get("known"):
                    state.update(known=True, session=str(payload.get("id") or state["session"]), cwd=payload.get("cwd"))
            elif kind == "turn_context":
                state["model"] = payload.get("model")
            elif kind in ("response_item", "compacted"):
                metadata = {name: state.get(name) for name in ("model", "cwd")}
                moment = Moment(entry.line, state["session"], record.get("timestamp"), metadata)
                ident = f"{state['session']}/{digest(repr(record))}"
                yield from _item(turns, moment, ident, payload, "compacted" if kind == "compacted" else None)
        except Broken as error:
            yield from turns.broken(entry.line, Broken(str(error), record))
    yield from turns.pause()


def _item(turns: Turns, moment: Moment, ident: str, payload: Mapping[str, Any], kind: str | None) -> Iterator[Entry]:
    kind = kind or str(payload.get("type") or ("message" if "role" in payload else ""))
    if kind == "compacted":
        yield from turns.said(moment, ident, SUMMARY, payload.get("message") or "")
    elif kind == "reasoning":
        text = "\n\n".join([*_texts(payload.get("summary") or []), *_texts(payload.get("content") or [])])
        yield from turns.said(moment, ident, THINKING, text)
    elif kind == "message" and payload.get("role") in ("user", "assistant"):
        text = "\n\n".join(_texts(payload.get("content")))
        if payload["role"] == "assistant":
            yield from turns.said(moment, ident, MESSAGE, text)
        elif not text.lstrip().startswith(_NOT_TYPED):
            yield from turns.said(moment, ident, QUESTION, text)
    elif kind in _CALLS:
        name = payload.get("name") or {"local_shell_call": "shell", "web_search_call": "web_search"}.get(kind)
        yield from turns.called(moment, ident, name, payload.get(_CALLS[kind]) or payload.get("summary"))
    elif kind in _RESULTS:
        yield from turns.pause()


def _texts(blocks: Any) -> list[str]:
    found = []
    for block in as_list([{"text": blocks}] if isinstance(blocks, str) else blocks, "content"):
        text = as_object(block, "content block").get("text", "")
        if not isinstance(text, str):
            raise Broken("The text of this block is not a text.")
        found.append(text)
    return found


def _recognises(path: str, start: bytes) -> bool:
    return os.path.basename(path).startswith("rollout-") and ".jsonl" in path


def _knows(record: Mapping[str, Any]) -> bool:
    return record.get("type") in _KINDS and "payload" in record


_HOMES = ("${CODEX_HOME:-~/.codex}/sessions", "${CODEX_HOME:-~/.codex}/archived_sessions")
READER = Reader("codex", "Codex CLI's sessions", _read, _recognises, homes=_HOMES, knows=_knows)
