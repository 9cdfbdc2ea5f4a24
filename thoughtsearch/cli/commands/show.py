"""`thoughtsearch show`."""

from __future__ import annotations

import click

from ...models import Thought
from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..hits import heading
from ..jsontext import dumps, print_json
from ..nothing import FOUND, NOTHING
from ..terminal import columns, dim, visible
from ..wrapping import lines

_MOST = 1_000


@click.command(
    "show",
    cls=Exemplified,
    examples=("thoughtsearch show 4", "thoughtsearch show 4 --around 2", "thoughtsearch show 4 --json"),
)
@click.argument("thought_id", metavar="ID", callback=options.thought_id)
@click.option("--around", type=click.IntRange(0, _MOST), help="With so many thoughts before and after, of its session.")
@options.database
@options.as_json
@options.color
def command(thought_id: int, around: int | None, database: str | None, as_json: bool) -> int:
    """Print the whole thought with this ID: its text, metadata and all.

    --json prints the thought as an object; with --around it prints an array of thoughts, oldest first.
    """
    with for_reading(database) as store:
        thought = store.get(thought_id)
        if thought is None:
            click.echo(f"There is no thought #{thought_id}; `thoughtsearch recent` lists the newest.", err=True)
            return NOTHING
        shown = store.around(thought_id, around) if around is not None else [thought]
        agents = {} if as_json else store.agents()
    if as_json:
        print_json(thought.to_dict() if around is None else [one.to_dict() for one in shown])
        return FOUND
    for one in shown:
        marker = "→ " if around and one.id == thought_id else ""
        click.echo(marker + heading(one, agents.get(one.ai_id)))
        _print_body(one)
    return FOUND


def _print_body(thought: Thought) -> None:
    width = columns()
    for line in lines(thought.thought_content, width=width and width - 4, flow=False):
        click.echo("    " + line if line else "")
    if thought.metadata_text is not None:
        click.echo(dim("    metadata (as text): " + visible(thought.metadata_text)))
    elif thought.metadata:
        click.echo(dim("    metadata: " + dumps(dict(thought.metadata))))
    click.echo()
