"""Ask FTS5 how unicode61 treats every code point, and print the tables as a Python module.

Run as: python tests/tools/probe_unicode61.py > thoughtsearch/analysis/unicode61.py
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOKENIZE = "unicode61 remove_diacritics 2"
CODE_POINTS = (*range(1, 0xD800), *range(0xE000, 0x110000))
BATCH = 4096

# Han, kana and hangul; the class keeps only the code points of these that are token characters.
CJK_BLOCKS = (
    (0x1100, 0x11FF),  # hangul jamo
    (0x3005, 0x3007),  # iteration mark, closing mark, ideographic zero
    (0x3040, 0x309F),  # hiragana
    (0x30A0, 0x30FF),  # katakana
    (0x3130, 0x318F),  # hangul compatibility jamo
    (0x31F0, 0x31FF),  # katakana phonetic extensions
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han, unified
    (0xA960, 0xA97F),  # hangul jamo extended A
    (0xAC00, 0xD7AF),  # hangul syllables
    (0xD7B0, 0xD7FF),  # hangul jamo extended B
    (0xF900, 0xFAFF),  # Han, compatibility
    (0xFF66, 0xFF9F),  # half-width katakana
    (0x20000, 0x3FFFD),  # Han, planes 2 and 3
)


class Verdict(NamedTuple):
    """What FTS5 makes of the code points: those that are tokens, the marks it drops, the folded ones."""

    tokens: list[int]
    diacritics: list[int]
    folds: dict[int, int]


def verdict() -> Verdict:
    """Each code point stands between an x and a y: a separator parts them, a diacritic vanishes."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE probe USING fts5(text, tokenize='{TOKENIZE}')")
    database.execute("CREATE VIRTUAL TABLE instance USING fts5vocab(probe, 'instance')")
    for start in range(0, len(CODE_POINTS), BATCH):
        text = " ".join(f"x{chr(point)}y" for point in CODE_POINTS[start : start + BATCH])
        database.execute("INSERT INTO probe (rowid, text) VALUES (?, ?)", (start, text))
    rows = sorted(database.execute("SELECT doc, offset, term FROM instance"))
    database.close()
    return _sorted_out(term for _, _, term in rows)


def _sorted_out(terms: Iterator[str]) -> Verdict:
    found = Verdict([], [], {})
    for point in CODE_POINTS:
        term = next(terms)
        if term == "x":
            assert next(terms) == "y", hex(point)
        elif term == "xy":
            found.diacritics.append(point)
        else:
            assert len(term) == 3, hex(point)
            folded = term[1]
            found.tokens.append(point)
            if folded != chr(point):
                found.folds[point] = ord(folded)
    return found


def is_cjk(point: int) -> bool:
    return any(first <= point <= last for first, last in CJK_BLOCKS)


def character_class(points: Iterable[int]) -> str:
    """The inside of a bracket expression, for `re` and GLOB alike; the points must be in order."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


def tables() -> dict[str, str]:
    """The module's constants by name."""
    tokens, diacritics, folds = verdict()
    assert not any(is_cjk(point) for point in folds), "a CJK character folds"
    outside = [point for point in tokens if point > 0x7F]
    foreign = {point: folded for point, folded in folds.items() if point > 0x7F}
    return {
        "CJK": character_class(point for point in outside if is_cjk(point)),
        "WORD": character_class(point for point in outside if not is_cjk(point)),
        "DIACRITIC": character_class(diacritics),
        "UNFOLDED": "".join(map(chr, foreign)),
        "FOLDED": "".join(map(chr, foreign.values())),
    }


COMMENTS = {
    "CJK": "Token characters that are spelled as bigrams: inside of a character class.",
    "WORD": "Every other token character outside ASCII: inside of a character class.",
    "DIACRITIC": "Combining marks dropped from inside a token: inside of a character class.",
    "UNFOLDED": "Characters outside ASCII that case folding or the removal of accents changes …",
    "FOLDED": "… and, one for one, what they become.",
}


def escaped(character: str) -> str:
    point = ord(character)
    if point < 0x80:
        return character
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def assignment(name: str, value: str) -> Iterator[str]:
    """The lines that set one constant, in escapes: half of these code points have no glyph."""
    lines = [""]
    for piece in map(escaped, value):
        if len(lines[-1]) + len(piece) > 100:
            lines.append("")
        lines[-1] += piece
    if len(lines) == 1:
        yield f'{name} = "{lines[0]}"'
        return
    yield f"{name} = ("
    yield from (f'    "{line}"' for line in lines)
    yield ")"


def module() -> Iterator[str]:
    yield '"""What FTS5\'s unicode61 tokenizer makes of the characters outside ASCII.'
    yield ""
    yield "Generated, not written; the command that made it, by asking FTS5 about every code point:"
    yield "python tests/tools/probe_unicode61.py > thoughtsearch/analysis/unicode61.py"
    yield '"""'
    for name, value in tables().items():
        yield ""
        yield f"# {COMMENTS[name]}"
        yield from assignment(name, value)


if __name__ == "__main__":
    print("\n".join(module()))
