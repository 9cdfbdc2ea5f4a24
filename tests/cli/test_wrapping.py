from __future__ import annotations

import re

import click
from hypothesis import given
from hypothesis import strategies as st

from thoughtsearch.cli.terminal import visible, visible_line
from thoughtsearch.cli.wrapping import breaks, display_width, lines


def test_lines_break_at_blanks() -> None:
    assert lines("one two three four", width=9, flow=False) == ["one two", "three", "four"]
    assert lines("one\n\ntwo  \n  three", width=20, flow=False) == ["one", "", "two  ", "  three"]
    assert lines("one\n\ntwo \t three", width=20, flow=True) == ["one two three"]
    assert lines("", width=20, flow=False) == [""]
    assert lines("anything goes", width=None, flow=False) == ["anything goes"]


def test_words_longer_than_a_line_are_broken() -> None:
    assert lines("abcdefgh ij", width=5, flow=False) == ["abcde", "fgh", "ij"]
    assert lines("漢字漢字漢字", width=5, flow=False) == ["漢字", "漢字", "漢字"]


def test_marks_survive_breaks() -> None:
    broken = lines("aaa bbb ccc", [(2, 9)], width=5, flow=False)
    assert [click.unstyle(line) for line in broken] == ["aaa", "bbb", "ccc"]
    assert broken[0] == "aa" + click.style("a", bold=True, fg="red")
    assert broken[1] == click.style("bbb", bold=True, fg="red")


@given(st.text(alphabet=st.sampled_from("ab \n\t\r漢é🙂\x1b\x85\u0301"), max_size=60), st.integers(1, 20))
def test_nothing_is_lost_and_nothing_too_wide(text: str, width: int) -> None:
    shown = visible(text)
    pieces = [shown[start:end] for start, end in breaks(shown, width)]
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", shown)
    assert all(display_width(piece) <= width or len(piece.rstrip("\u0301")) <= 1 for piece in pieces)


@given(st.text())
def test_visible_text_keeps_its_length_and_loses_its_controls(text: str) -> None:
    assert len(visible(text)) == len(visible_line(text)) == len(text)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", visible(text))
    assert not re.search("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", visible_line(text))
