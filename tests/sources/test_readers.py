from __future__ import annotations

import csv as csv_module
import io
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thoughtsearch import InputError
from thoughtsearch.sources import csv, jsonl

Record: TypeAlias = "tuple[int, Mapping[str, Any] | InputError]"


def from_jsonl(content: bytes) -> list[Record]:
    return [(entry.line, entry.record) for entry in jsonl.records(io.BytesIO(content))]


def from_csv(content: bytes) -> list[Record]:
    return [(entry.line, entry.record) for entry in csv.records(io.BytesIO(content))]


def reasons(entries: list[Record]) -> dict[int, str]:
    return {line: str(record) for line, record in entries if isinstance(record, InputError)}


def test_jsonl_lines() -> None:
    content = '\ufeff{"a": 1}\r\n\n  \n{"a": "x\u2028y"}\n{"a": 3}'.encode()
    assert from_jsonl(content) == [(1, {"a": 1}), (4, {"a": "x\u2028y"}), (5, {"a": 3})]


def test_jsonl_bad_lines() -> None:
    bad = [b'{"a": ', b"[1]", b"17", b'{"a": "\xff"}', b"[" * 100_000, b"1" * 5_000]
    entries = from_jsonl(b'{"a": 1}\n' + b"\n".join(bad) + b'\n{"a": 2}\n')
    found = reasons(entries)
    assert list(found) == [2, 3, 4, 5, 6, 7]
    assert "not JSON: Expecting value (character 8 of the line)" in found[2]
    assert "an array" in found[3]
    assert "'17'" in found[4]
    assert "not UTF-8 (byte 8 of the line)" in found[5]
    assert entries[-1] == (8, {"a": 2})


def test_jsonl_long_lines() -> None:
    text = "word " * 400_000
    assert from_jsonl(json.dumps({"a": text}).encode()) == [(1, {"a": text})]


def test_csv_rows() -> None:
    content = '\ufeffa, b\n1,2\n\n"x\ny",\n"q""q",é\n'.encode()
    assert from_csv(content) == [(2, {"a": "1", "b": "2"}), (4, {"a": "x\ny"}), (6, {"a": 'q"q', "b": "é"})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiters_and_line_ends(delimiter: str) -> None:
    content = delimiter.join("ab") + "\r\n" + delimiter.join("12") + "\r\n"
    assert from_csv(content.encode()) == [(2, {"a": "1", "b": "2"})]


def test_csv_bad_rows() -> None:
    content = b'a,b\n1\n1,2,3\n"x\ny",\xff\n"q"q,1\nfine,1\n"never\nended,\n'
    entries = from_csv(content)
    found = reasons(entries)
    assert list(found) == [2, 3, 4, 6, 8]
    assert found[2] == "This row has 1 cells, the header 2."
    assert found[4] == "b is not UTF-8."
    assert "not CSV" in found[6]
    assert "not CSV" in found[8]
    assert (7, {"a": "fine", "b": "1"}) in entries


def test_csv_cells_longer_than_the_modules_limit() -> None:
    text = "word " * 100_000
    assert from_csv(f"a\n{text}\n".encode()) == [(2, {"a": text})]


@pytest.mark.parametrize(("header", "said"), [(b"a,,b\n", "Column 2"), (b"a,b,a\n", "'a' twice"), (b'"a\n', "header")])
def test_csv_headers_that_can_not_be_used(header: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_csv(header)


def test_empty_files() -> None:
    assert from_jsonl(b"") == from_jsonl(b"\xef\xbb\xbf\n") == from_csv(b"") == from_csv(b"a,b\n") == []


@given(st.lists(st.lists(st.text(alphabet='ab",\n\r;\t é', min_size=1), min_size=2, max_size=2), max_size=5))
def test_csv_reads_what_csv_writes_with_the_right_lines(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    writer = csv_module.writer(written, lineterminator="\n", quoting=csv_module.QUOTE_ALL)
    writer.writerow("ab")
    starts = []
    for row in rows:
        starts.append(written.getvalue().count("\n") + 1)
        writer.writerow(row)
    expected = [(start, {"a": a, "b": b}) for start, (a, b) in zip(starts, rows, strict=True)]
    assert from_csv(written.getvalue().encode()) == expected
