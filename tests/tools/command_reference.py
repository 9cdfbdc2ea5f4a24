"""The reference of commands in `thoughtsearch/help/commands.md`, made from the commands themselves.

    cog -r thoughtsearch/help/commands.md

writes it anew; a test says when that is due. Not click's own layout, which changes with its versions.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from thoughtsearch.cli.command import Exemplified
from thoughtsearch.cli.group import COMMANDS, root


def reference() -> str:
    """Markdown: a section for each command."""
    parent = click.Context(root, info_name="thoughtsearch")
    sections = []
    for name in COMMANDS:
        command = root.get_command(parent, name)
        assert isinstance(command, Exemplified)
        sections.append("\n".join(_section(name, command)))
    return "\n".join(sections)


def _section(name: str, command: Exemplified) -> Iterator[str]:
    arguments = [f" {_value(param)}" for param in command.params if isinstance(param, click.Argument)]
    yield f"## {name}\n"
    yield f"`thoughtsearch {name} [OPTIONS]{''.join(arguments)}`\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    if options:
        yield "| option | |\n|---|---|"
    for option in options:
        yield f"| {_spelled(option)} | {_cell(option.help or '')} |"
    yield "\n```console"
    for line in command.examples:
        yield f"$ {line}"
    yield "```\n"


def _spelled(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return names if option.is_flag or option.count else f"{names} `{_cell(_value(option))}`"


def _value(param: click.Parameter) -> str:
    if param.metavar:
        return param.metavar
    if isinstance(param.type, click.Choice):
        return "|".join(map(str, param.type.choices))
    return (param.name or "").upper() if isinstance(param, click.Argument) else param.type.name.split(" ")[0].upper()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
