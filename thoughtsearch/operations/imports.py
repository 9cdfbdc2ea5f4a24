"""Storing what is imported: each record once, however often its source is read, and how far a file was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engines.contract.dialect import Dialect, ImportedFile
from ..engines.contract.statement import Plan
from ..records import ValidRecord


@dataclass(frozen=True, slots=True)
class Progress:
    """All of a file before the byte `reached` is done. `digest` is of these bytes, `state` is what its reader keeps."""

    path: str
    reached: int
    line: int
    digest: str
    state: Mapping[str, Any]


def store(
    dialect: Dialect,
    origin: str,
    records: Sequence[tuple[str, ValidRecord]],
    *,
    names: Mapping[int, str] | None = None,
    progress: Progress | None = None,
    again: bool = False,
) -> Plan[int]:
    """Stores those (id in the origin, thought) that no import has stored, or all of them `again`; how many.

    The thoughts, their ids, the agents' names and the progress are committed together.
    """
    new: set[str] = set()
    if records:
        new = yield from dialect.insert_if_new(origin, [ident for ident, _ in records])
    drafts = []
    for ident, draft in records:
        if again or ident in new:
            drafts.append(draft)
            new.discard(ident)
    if drafts:
        yield from dialect.insert(drafts)
        if names:
            yield from dialect.name_agents(names)
    if progress:
        yield from dialect.remember_import_file(_stored(progress))
    return len(drafts)


def _stored(progress: Progress) -> ImportedFile:
    state = json.dumps(dict(progress.state))
    return ImportedFile(progress.path, progress.reached, progress.line, progress.digest, state)


def progress_of(dialect: Dialect, path: str) -> Plan[Progress | None]:
    """How far the file was read, if it was."""
    file = yield from dialect.import_file(path)
    return file and Progress(path, file.reached, file.line, file.digest, json.loads(file.state))
