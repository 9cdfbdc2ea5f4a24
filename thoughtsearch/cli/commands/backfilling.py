"""`thoughtsearch backfill`."""

from __future__ import annotations

import click

from ...embedders.lazy import LazyEmbedder
from ...location import locate
from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..embedding import embed, survey
from ..progress import index_with_bar


@click.command(
    "backfill",
    cls=Exemplified,
    examples=(
        "thoughtsearch backfill",
        "thoughtsearch backfill --embeddings --embedder hashing --dry-run",
        "thoughtsearch backfill --embeddings --embedder hashing",
    ),
)
@click.option("--embeddings", is_flag=True, help="Embed the thoughts that have no vector yet, for searches by meaning.")
@options.embedder
@click.option("--dry-run", is_flag=True, help="With --embeddings: say how many thoughts and tokens it would be.")
@click.option("--batch", type=click.IntRange(1, 10_000), help="With --embeddings: embed so many thoughts at once.")
@click.option("--again", is_flag=True, help="With --embeddings: also what the embedder refused before.")
@options.database
def command(
    database: str | None, embeddings: bool, embedder: str | None, dry_run: bool, batch: int | None, again: bool
) -> int | None:
    """Go on indexing the thoughts that were in the database before it was made searchable.

    Works in batches beside other readers and writers; may be interrupted, and goes on from there.

    --embeddings gives vectors to the thoughts that have none of the embedder's model. Another model than the one so far
    is made complete beside it, then takes its place. A thought that the embedder refuses twice is left out, and listed.
    """
    if not embeddings and (dry_run or again or embedder or batch):
        raise click.UsageError("--embedder, --dry-run, --batch and --again go with --embeddings.")
    with for_reading(database) as store:  # says what is wrong with it, and makes no file
        lazy = LazyEmbedder(embedder)
        model = None if lazy.is_configured or not embeddings else store.embedding_model()
    location = locate(database)
    if not embeddings:
        done = index_with_bar(location)
        click.echo(f"Indexed {done:,} thoughts." if done else "Nothing to do: every thought is indexed.")
        return None
    if not lazy.is_configured and model is None:
        raise click.UsageError(
            "Name what is to embed them: --embedder wordllama (no network), openai:MODEL, … or THOUGHTSEARCH_EMBEDDER."
        )
    checked = lazy.for_model(model) if model else lazy.opened()
    return survey(location, checked) if dry_run else embed(location, checked, batch=batch, again=again)
