"""`thoughtsearch backfill`."""

from __future__ import annotations

import click

from ...location import locate
from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..progress import index_with_bar


@click.command("backfill", cls=Exemplified, examples=("thoughtsearch backfill",))
@options.database
def command(database: str | None) -> None:
    """Go on indexing the thoughts that were in the database before it was made searchable.

    Works in batches beside other readers and writers; may be interrupted, and goes on from there.
    """
    for_reading(database).close()  # says what is wrong with it, and makes no file
    done = index_with_bar(locate(database))
    click.echo(f"Indexed {done:,} thoughts." if done else "Nothing to do: every thought is indexed.")
