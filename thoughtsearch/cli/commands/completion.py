"""`thoughtsearch completion`."""

from __future__ import annotations

import click

from ..command import Exemplified


@click.command("completion", cls=Exemplified, examples=("thoughtsearch completion bash > thoughtsearch.bash",))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in SHELL. Source it in the shell's start-up file."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "thoughtsearch", "_THOUGHTSEARCH_COMPLETE").source())
