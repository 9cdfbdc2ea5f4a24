"""Runs `backfill --embeddings` with a progress bar, and reports the thoughts that were refused."""

from __future__ import annotations

import click

from ..embedders.embedder import Checked
from ..embedders.lazy import LazyEmbedder
from ..errors import NotAdopted
from ..location import Location
from ..operations.embedding import EmbeddingBackfill
from .database import for_reading
from .progress import rated_bar
from .terminal import visible_line

_SHOWN = 20


def chosen(database: str | None, embedder: str | None) -> Checked:
    """The embedder that the user names, or the one whose model the database has."""
    lazy = LazyEmbedder(embedder)
    try:
        with for_reading(database) as store:  # raises if the database is missing or damaged, and makes no file
            model = None if lazy.is_configured else store.embedding_model()
    except NotAdopted:
        model = None  # it has no vectors yet
    if not lazy.is_configured and model is None:
        raise click.UsageError(
            "Name what is to embed them: --embedder wordllama (no network), openai:MODEL, … or THOUGHTSEARCH_EMBEDDER."
        )
    return lazy.for_model(model) if model else lazy.opened()


def survey(location: Location, embedder: Checked) -> int:
    """Print what there is to do. Return the exit code."""
    with EmbeddingBackfill(location, embedder) as backfill:
        found = backfill.survey()
    click.echo(
        f"{visible_line(found.model)} would embed {found.thoughts:,} thoughts, {found.characters:,} characters, "
        f"about {found.tokens:,} tokens."
    )
    if found.replaces:
        click.echo(f"Then it takes the place of {visible_line(found.replaces)}.")
    if found.refused:
        click.echo(f"{found.refused:,} thoughts that it refused before are left out; --again tries them.")
    return 0


def embed(location: Location, embedder: Checked, *, batch: int | None, again: bool) -> int:
    """Embed the thoughts. Return the exit code. Like any backfill, it adopts the table if need be."""
    with EmbeddingBackfill(location, embedder, batch=batch, adopt=True) as backfill:
        lacking = backfill.survey().thoughts
        with rated_bar("Embedding", lacking) as show:
            done = backfill.run(lambda count, total: show(count), again=again)
    name = visible_line(done.model)
    click.echo(
        f"Embedded {done.embedded:,} thoughts." if done.embedded else f"Nothing to do: {name} has embedded every thought."
    )
    if done.replaced:
        click.echo(f"Searches use {name} now, in the place of {visible_line(done.replaced)}.")
    for ident, reason in done.first[:_SHOWN]:
        click.echo(f"#{ident}: {visible_line(reason)}", err=True)
    if done.refused:
        more = f" {done.refused - _SHOWN:,} of them are not listed." if done.refused > _SHOWN else ""
        click.echo(f"{done.refused:,} thoughts were refused and have no embedding; --again tries them.{more}", err=True)
    return 0
