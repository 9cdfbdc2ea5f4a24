"""Explains why a search found nothing, as far as that is known, and what to try."""

from __future__ import annotations

from typing import Any

import click

from ..store import Store

FOUND, NOTHING = 0, 1


def hint(store: Store, text: str, given: dict[str, Any]) -> int:
    """Print one line to stderr. Return the exit code."""
    click.echo(_reason(store, text, given), err=True)
    return NOTHING


def _reason(store: Store, text: str, given: dict[str, Any]) -> str:
    if given.get("cursor"):
        return "Nothing more was found: that was the last page."
    if not store.search(limit=1):
        return 'Nothing found: the database holds no thoughts yet. Store one with `thoughtsearch add "…"`.'
    filtered = any(name not in ("match", "limit", "facets", "timeout") for name in given)
    if given.get("match") == "all" and len(text.split()) > 1:
        return "Nothing found. No thought holds all of the words; try it without --all."
    if filtered:
        return "Nothing found. Try it with fewer filters; `thoughtsearch facets` shows which values there are."
    return "Nothing found. Try other words, or the beginning of one (lock*); `thoughtsearch recent` lists the newest."
