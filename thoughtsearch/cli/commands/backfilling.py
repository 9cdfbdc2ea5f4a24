"""`thoughtsearch backfill`."""

from __future__ import annotations

import click

from .. import options
from ..command import Exemplified
from ..database import existing, named


@click.command(
    "backfill",
    cls=Exemplified,
    examples=(
        "thoughtsearch backfill --dry-run",
        "thoughtsearch backfill",
        "thoughtsearch backfill --throttle 50",
        "thoughtsearch backfill --embeddings --embedder hashing --dry-run",
        "thoughtsearch backfill --embeddings --embedder hashing",
    ),
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and what it would take; change nothing.")
@click.option("--throttle", type=click.IntRange(0, 99), metavar="PERCENT", help="Leave this share of the time to others.")
@click.option("--embeddings", is_flag=True, help="Embed the thoughts that have no vector yet, for searches by meaning.")
@options.embedder
@click.option("--batch", type=click.IntRange(1, 10_000), help="With --embeddings: embed so many thoughts at once.")
@click.option("--again", is_flag=True, help="With --embeddings: also what the embedder refused before.")
@options.database
def command(
    database: str | None,
    dry_run: bool,
    throttle: int | None,
    embeddings: bool,
    embedder: str | None,
    batch: int | None,
    again: bool,
) -> int | None:
    """Make the thoughts searchable that were in the database before, while others go on reading and writing.

    A table that another program made is adopted first, where it isn't yet; all commands but this and init leave it alone,
    and so does --dry-run. Then its rows are indexed in batches, each committed on its own. It may be interrupted or killed
    at any time, and goes on from there when it is run again. At the end it verifies that every thought is in the index;
    that no batch changes a row is verified by checksums before it is committed.

    --dry-run prints the very statements that would run, with what each locks and who waits, the number of thoughts, and
    an estimate of the time and the disk; with --embeddings, how many thoughts and tokens it would be. --throttle 50 rests
    after each batch as long as it took.

    --embeddings gives vectors to the thoughts that have none of the embedder's model. Another model than the one so far
    is made complete beside it, then takes its place. A thought that the embedder refuses twice is left out, and listed.
    """
    if embeddings and throttle is not None:
        raise click.UsageError("--throttle goes without --embeddings, which waits for the embedder most of the time.")
    if not embeddings and (again or embedder or batch):
        raise click.UsageError("--embedder, --batch and --again go with --embeddings.")
    location = existing(database)
    if embeddings:
        from ..embedding import chosen, embed, survey

        checked = chosen(database, embedder)
        return survey(location, checked) if dry_run else embed(location, checked, batch=batch, again=again)
    from ...operations.backfill.estimate import estimate
    from ..indexing import index, script

    if dry_run:
        click.echo("\n".join(script(named(location), estimate(location))))
    else:
        click.echo(index(location, throttle=throttle or 0))
    return None
