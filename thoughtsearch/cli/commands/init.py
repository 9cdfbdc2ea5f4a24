"""`thoughtsearch init`."""

from __future__ import annotations

import click

from ...location import Location, locate
from ...sql import migrations
from .. import options
from ..command import Exemplified
from ..database import named
from ..terminal import visible_line


@click.command("init", cls=Exemplified, examples=("thoughtsearch init", "thoughtsearch init --sql"))
@click.option(
    "--shape",
    type=click.Choice(["own", "cloudbrain"]),
    help="What an empty database on PostgreSQL gets: thoughtsearch's own types, or those that CloudBrain's server writes.",
)
@click.option("--sql", is_flag=True, help="Print the SQL that would make the schema, and touch no database.")
@options.database
def command(database: str | None, shape: str | None, sql: bool) -> None:
    """Make a database, or make one that holds thoughts already searchable in place.

    A table of thoughts keeps its rows; the index is built beside it. May be interrupted at any time: `thoughtsearch
    backfill` goes on. On SQLite both shapes are the same table.
    """
    location = locate(database)
    if sql:
        _print_sql(location, shape)
        return
    from ...backfill.job import initialise
    from ..indexing import index

    done = initialise(location, shape=shape)
    name = named(location)
    if done.created:
        click.echo(f"Made {name}.")
    elif done.adopted:
        click.echo(f"Adopted {name}: {done.rows:,} thoughts keep their place, the index is beside them.")
    else:
        click.echo(f"{name} is ready: {done.rows:,} thoughts.")
    if done.dropped:
        click.echo(f"Removed of another index: {visible_line(', '.join(done.dropped))}.")
    if done.pending:
        click.echo(index(location))


def _print_sql(location: Location, shape: str | None) -> None:
    if location.engine == "sqlite":
        for step in migrations("sqlite"):
            click.echo(f"-- migration {step.version}: {step.name}\n{step.script}")
        return
    from ...engines.postgres_cloudbrain import script

    # Elsewhere than in the schema public its name has to be changed throughout.
    for title, text in script("public", for_cloudbrain=shape == "cloudbrain"):
        click.echo(f"-- {title}\n{text}")
