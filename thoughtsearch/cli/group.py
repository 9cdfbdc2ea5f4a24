"""The command group: lists the commands, loads one when it is called, and turns failures into exit codes."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..errors import InputError, ThoughtsearchError
from ..version import __version__
from .command import Exemplified
from .streams import give_up_stdout
from .terminal import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Name: (module in commands/, summary). They are here so that listing the commands loads none of them.
COMMANDS = {
    "query": ("query", "Find thoughts by words and filters."),
    "similar": ("similar", "Find the thoughts nearest in meaning to one."),
    "recent": ("recent", "List the newest thoughts."),
    "show": ("show", "Print a whole thought, and what came before and after it."),
    "facets": ("facets", "Count thoughts by agent, type, tag and time."),
    "stats": ("stats", "Say what is in the database."),
    "add": ("add", "Store a thought."),
    "import": ("importing", "Store thoughts from files, agents' sessions and other databases."),
    "export": ("exporting", "Write all thoughts to a file."),
    "transfer": ("transferring", "Copy all thoughts into another database, and compare the two."),
    "init": ("init", "Make a database, or make one that was found searchable."),
    "backfill": ("backfilling", "Go on indexing thoughts that were there before; embed them."),
    "doctor": ("doctoring", "Look for damage to the database and its index, and mend it."),
    "demo": ("demo", "Try it on sample thoughts in a temporary database."),
    "bench": ("bench", "Measure how fast it is here, on SQLite and on PostgreSQL."),
    "completion": ("completion", "Print the completion script for a shell."),
    "help": ("helping", "Explain a topic, such as the query language or filters."),
}

INTERRUPTED = 130
_LONGEST = 1_000
PIPE_CLOSED = 141  # what a shell reports if SIGPIPE ended a program


class Root(Exemplified, click.Group):
    """Imports the module of a command when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"{__package__}.commands.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        close = get_close_matches(name, COMMANDS)
        meant = f"Did you mean {close[0]}?" if close else f"To search, write: thoughtsearch query {name!r:.60}"
        raise click.UsageError(f"There is no command {name!r:.60}. {meant}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=short) for name, (_, short) in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
            return code
        except ThoughtsearchError as error:
            raise (BadInput if isinstance(error, InputError) else Failure)(error) from error
        except BrokenPipeError:
            give_up_stdout()
            return PIPE_CLOSED

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command, and exit with the code that it returned."""
        run: Any = super().main  # typed as Any, as its overloads can't be passed on
        try:
            code = run(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            # click quotes the user's input unchanged.
            error.message = shortened(visible(error.message))  # type: ignore[misc]
            error.show()
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)


def shortened(text: str) -> str:
    """The text; if it is too long for a person, without its middle."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


class Failure(click.ClickException):
    """An error of thoughtsearch, printed to stderr."""

    exit_code = 3

    def __init__(self, error: ThoughtsearchError) -> None:
        super().__init__(visible(str(error)))


class BadInput(Failure):
    """A failure that the user can fix by changing the input."""

    exit_code = 2


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=(
        "thoughtsearch demo",
        'thoughtsearch add "The lock was held by the export job." --tag sqlite',
        "thoughtsearch query why is the database locked",
    ),
)
@click.version_option(__version__, prog_name="thoughtsearch")
def root() -> None:
    """Search over the thoughts of AI agents: full text, meaning, filters and metadata.

    Name the database with -d, in THOUGHTSEARCH_URL, or in DATABASE_TYPE with DATABASE_URL. Without these it is a file in
    your data folder. THOUGHTSEARCH_AI holds the number of the agent whose thoughts you add. THOUGHTSEARCH_EMBEDDER names
    the embedder for searches by meaning.

    \b
    Exit codes:
      0    done; something was found
      1    nothing was found; transfer found a difference, or doctor something to do
      2    the command, the query or the input can't be used
      3    the database can't be opened or can't do this
      130  interrupted
    """
