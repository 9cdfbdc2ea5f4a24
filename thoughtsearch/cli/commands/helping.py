"""`thoughtsearch help`."""

from __future__ import annotations

import click

from ...help import TOPICS, topic
from ..command import Exemplified
from ..group import COMMANDS


@click.command(
    "help",
    cls=Exemplified,
    examples=("thoughtsearch help", "thoughtsearch help query-language", "thoughtsearch help query"),
)
@click.argument("name", metavar="TOPIC|COMMAND", required=False)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Explain a topic, or a command. Without a name, list the topics."""
    if name is None:
        width = max(map(len, TOPICS))
        for each, about in TOPICS.items():
            click.echo(f"  {each:{width}}  {about}")
        click.echo("\nthoughtsearch help TOPIC explains one; thoughtsearch --help lists the commands.")
    elif name in TOPICS:
        click.echo(topic(name).rstrip())
    elif name in COMMANDS and ctx.parent is not None:
        _show_command(ctx.parent, name)
    else:
        raise click.UsageError(f"There is no topic {name!r:.60}; the topics are {', '.join(TOPICS)}.", ctx)


def _show_command(parent: click.Context, name: str) -> None:
    group = parent.command
    assert isinstance(group, click.Group)
    found = group.get_command(parent, name)
    assert found is not None
    with click.Context(found, info_name=name, parent=parent) as ctx:
        click.echo(found.get_help(ctx))
