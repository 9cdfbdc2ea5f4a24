"""A search as it goes through the pipeline: the checked arguments, and what its text means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from ..engines.contract.deadline import Deadline
from ..query.cursor import Cursor, decode
from ..query.request import Request
from ..query.tree import Node


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One request, parsed once.

    `node` is the whole query, `constraints` what holds for every hit whichever way it is ranked, `said` the text without
    filters. All steps together must be done by the deadline. `like` is the thought whose neighbours are sought; it is not
    among them.
    """

    request: Request
    now: datetime
    cursor: Cursor | None
    node: Node
    constraints: Node
    said: str
    warnings: tuple[str, ...]
    deadline: Deadline
    like: int | None = None

    @property
    def fingerprint(self) -> str:
        """What a cursor belongs to."""
        return _fingerprint(self.request, self.like)

    @property
    def seen(self) -> tuple[int, ...]:
        """The ids of the pages before this one."""
        return self.cursor.seen if self.cursor else ()


def parsed(request: Request, *, like: int | None = None) -> SearchQuery:
    """Read the query's text. Raises InputError: QueryError where strict, CursorError for a cursor of another query."""
    deadline = Deadline(request.timeout)
    cursor = None if request.cursor is None else decode(request.cursor, _fingerprint(request, like))
    now = cursor.now if cursor else datetime.now(timezone.utc)
    tree = request.parsed(now)
    return SearchQuery(request, now, cursor, tree.node, tree.constraints, tree.said, tree.warnings, deadline, like)


def _fingerprint(request: Request, like: int | None) -> str:
    return request.fingerprint() + ("" if like is None else f" like {like}")
