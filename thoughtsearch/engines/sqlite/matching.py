"""The statements over all thoughts that match a tree: their number, ids and facets."""

from __future__ import annotations

from typing import Any

from ...query.tree import Node
from ...sql import fill, statements
from ..contract.statement import Statement
from .compiler import Compiled, compile_tree, condition_text, with_parameters

_SEARCH = statements("sqlite", "search")
#: How each form of a statement writes a row's id.
ROW_ID = {"text": "rowid", "filtered": "t.id", "widened": "t.id", "listed": "t.id"}


def form_of(compiled: Compiled) -> str:
    """Which form of a statement in search.sql to use: one that reads the index, the rows, or both."""
    if compiled.match is None:
        return "listed"
    if compiled.widened:
        return "widened"
    return "filtered" if compiled.on_row else "text"


def of_matching(name: str, node: Node, **more: Any) -> Statement:
    """The named statement of search.sql, over the ids of all thoughts that match."""
    compiled = compile_tree(node)
    form = form_of(compiled)
    form = "listed" if form == "widened" else form
    matching = fill(_SEARCH[f"matching_{form}"], filters=condition_text(compiled, ROW_ID[form]))
    return Statement(fill(_SEARCH[name], matching=f" UNION ALL {matching}"), with_parameters(compiled, **more))


def matching_ids(node: Node, limit: int) -> Statement:
    """The statement that gives the ids of up to `limit` matching thoughts; -1 for all of them."""
    return of_matching("matching", node, limit=limit)
