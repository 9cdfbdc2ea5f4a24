"""The column defaults that both engines know, in one form."""

from __future__ import annotations

import re

#: The moment of the INSERT, in UTC.
NOW = "CURRENT_TIMESTAMP"
_CAST = re.compile(r"(.*?)::[\w .\"\[\]()]+", re.DOTALL)
_LITERAL = re.compile(r"[+-]?\d+(\.\d+)?|'(?:[^']|'')*'", re.DOTALL)
_NOW = re.compile(
    r"current_timestamp|localtimestamp|now\(\)|now\(\) at time zone 'utc'(::text)?|timezone\('utc'(::text)?, now\(\)\)",
    re.IGNORECASE,
)


def known_default(written: str | None) -> str | None:
    """A number, a quoted text, `true`, `false` or NOW. None if there is no default, or only its own engine knows it."""
    if written is None:
        return None
    text = written.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()  # if the inside is no literal, the whole was none
    if _NOW.fullmatch(text):
        return NOW
    if cast := _CAST.fullmatch(text):
        text = cast[1].strip()
        if _NOW.fullmatch(text):
            return NOW
    if text.startswith('"') and text.endswith('"') and '"' not in text[1:-1]:
        text = "'" + text[1:-1].replace("'", "''") + "'"  # SQLite reads it as a text
    if text.lower() in ("true", "false"):
        return text.lower()
    return text if _LITERAL.fullmatch(text) else None
