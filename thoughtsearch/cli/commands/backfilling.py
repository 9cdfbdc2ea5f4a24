"""`thoughtsearch backfill`."""

from __future__ import annotations

import click

from .. import options
from ..command import Exemplified
from ..database import existing, named


@click.command(
    "backfill",
    cls=Exemplified,
    examples=("thoughtsearch backfill --dry-run", "thoughtsearch backfill", "thoughtsearch backfill --throttle 50"),
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and what it would take; change nothing.")
@click.option(
    "--throttle", type=click.IntRange(0, 99), default=0, metavar="PERCENT", help="Leave this share of the time to others."
)
@options.database
def command(database: str | None, dry_run: bool, throttle: int) -> None:
    """Make the thoughts searchable that were in the database before, while others go on reading and writing.

    The table is adopted where it is not yet, then its rows are indexed in batches, each committed on its own. It may be
    interrupted or killed at any time, and goes on from there when it is run again. At the end it verifies that every
    thought is in the index; that no batch changes a row is verified by checksums before it is committed.

    --dry-run prints the very statements that would run, with what each locks and who waits, the number of thoughts, and
    an estimate of the time and the disk. --throttle 50 rests after each batch as long as it took.
    """
    from ...backfill.outlook import outlook
    from ..indexing import index, script

    location = existing(database)
    if dry_run:
        click.echo("\n".join(script(named(location), outlook(location))))
    else:
        click.echo(index(location, throttle=throttle))
