"""Reads JSON Lines: one object on each line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .entry import Broken, Entry
from .limits import KEPT, Oversized, too_long
from .reader import Reader
from .reading import Reading

BOM = b"\xef\xbb\xbf"
ENDINGS = (".jsonl", ".ndjson", ".json")
_OBJECT = re.compile(rb"^[\s\0]*\{", re.MULTILINE)


def records(lines: Iterable[bytes], before: int = 0) -> Iterator[Entry]:
    """Yield the objects of the lines. It skips blank lines, and goes on after a bad line."""
    # Lines are bytes: only \n ends a line, whatever separators a text holds, and bad UTF-8 spoils only its own line.
    for number, line in enumerate(lines, before + 1):
        if isinstance(line, Oversized):
            yield Entry(number, too_long("line", line.limit, line))
            continue
        text = line.removeprefix(BOM) if number == 1 else line
        del line  # so that memory holds no needless copy of a long record
        record = None if _is_blank(text) else _record(text)
        del text
        if record is not None:
            yield Entry(number, record)


def _is_blank(line: bytes) -> bool:
    return not line[:KEPT].strip() and not line.strip()


def _record(line: bytes) -> Mapping[str, Any] | Broken:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Broken(f"This is not UTF-8 (byte {error.start + 1} of the line).", line)
    except json.JSONDecodeError as error:
        return Broken(f"This is not JSON: {error.msg} (character {error.pos + 1} of the line).", line)
    except (ValueError, RecursionError) as error:
        return Broken(f"This JSON can't be read: {error}.", line)
    if isinstance(record, Mapping):
        return record
    found = "an array" if isinstance(record, list) else f"{line.decode('utf-8').strip()!r:.40}"
    return Broken(f"JSON Lines hold one object a line; this line is {found}.", line)


def _read(reading: Reading) -> Iterator[Entry]:
    return records(reading, reading.line)


def may_hold_objects(start: bytes) -> bool:
    """Whether a line at the beginning of a file begins as an object does."""
    return _OBJECT.search(start.removeprefix(BOM)) is not None


def _recognises(path: str, start: bytes) -> bool:
    bare = path.lower().removesuffix(".gz")
    return bare.endswith(ENDINGS) or (path == "-" and start.removeprefix(BOM).lstrip()[:1] in (b"", b"{", b"["))


def _knows(record: Mapping[str, Any]) -> bool:
    return "thought_content" in record


READER = Reader("jsonl", "JSON Lines, plain or .gz", _read, _recognises, ENDINGS, plain=True, knows=_knows)
