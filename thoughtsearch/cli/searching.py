"""Runs one search and prints it in the form asked for, for `query`, `recent` and `similar`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from ..models import Results
from ..store import Store
from .hits import print_remarks, print_results
from .jsontext import print_json
from .nothing import FOUND, hint
from .options import search_options
from .terminal import note


def run(store: Store, text: str, **given: Any) -> int:
    """Search by text and print the results. Return the exit code."""
    return shown(partial(store.search, text), store, text, **given)


def shown(
    search: Callable[..., Results], store: Store, text: str, *, as_json: bool, as_jsonl: bool, full: bool, **given: Any
) -> int:
    """Run this search and print the results. Return the exit code."""
    if as_json and as_jsonl:
        raise click.UsageError("--json prints one object and --jsonl one a line; choose one of them.")
    options = search_options(given)
    results = search(**options)
    if as_json:
        print_json(results.to_dict())
    elif as_jsonl:
        for hit in results:
            print_json(hit.to_dict(), lines=True)
        print_remarks(results)
    else:
        if results:
            print_results(results, full=full)
        print_remarks(results)
        _next_page(results)
    return FOUND if results else hint(store, text, dict(options))


def _next_page(results: Results) -> None:
    if results.next_cursor and sys.stderr.isatty():
        note(f"there are more: add --cursor {results.next_cursor}")
