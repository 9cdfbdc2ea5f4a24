"""Commands whose help ends with examples, written as a user types them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click


class Exemplified(click.Command):
    """A command with examples. They are apart from the help text, so that narrow terminals don't break them."""

    def __init__(self, *args: Any, examples: Sequence[str], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write("Example:\n" + "".join(f"  $ {line}\n" for line in self.examples))


class TextCommand(Exemplified):
    """A command that takes words, some of which may begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name.startswith("--"):
                raise
            raise click.UsageError(
                f"{error.message.rstrip('.')}. If it is part of the text, put -- before the text: "
                f"thoughtsearch {ctx.info_name} -- TEXT.",
                ctx,
            ) from error
