"""`thoughtsearch bench`."""

from __future__ import annotations

import sys

import click

from .. import options
from ..command import Exemplified
from ..jsontext import print_json

_COUNT = 10_000


@click.command(
    "bench",
    cls=Exemplified,
    examples=(
        "thoughtsearch bench --count 1000 --seconds 0.2",
        "thoughtsearch bench --thoughts thoughts.jsonl --seconds 0.1 --json",
    ),
)
@click.option("--url", metavar="postgresql://…", help="Measure this PostgreSQL server too, in a schema of its own.")
@click.option(
    "--thoughts", "path", metavar="FILE", help="Load these, in JSON Lines (default: samples with other words in them)."
)
@click.option(
    "--count", type=click.IntRange(min=1), metavar="N", help=f"Load so many (default: all of FILE, or {_COUNT:,})."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="How long commits are counted, each time.",
)
@options.as_json
def command(url: str | None, path: str | None, count: int | None, seconds: float, as_json: bool) -> None:
    """Measure on this machine: load the same thoughts into both engines, search, write with 1, 4, 8 and 16 processes.

    It measures SQLite in a temporary file, and PostgreSQL in a new schema of the database that --url names. It reads and
    changes no table of yours. At the end, also after Ctrl-C, it removes the file and the schema. Queries of the two
    engines alternate.
    """
    from ...bench import measured, table
    from ...bench.thoughts import made, read

    records = read(path, count) if path is not None else made(count or _COUNT)

    def say(text: str) -> None:
        if sys.stderr.isatty():
            click.echo(text, err=True)

    figures = measured(records, url=url, seconds=seconds, say=say)
    if as_json:
        print_json(figures)
    else:
        click.echo(table(figures))
