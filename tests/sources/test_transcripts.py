"""What each tool's sessions become."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.transcripts import CLAUDE, CODEX, SPECSTORY, TRAJ, claude, codex, lines, llm_log, read, told
from thoughtsearch.sources.claude_code import READER as CLAUDE_CODE
from thoughtsearch.sources.codex import READER as CODEX_CLI
from thoughtsearch.sources.llm import READER as LLM
from thoughtsearch.sources.reader import Reader, usable
from thoughtsearch.sources.reading import Reading
from thoughtsearch.sources.recognition import recognised
from thoughtsearch.sources.specstory import READER as SPEC_STORY
from thoughtsearch.sources.swe_agent import READER as SWE_AGENT
from thoughtsearch.sources.transcript import short


def test_claude_code() -> None:
    entries = read(CLAUDE_CODE, lines(*CLAUDE))
    assert told(entries) == [
        ("question", "why is the database locked?", None),
        ("thinking", "A writer must hold it.", None),
        ("message", "Let me look.", "Bash"),
        ("action", "Read file_path: job.py", "Read"),
    ]
    assert [entry.id for entry in entries] == ["uuid-1/0", "uuid-2/0", "uuid-3/0", "uuid-6/0"]
    assert [entry.line for entry in entries] == [2, 3, 4, 7]
    message = entries[2].record
    assert isinstance(message, dict)
    assert message == message | {"ai_id": "Claude Code", "session_id": "session-1", "cycle_number": 3, "tags": ["Bash"]}
    assert message["created_at"] == "2026-01-02T03:04:03.000Z"
    assert message["metadata"] == {"model": "m-1", "cwd": "/work", "tool": "Bash", "input": "command: lsof x.db; n: 1"}


def test_claude_code_summaries_and_subagents() -> None:
    summary = {"type": "summary", "summary": "Locks", "leafUuid": "leaf"}
    compact = claude(1, "user", "This session is continued.", isCompactSummary=True)
    words = claude(2, "assistant", [{"type": "text", "text": "Words."}])
    call = [{"type": "tool_use", "name": "Grep, fast", "input": {}}]
    aside = claude(3, "assistant", call, isSidechain=True, agentId="a1")
    assert told(read(CLAUDE_CODE, lines(summary, summary, compact, words, aside, claude(4, "assistant", call)))) == [
        ("summary", "Locks", None),
        ("summary", "Locks", None),
        ("summary", "This session is continued.", None),
        ("message", "Words.", None),
        ("action", "Grep  fast", "Grep  fast"),
        ("action", "Grep  fast", "Grep  fast"),
    ]


def test_several_calls_after_words_are_kept_with_them() -> None:
    calls = [{"type": "tool_use", "name": name, "input": {"x": "y" * 1_000}} for name in ("Read", "Grep")]
    (entry,) = read(CLAUDE_CODE, lines(claude(1, "assistant", [{"type": "text", "text": "Look."}, *calls])))
    assert isinstance(entry.record, dict)
    assert entry.record["tags"] == ["Read", "Grep"]
    assert [call["tool"] for call in entry.record["metadata"]["calls"]] == ["Read", "Grep"]
    assert len(entry.record["metadata"]["input"]) < 320


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"type": ', "not JSON"),
        ({"type": "user", "message": 17}, "message of this record is no object"),
        (claude(1, "user", {"text": "x"}), "content of this record is no list"),
        (claude(1, "user", ["x"]), "content block"),
        (claude(1, "assistant", [{"type": "thinking", "thinking": None}]), "thinking is NoneType"),
        (claude(1, "assistant", [{"type": "tool_use"}]), "no name"),
    ],
)
def test_claude_code_broken_records(bad: Any, reason: str) -> None:
    broken, *rest = told(read(CLAUDE_CODE, lines(bad, *CLAUDE)))
    assert broken[0] == 1
    assert reason in broken[1]
    assert len(rest) == 4


def test_codex() -> None:
    entries = read(CODEX_CLI, lines(*CODEX))
    assert told(entries) == [
        ("question", "Run the tests", None),
        ("thinking", "**Planning**", None),
        ("message", "I run them.", "shell"),
        ("action", "apply_patch *** Begin", "apply_patch"),
    ]
    message = entries[2].record
    assert isinstance(message, dict)
    assert message == message | {"ai_id": "Codex CLI", "session_id": "abc-1", "tags": ["shell"]}
    assert message["metadata"] == {
        "model": "gpt-x",
        "cwd": "/work",
        "tool": "shell",
        "input": 'command: ["pytest", "-q"]',
    }


def test_codex_items_without_an_envelope_and_broken_ones() -> None:
    item = {"type": "message", "role": "assistant", "content": "Old."}
    bad = (codex("response_item", type="message", role="user", content=17), {"type": "event_msg", "payload": []})
    assert [one[:2] for one in told(read(CODEX_CLI, lines({"id": "s", "timestamp": "t"}, *bad, item)))] == [
        (2, "The content of this record is no list."),
        (3, "The payload of this record is no object."),
        ("message", "Old."),
    ]


def test_swe_agent() -> None:
    entries = read(SWE_AGENT, json.dumps(TRAJ, indent=2).encode(), "runs/lock-1.traj")
    assert told(entries) == [
        ("question", "Fix the lock.", None),
        ("thinking", "Look at the file first.", "open"),
        ("action", "submit", "submit"),
    ]
    assert [entry.line for entry in entries] == [25, 4, 9]
    first = entries[1].record
    assert isinstance(first, dict)
    assert first["session_id"] == "lock-1"
    assert first["metadata"] == {"tool": "open", "input": "src/x.py 3"}


def test_swe_agent_keeps_what_stands_before_a_break() -> None:
    whole = json.dumps(TRAJ | {"trajectory": ["spoiled", {"thought": 1}, *TRAJ["trajectory"]]}, indent=2)
    assert [one[:2] for one in told(read(SWE_AGENT, whole.encode(), "x.traj"))][1:] == [
        (4, "The trajectory's step of this record is no object."),
        (5, "The text of this thinking is int, not a text."),
        ("thinking", "Look at the file first."),
        ("action", "submit"),
    ]
    cut = whole[: whole.index('"submit"')]
    assert told(read(SWE_AGENT, cut.encode(), "x.traj"))[-1] == (
        15,
        "From here on this is not JSON: the rest of the file can't be read.",
    )
    assert told(read(SWE_AGENT, b"17", "x.traj"))[0][0] == 1


def test_specstory() -> None:
    entries = read(SPEC_STORY, SPECSTORY.encode(), "x.md")
    assert told(entries) == [
        ("question", "Audit the release.", None),
        ("thinking", "The user wants an audit.", None),
        ("message", "I look at it.", "Bash"),
        ("message", "Aside.", None),
    ]
    message, aside = entries[2].record, entries[3].record
    assert isinstance(message, dict)
    assert isinstance(aside, dict)
    assert message["ai_id"] == "Claude Code"
    assert message["session_id"] == "e317d7b9"
    assert message["created_at"] == "2026-01-16 16:48:44Z"
    assert message["metadata"] == {"model": "claude-x", "tool": "Bash", "input": "List it `ls -la`"}
    assert aside["metadata"] == {"model": "claude-y", "sidechain": True}


def test_specstory_sections_that_are_broken() -> None:
    text = SPECSTORY.replace("01-16 16:48:44Z", "13-16 16:48:44Z").encode().replace(b"Aside.", b"\xff")
    found = told(read(SPEC_STORY, text, "x.md"))
    assert [one[0] for one in found] == ["question", "thinking", 19, "action", 37]
    assert "2026-13-16" in found[2][1]
    assert "not UTF-8" in found[4][1]


def test_llm(tmp_path: Path) -> None:
    llm_log(tmp_path / "logs.db")
    entries = list(LLM.read(Reading(str(tmp_path / "logs.db"))))
    assert told(entries) == [
        ("question", "what is wal?", None),
        ("thinking", "They ask about SQLite.", None),
        ("message", "A log.", None),
        ("question", "and then?", None),
        ("action", "search q: wal", "search"),
    ]
    steps = [entry.record["cycle_number"] for entry in entries if isinstance(entry.record, dict)]
    assert steps == [1, 2, 3, 4, 5]


FILES = {
    "claude-code": ("a.jsonl", lines(*CLAUDE)),
    "codex": ("b.jsonl", lines(*CODEX)),
    "swe-agent": ("c.json", json.dumps(TRAJ).encode()),
    "specstory": ("d.md", SPECSTORY.encode()),
    "jsonl": ("e.jsonl", lines({"thought_content": "x", "sessionId": "1", "type": "idea"})),
    "csv": ("f.csv", b"thought_content\nx\n"),
}


def kind_of(path: str, content: bytes, *, piped: bool = False) -> str | None:
    """The name of the kind that recognises the content; afterwards all of it is still to be read."""
    raw: Any = Pipe(content) if piped else io.BytesIO(content)
    reading = Reading(path, io.BufferedReader(raw))
    found = recognised(reading)
    assert b"".join(reading) == content
    return found.name if found else None


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_files_are_recognised(name: str, piped: bool) -> None:
    path, content = FILES[name]
    assert kind_of(path, content, piped=piped) == name
    if name in ("claude-code", "codex"):
        assert kind_of(path, b"\xff garbage\n" + content, piped=piped) == name
        assert kind_of("no.ending", lines({"type": "progress"}) * 5000 + content, piped=piped) == name
        assert kind_of(path, lines({"padding": "x" * 200_000}) + content, piped=piped) == name
    assert kind_of("notes.md", b"# Notes\n", piped=piped) is None


KEYS = (
    "type",
    "message",
    "content",
    "payload",
    "text",
    "thinking",
    "role",
    "uuid",
    "timestamp",
    "summary",
    "name",
    "input",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner | st.sampled_from(["user", "assistant", "text", "tool_use", "response_item", "message", "reasoning"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON | st.binary(max_size=20), max_size=8), st.sampled_from(usable()))
def test_no_content_makes_a_reader_fail(records: list[Any], reader: Reader) -> None:
    if reader.database or reader.name == "csv":
        return
    for content in (lines(*records), json.dumps([repr(one) for one in records]).encode()):
        for entry in read(reader, content):
            assert entry.line >= 1


@given(
    st.lists(
        st.sampled_from([b"garbage", b"{", b"\xff", b"[]", b"17", b'"x"', b'{"type": "user", "message": 1}']), max_size=9
    )
)
def test_garbage_between_lines_is_told_and_nothing_else(garbage: list[bytes]) -> None:
    given: list[Any] = []
    expected = []
    for number, one in enumerate(garbage):
        given += [claude(number, "user", f"question {number}"), one]
        expected.append(2 * number + 2)
    entries = read(CLAUDE_CODE, lines(*given))
    assert [entry.line for entry in entries if not isinstance(entry.record, dict)] == expected
    assert len(entries) == len(given)


@given(JSON)
def test_what_a_tool_was_given_becomes_one_short_line(value: Any) -> None:
    text = short(value)
    assert len(text) <= 500
    assert "\n" not in text
