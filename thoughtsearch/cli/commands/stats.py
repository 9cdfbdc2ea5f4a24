"""`thoughtsearch stats`."""

from __future__ import annotations

import click

from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..jsontext import print_json
from ..terminal import note, visible_line


@click.command("stats", cls=Exemplified, examples=("thoughtsearch stats", "thoughtsearch stats --json"))
@options.database
@options.as_json
def command(database: str | None, as_json: bool) -> None:
    """Say what is in the database: thoughts, agents, sessions, the time they span, and how many are indexed."""
    with for_reading(database) as store:
        stats = store.stats()
    if as_json:
        print_json(stats)
        return
    if held := stats.pop("embeddings"):
        stats |= {"embedded": held["embedded"], "model": f"{held['model']} ({held['dimensions']} dimensions)"}
        if held["refused"]:
            stats["refused"] = held["refused"]
    room = max(map(len, stats))
    for name, value in stats.items():
        shown = "–" if value is None else f"{value:,}" if isinstance(value, int) else visible_line(str(value))
        click.echo(f"{name:<{room}}  {shown}")
    if stats.get("unindexed"):
        note("some thoughts are not indexed yet and can't be found; run thoughtsearch backfill")
