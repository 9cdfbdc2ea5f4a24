"""`thoughtsearch init`."""

from __future__ import annotations

import click

from ...engines.connect import schema_script
from ...location import Location, locate
from ...operations.doctor import Doctor
from .. import options
from ..command import Exemplified
from ..database import named, option
from ..progress import rated_bar
from ..terminal import visible_line
from .doctoring import NOT_WELL, WELL


@click.command("init", cls=Exemplified, examples=("thoughtsearch init", "thoughtsearch init --sql"))
@click.option(
    "--shape",
    type=click.Choice(["own", "cloudbrain"]),
    help="What an empty database on PostgreSQL gets: thoughtsearch's own types, or those that CloudBrain's server writes.",
)
@click.option("--sql", is_flag=True, help="Print the SQL that would make the schema, and touch no database.")
@options.database
def command(database: str | None, shape: str | None, sql: bool) -> int:
    """Make a database, or adopt one: make another program's table ai_thought_history searchable in place.

    Other commands leave such a table alone. `thoughtsearch backfill --dry-run` shows first what adopting it would do. The
    table keeps its rows and its writers; init puts the index beside it, and indexes all rows. You may interrupt it at any
    time; `thoughtsearch backfill` goes on. A database that thoughtsearch made before is brought up to date, and mended as
    by `thoughtsearch doctor --repair`. The exit code is 1 if something is left to do. On SQLite both shapes are the same
    table.
    """
    location = locate(database)
    if sql:
        for title, script in schema_script(location, shape):
            click.echo(f"-- {title}\n{script}")
        return WELL
    from ...operations.backfill.job import initialise
    from ..indexing import index

    done = initialise(location, shape=shape)
    name = named(location)
    if done.created:
        click.echo(f"Made {name}.")
    elif done.adopted:
        click.echo(f"Adopted {name}: {done.rows:,} thoughts stay where and as they are, the index is beside them.")
    elif done.mended:
        click.echo(f"Brought {name} up to date: {done.rows:,} thoughts.")
    if done.dropped:
        click.echo(f"Removed leftovers of another index: {visible_line(', '.join(done.dropped))}.")
    if done.pending:
        if done.adopted:
            click.echo(
                f"To be indexed: {done.pending:,} thoughts. If this is interrupted, `thoughtsearch backfill` goes on."
            )
        click.echo(index(location))
    if done.adopted:
        click.echo(f"Search it: `thoughtsearch query WORDS{option(location)}`.")
    is_well = not done.is_known or _is_mended(location)
    if is_well and done.is_known and not done.mended:
        click.echo(f"{name} is ready: {done.rows:,} thoughts.")
    return WELL if is_well else NOT_WELL


def _is_mended(location: Location) -> bool:
    """Make the repairs that a check-up asks for. Tell whether nothing is left to do."""
    report = Doctor(location, bar=rated_bar).repair()
    for done in report.done:
        click.echo(f"Mended: {visible_line(done)}.")
    if not report.healthy:
        click.echo("Not all is well: thoughtsearch doctor says what is left to do.", err=True)
    return report.healthy
