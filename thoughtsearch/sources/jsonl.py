"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import InputError
from .entry import Entry

BOM = b"\xef\xbb\xbf"


def records(stream: Iterable[bytes]) -> Iterator[Entry]:
    """The objects of the lines. Blank lines are passed over; a bad line does not end the reading."""
    # Read as bytes: only \n ends a line, whatever other separators a text holds, and bad UTF-8 spoils one line alone.
    for number, line in enumerate(stream, 1):
        text = line.removeprefix(BOM) if number == 1 else line
        if text.strip():
            yield number, _record(text)


def _record(line: bytes) -> Mapping[str, Any] | InputError:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return InputError(f"This is not UTF-8 (byte {error.start + 1} of the line).")
    except json.JSONDecodeError as error:
        return InputError(f"This is not JSON: {error.msg} (character {error.pos + 1} of the line).")
    except (ValueError, RecursionError) as error:
        return InputError(f"This JSON can't be read: {error}.")
    if isinstance(record, Mapping):
        return record
    found = "an array" if isinstance(record, list) else f"{line.decode('utf-8').strip()!r:.40}"
    return InputError(f"JSON Lines hold one object a line; this line is {found}.")
