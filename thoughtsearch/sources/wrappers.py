"""Takes out of a prompt what a program put into it: blocks such as <system-reminder>…</system-reminder>."""

from __future__ import annotations

import re

_OPENING = re.compile(r"<([A-Za-z][\w.:-]*)(?:\s[^<>]*)?(/?)>")


def without(text: str, names: re.Pattern[str]) -> str:
    """The text without the balanced blocks whose tag's whole name matches. What no tag closes stays, as a person typed it.

    A block may hold others, also of its own name. Blanks around what is left are cut off.
    """
    kept: list[str] = []
    at = position = 0
    unclosed: set[str] = set()
    while opening := _OPENING.search(text, position):
        position = opening.end()
        name = opening[1]
        if name in unclosed or not names.fullmatch(name):
            continue
        end = position if opening[2] else _closed(text, name, position)
        if end is None:
            unclosed.add(name)
            continue
        kept.append(text[at : opening.start()])
        at = position = end
    kept.append(text[at:])
    return "".join(kept).strip()


def is_wrapped(text: str) -> bool:
    """Whether the text is nothing but one block `<tag>…</tag>`, whatever its name: no person types a whole prompt so."""
    text = text.strip()
    opening = _OPENING.match(text)
    return bool(opening and not opening[2] and _closed(text, opening[1], opening.end()) == len(text))


def _closed(text: str, name: str, position: int) -> int | None:
    """Where the block that begins before the position ends."""
    depth = 1
    for tag in re.compile(rf"<(/?){re.escape(name)}(?:\s[^<>]*)?>").finditer(text, position):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return None
