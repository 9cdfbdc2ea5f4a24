"""SWE-agent's trajectories, `*.traj`: one JSON document for each run.

The thought of each step becomes a thought of type thinking, with its action as the tool. The task becomes a question.
Observations and demonstrations are skipped. The document is read element by element, so the elements before a break in it
are kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from .entry import Broken, Entry
from .reader import Reader
from .reading import Reading
from .transcript import QUESTION, THINKING, Moment, Turns, as_object, digest

_BLANK = " \t\r\n"


def _read(reading: Reading) -> Iterator[Entry]:
    reading.state["whole"] = True
    turns = Turns(reading, "SWE-agent")
    session = os.path.basename(reading.path).removesuffix(".gz").removesuffix(".traj")
    try:
        text = reading.read().decode("utf-8", "replace")
    except Broken as error:
        yield from turns.broken(1, error)
        return
    position, line, steps = 0, 1, 0
    yield from _task(turns, session, text)
    for key, at, value in _elements(text):
        line += text.count("\n", position, at)
        position = at
        if isinstance(value, Broken):
            yield from turns.broken(line, value)
            continue
        try:
            if key == "trajectory":
                steps += 1
                yield from _step(turns, Moment(line, session), f"{session}/{steps}", value)
        except Broken as error:
            yield from turns.broken(line, Broken(str(error), value))
    yield from turns.pause()


def _task(turns: Turns, session: str, text: str) -> Iterator[Entry]:
    """Yield the task: the first prompt that isn't a demonstration. In the file it comes after the steps."""
    position, line = 0, 1
    for key, at, value in _elements(text):
        line += text.count("\n", position, at)
        position = at
        if key == "history" and isinstance(value, Mapping) and value.get("role") == "user" and not value.get("is_demo"):
            task = _text(value.get("content"))
            if isinstance(task, str):
                yield from turns.said(Moment(line, session), f"{session}/task/{digest(task)}", QUESTION, task)
            return


def _step(turns: Turns, moment: Moment, ident: str, value: Any) -> Iterator[Entry]:
    step = as_object(value, "trajectory's step")
    thought, action = step.get("thought") or step.get("response") or "", step.get("action") or ""
    if not isinstance(action, str):
        raise Broken("The action of this step is not a text.")
    # Another run of the same task has the same name and begins the same way.
    ident = f"{ident}/{digest(json.dumps(step, sort_keys=True))}"
    yield from turns.pause()
    yield from turns.said(moment, ident, THINKING, thought)
    if action.strip():
        tool, _, given = action.strip().partition(" ")
        yield from turns.called(moment, f"{ident}/action", tool.split()[0], given)


def _text(content: Any) -> Any:
    if isinstance(content, list):
        return "\n\n".join(str(block.get("text", "")) for block in content if isinstance(block, Mapping))
    return content


def _elements(text: str) -> Iterator[tuple[str, int, Any]]:
    """Yield (key, position, value) for the elements of the document's lists. After a break it yields the reason."""
    decoder = json.JSONDecoder()
    at = _after(text, 0)
    try:
        _expect(text, at, "{")
        at = _after(text, at + 1)
        while text[at : at + 1] != "}":
            key, at = decoder.raw_decode(text, at)
            at = _after(text, at)
            _expect(text, at, ":")
            at = _after(text, at + 1)
            if text[at : at + 1] == "[":
                at = _after(text, at + 1)
                while text[at : at + 1] != "]":
                    begin = at
                    value, at = decoder.raw_decode(text, at)
                    yield str(key), begin, value
                    at = _next(text, at, "]")
                at += 1
            else:
                _, at = decoder.raw_decode(text, at)
            at = _next(text, _after(text, at), "}")
    except (ValueError, RecursionError) as error:
        at = getattr(error, "pos", at)
        yield "", at, Broken("From here on this is not JSON: the rest of the file can't be read.", text[at : at + 200])


def _after(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _expect(text: str, at: int, sign: str) -> None:
    if text[at : at + 1] != sign:
        raise json.JSONDecodeError(f"Expecting {sign}", text, at)


def _next(text: str, at: int, end: str) -> int:
    """Where the next element begins or the list ends."""
    at = _after(text, at)
    if text[at : at + 1] == end:
        return at
    _expect(text, at, ",")
    return _after(text, at + 1)


def _recognises(path: str, start: bytes) -> bool:
    return path.lower().removesuffix(".gz").endswith(".traj") or (
        start.lstrip()[:1] == b"{" and b'"trajectory"' in start and b'"observation"' in start
    )


READER = Reader("swe-agent", "SWE-agent's trajectories", _read, _recognises, (".traj",))
