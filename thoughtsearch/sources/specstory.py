"""SpecStory's markdown, `.specstory/history/*.md`: sessions of several agents.

Each section is a thought. The text in <think> has the type thinking, a text of the agent message, one of the user question.
Answers of tools are skipped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import InputError
from ..query.times import parse_timestamp
from .entry import Broken, Entry
from .limits import KEPT, Oversized, too_long
from .reader import Reader
from .reading import Reading
from .transcript import MESSAGE, QUESTION, THINKING, Moment, Turns, digest

_SESSION = re.compile(r"<!-- (.+?) Session (\S+) (?:\(.*\) )?-->\s*")
_HEADER = re.compile(r"_\*\*(User|Agent|Assistant)( - sidechain)?(?: \((.*)\))?\*\*_\s*")
_TIME = re.compile(r"(?:^|\s)(\d{4}-\d\d-\d\d[T ].*)$")
_PART = re.compile(
    r"<think>(?:<details>)?(?:<summary>.*?</summary>)?(?P<thinking>.*?)(?:</details>)?</think>"
    r"|<tool-use[^<>]*?data-tool-name=\"(?P<tool>[^\"<>]*)\"[^<>]*>(?:<details>)?\s*"
    r"(?:<summary>(?:Tool use: )?\*{0,3}(?P<summary>.{0,2000}?)\*{0,3}</summary>)?(?P<given>.*?)(?:```.*?)?"
    r"</details></tool-use>",
    re.DOTALL,
)
_OPENING = re.compile(r"<think>|<tool-use")
_CLOSING = {"<think>": "</think>", "<tool-use": "</details></tool-use>"}
_COMMENT = re.compile(r"<!-- message-id: .{0,500}? -->")
#: The longest that a header may be.
_LONGEST_HEADER = 2_000
_NOT_TYPED = ("<command-", "<local-command-", "<system-reminder>")


@dataclass(slots=True)
class _Section:
    line: int
    session: str
    header: re.Match[str]
    lines: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, text: str, size: int, limit: int) -> bool:
        """Add the line; tell whether there is room for it. A section that is too long keeps only its beginning."""
        self.size += size
        if self.size <= limit:
            self.lines.append(text)
        elif len(self.lines) > 1:
            del self.lines[1:]
        return self.size <= limit


def _read(reading: Reading) -> Iterator[Entry]:
    reading.state["whole"] = True  # the tool rewrites the file as the session goes on
    turns = Turns(reading, "SpecStory")
    session = os.path.basename(reading.path).removesuffix(".md")
    section: _Section | None = None
    in_tool = False
    for line in reading:
        size = line.length if isinstance(line, Oversized) else len(line)
        text = line.decode("utf-8", "surrogateescape")
        # The text that a tool has read may itself be a transcript.
        in_tool = (in_tool or text.startswith("<tool-use ")) and "</tool-use>" not in text
        in_header = not in_tool and size <= _LONGEST_HEADER
        header = _HEADER.fullmatch(text) if in_header else None
        begun = _SESSION.fullmatch(text) if in_header else None
        if section and (header or begun):
            yield from _thoughts(turns, section, reading.limits.record)
            section = None
        if begun:
            yield from turns.pause()
            turns.agent, session = begun[1], begun[2]
        elif header:
            section = _Section(reading.line, session, header)
        elif section and not section.add(text, size, reading.limits.record):
            in_tool = False  # the end of the tool's text may be lost: the next header counts again
    if section:
        yield from _thoughts(turns, section, reading.limits.record)
    yield from turns.pause()


def _thoughts(turns: Turns, section: _Section, limit: int) -> Iterator[Entry]:
    if section.size > limit:
        start = section.header[0] + "".join(section.lines)[:KEPT]
        yield from turns.broken(section.line, too_long("section", limit, start))
        return
    who, side, inside = section.header.groups()
    body = "".join(section.lines)
    section.lines = []  # so that memory holds no needless copy of a long section
    body = _COMMENT.sub("", body).strip()
    body = body.removesuffix("---").rstrip() if body.endswith("\n---") or body == "---" else body
    try:
        if not body.isascii() and any("\ud800" <= sign <= "\udfff" for sign in body):
            raise Broken("This section is not UTF-8.")
        time = _TIME.search(inside or "")
        if time:
            parse_timestamp(time[1])
        model = (inside or "")[: time.start() if time else None].strip()
        moment = Moment(
            section.line,
            section.session,
            time[1] if time else None,
            {"model": model, "sidechain": bool(side)},
            thread=side or "",
        )
        ident = f"{section.session}/{digest(section.header[0].strip())}"
        yield from _parts(turns, moment, ident, who, body)
    except InputError as error:
        yield from turns.broken(section.line, Broken(str(error), section.header[0] + body))


def _parts(turns: Turns, moment: Moment, ident: str, who: str, body: str) -> Iterator[Entry]:
    if who == "User":
        if not body.startswith(_NOT_TYPED):
            yield from turns.said(moment, f"{ident}/{digest(body)}", QUESTION, body)
        return
    at = 0
    for part in _marked(body):
        yield from turns.said(moment, f"{ident}/{digest(body[at : part.start()])}", MESSAGE, body[at : part.start()])
        at, name = part.end(), f"{ident}/{digest(part[0])}"
        if part["tool"] is None:
            yield from turns.said(moment, name, THINKING, part["thinking"])
        else:
            summary = part["summary"] or ""
            given = f"{'' if summary == part['tool'] else summary} {part['given']}".strip()
            yield from turns.called(moment, name, part["tool"] or "tool", given)
            yield from turns.pause()  # the section has its answer already
    yield from turns.said(moment, f"{ident}/{digest(body[at:])}", MESSAGE, body[at:])


def _marked(body: str) -> Iterator[re.Match[str]]:
    """Yield the marked parts, each up to its nearest closing mark. A part that nothing closes is text. Each closing mark is
    sought only once: a pattern alone would scan to the end of the body from each opening mark."""
    position = 0
    ends = dict.fromkeys(_CLOSING.values(), 0)
    while opening := _OPENING.search(body, position):
        position = opening.end()
        closing = _CLOSING[opening[0]]
        if 0 <= ends[closing] < position:
            ends[closing] = body.find(closing, position)
        if ends[closing] < 0:
            continue
        part = _PART.match(body, opening.start(), ends[closing] + len(closing))
        if part:
            yield part
            position = part.end()


def _recognises(path: str, start: bytes) -> bool:
    if b"<!-- Generated by SpecStory" in start[:500]:
        return True
    return (
        path.lower().endswith(".md")
        and re.search(rb"^_\*\*(User|Agent|Assistant)\b.*\*\*_", start, re.MULTILINE) is not None
    )


READER = Reader("specstory", "SpecStory's markdown", _read, _recognises, (".md",), (".specstory/history",))
