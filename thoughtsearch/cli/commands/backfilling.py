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

    First it adopts a table that another program made, if nobody did so yet. Only this command and init do that, and
    --dry-run doesn't. Then it indexes the rows in batches and commits each batch on its own. You may interrupt or kill it
    at any time; the next run goes on from there. Before it commits a batch, it verifies by checksums that no row changed.
    At the end it verifies that every thought is in the index.

    --dry-run prints the statements that would run, what each locks and who waits for it, the number of thoughts, and an
    estimate of the time and the disk. With --embeddings it prints how many thoughts and tokens there are. With
    --throttle 50 it rests after each batch as long as the batch took.

    --embeddings gives vectors to the thoughts that have none of the embedder's model. The vectors of a new model are
    completed beside those of the old one, then replace them. A thought that the embedder refuses twice is left out and
    listed.
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
