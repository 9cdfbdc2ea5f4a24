"""Claude Code's transcripts, `~/.claude/projects/**/*.jsonl`.

Thinking, texts and prompts become thoughts of type thinking, message and question. The summaries of compactions and resumed
sessions become thoughts of type summary. Results of tools, attachments and the program's own records are skipped.
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

_KINDS = ("user", "assistant", "summary", "system", "file-history-snapshot", "queue-operation")
# Prompts that begin so come from the program, not from the user.
_NOT_TYPED = ("<command-", "<local-command-", "<system-reminder>", "Caveat: The messages below")


def _read(reading: Reading) -> Iterator[Entry]:
    turns = Turns(reading, "Claude Code")
    fallback = os.path.basename(reading.path).partition(".")[0]
    for entry in jsonl.records(reading, reading.line):
        record = entry.record
        if isinstance(record, Broken):
            yield from turns.broken(entry.line, record)
            continue
        assert isinstance(record, Mapping)
        try:
            if record.get("type") == "summary":
                yield from _summary(turns, entry.line, record)
            elif record.get("type") in ("user", "assistant"):
                yield from _message(turns, entry.line, record, fallback)
        except Broken as error:
            yield from turns.broken(entry.line, Broken(str(error), record))
    yield from turns.pause()


def _summary(turns: Turns, line: int, record: Mapping[str, Any]) -> Iterator[Entry]:
    # It is at the head of the file of another session, often of several. Its leafUuid tells what it summarises.
    text, leaf = record.get("summary"), record.get("leafUuid")
    yield from turns.said(Moment(line, None, metadata={"leaf": leaf}), f"{leaf}/{digest(str(text))}", SUMMARY, text)


def _message(turns: Turns, line: int, record: Mapping[str, Any], fallback: str) -> Iterator[Entry]:
    message = as_object(record.get("message"), "message")
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else as_list(content, "message's content")
    ident = record.get("uuid") or digest(repr(record))
    agent = record.get("agentId")
    moment = Moment(
        line,
        record.get("sessionId") or fallback,
        record.get("timestamp"),
        {
            "model": message.get("model"),
            "cwd": record.get("cwd"),
            "branch": record.get("gitBranch"),
            "sidechain": record.get("isSidechain"),
            "subagent": agent,
        },
        thread=str((agent, record.get("isSidechain"))),
    )
    for position, block in enumerate(blocks):
        kind, name = as_object(block, "content block").get("type"), f"{ident}/{position}"
        if kind == "thinking":
            yield from turns.said(moment, name, THINKING, block.get("thinking"))
        elif kind == "text":
            text = block.get("text")
            if record["type"] == "assistant":
                yield from turns.said(moment, name, MESSAGE, text)
            elif not record.get("isMeta") and not (isinstance(text, str) and text.lstrip().startswith(_NOT_TYPED)):
                yield from turns.said(moment, name, SUMMARY if record.get("isCompactSummary") else QUESTION, text)
        elif kind == "tool_use":
            yield from turns.called(moment, name, block.get("name"), block.get("input"))
        elif kind == "tool_result":
            yield from turns.pause()


def _knows(record: Mapping[str, Any]) -> bool:
    return record.get("type") in _KINDS and not _MARKS.isdisjoint(record)


_MARKS = {"parentUuid", "leafUuid", "messageId", "sessionId"}
READER = Reader(
    "claude-code",
    "Claude Code's sessions",
    _read,
    lambda path, start: False,
    homes=("${CLAUDE_CONFIG_DIR:-~/.claude}/projects",),
    knows=_knows,
)
