"""What goes through the pipeline: the checked arguments of a search, and its parsed text."""

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

    `node` is the whole query. `constraints` holds for every hit, whichever retriever finds it. `said` is the text without
    filters. All steps together must end by the deadline. `like` is the thought whose neighbours are sought; it isn't one of
    them.
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
        """What all pages of one list share; a cursor belongs to one fingerprint."""
        return _fingerprint(self.request, self.like)

    @property
    def seen(self) -> tuple[int, ...]:
        """The ids of the thoughts on the pages before this one."""
        return self.cursor.seen if self.cursor else ()


def parse_request(request: Request, *, like: int | None = None) -> SearchQuery:
    """Parse the query's text. Raises InputError: with `strict` QueryError; CursorError for a cursor of another query."""
    deadline = Deadline(request.timeout)
    cursor = None if request.cursor is None else decode(request.cursor, _fingerprint(request, like))
    now = cursor.now if cursor else datetime.now(timezone.utc)
    tree = request.parsed(now)
    return SearchQuery(request, now, cursor, tree.node, tree.constraints, tree.said, tree.warnings, deadline, like)


def _fingerprint(request: Request, like: int | None) -> str:
    return request.fingerprint() + ("" if like is None else f" like {like}")
