"""What is left of a prompt when the blocks of a program are taken out."""

from __future__ import annotations

import re

import pytest

from thoughtsearch.sources.wrappers import is_wrapped, without

NAMES = re.compile("note|note-.*|other")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        ("<note>a</note>typed", "typed"),
        ("typed <note kind='x'>a</note>", "typed"),
        ("a<note>b</note> c <other>d</other>e", "a c e"),
        ("<note>a<note>b</note>c</note>typed", "typed"),
        ("<note>a<other>b</note>typed", "typed"),
        ("<note-of-more>a</note-of-more>", ""),
        ("<note/>typed", "typed"),
        ("<div><note>a</note>b</div>", "<div>b</div>"),
        ("why does <note> stay?", "why does <note> stay?"),
        ("a </note> b", "a </note> b"),
        ("x < note > y", "x < note > y"),
        ("<note>" * 20_000, "<note>" * 20_000),
    ],
)
def test_blocks_are_taken_out(text: str, left: str) -> None:
    assert without(text, NAMES) == left


@pytest.mark.parametrize(
    ("text", "wrapped"),
    [
        ("<any-thing>a</any-thing>", True),
        (" <any>a<any>b</any></any>\n", True),
        ("<any>a</any> b", False),
        ("<any>a</any><any>b</any>", False),
        ("a <any>b</any>", False),
        ("<any>a", False),
        ("typed", False),
    ],
)
def test_a_text_that_is_one_block(text: str, wrapped: bool) -> None:
    assert is_wrapped(text) is wrapped
