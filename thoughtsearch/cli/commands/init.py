"""`thoughtsearch init`."""

from __future__ import annotations

import click

from ...location import Location, locate
from ...sql import fill, migrations
from .. import options
from ..command import Exemplified
from ..database import named
from ..terminal import visible_line


@click.command("init", cls=Exemplified, examples=("thoughtsearch init", "thoughtsearch init --sql"))
@click.option("--sql", is_flag=True, help="Print the SQL that would make the schema, and touch no database.")
@options.database
def command(database: str | None, sql: bool) -> None:
    """Make a database, or make one that holds thoughts already searchable in place.

    A table of thoughts keeps its rows; the index is built beside it. May be interrupted at any time: `thoughtsearch
    backfill` goes on.
    """
    location = locate(database)
    if sql:
        _print_sql(location)
        return
    from ...backfill.job import initialise
    from ..indexing import index

    done = initialise(location)
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


def _print_sql(location: Location) -> None:
    served = location.engine == "postgresql"
    for step in migrations("postgres" if served else "sqlite"):
        # Elsewhere than in the schema public its name has to be changed throughout.
        script = fill(step.script, schema="public.")
        click.echo(f"-- migration {step.version}: {step.name}\n{script}")
