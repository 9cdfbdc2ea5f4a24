"""`thoughtsearch import`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ...errors import ThoughtsearchError
from ...sources.entry import Entry
from ...sources.files import Source, entries, opened
from ...sources.loading import BadLine, Loading
from ...sources.mapping import FieldMapping, pairs
from .. import options
from ..command import Exemplified
from ..database import for_writing
from ..progress import bar
from ..terminal import visible, visible_line


@click.command(
    "import",
    cls=Exemplified,
    examples=(
        "thoughtsearch import thoughts.jsonl",
        "thoughtsearch import notes.csv --map thought_content=text --map thought_type=kind --set ai_id=3 --meta-rest",
        "thoughtsearch import - --on-error skip < thoughts.jsonl",
    ),
)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), help="Default: by the file's name or its start.")
@click.option("--map", "fields", metavar="COLUMN=FIELD", multiple=True, help="Fill a column from a field of another name.")
@click.option("--set", "constants", metavar="COLUMN=VALUE", multiple=True, help="Fill a column with the same everywhere.")
@click.option("--meta-rest", "rest", flag_value="metadata", help="Keep fields that are no columns in the metadata.")
@click.option("--drop-rest", "rest", flag_value="drop", help="Leave fields that are no columns out.")
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="At a bad line: store nothing of its batch and stop, or leave it out and go on.",
)
@options.database
def command(
    file: str,
    form: str | None,
    fields: tuple[str, ...],
    constants: tuple[str, ...],
    rest: str | None,
    on_error: str,
    database: str | None,
) -> None:
    """Store the thoughts of FILE: JSON Lines or CSV with a header row, plain or .gz; `-` is stdin.

    Fields have the names of the table's columns: ai_id, session_id, cycle_number, thought_content, thought_type, tags,
    metadata, created_at. Thoughts are stored in batches of 1,000, each whole or not at all.

    A name or a UUID as ai_id or session_id becomes a number, always the same one, and is kept in the metadata; agents
    can be asked for by that name. The tags may come from several fields: --map tags=source,tool.
    """
    mapping = FieldMapping(pairs(fields, "--map"), pairs(constants, "--set"), rest=rest or "refuse")
    with opened(file) as source:
        records = entries(source, form)  # before a database is made: this says what is wrong with the file
        with for_writing(database) as store:
            mapping.know(store.agents())
            loading = Loading(store, mapping, (lambda bad: _report(source, bad)) if on_error == "skip" else None)
            _run(loading, source, records)
            if mapping.named:
                store.name_agents(mapping.named)
    click.echo(_stored(loading.stored) + (f"; left out {loading.skipped:,}." if loading.skipped else "."))


def _run(loading: Loading, source: Source, records: Iterator[Entry]) -> None:
    try:
        with bar("Importing", source.size) as show:
            loading.run(records, lambda: show(source.position()))
    except BadLine as bad:
        raise Stopped(_where(source, bad), loading.stored) from bad
    except (ThoughtsearchError, OSError, EOFError, KeyboardInterrupt):
        click.echo(_before(loading.stored, "this"), err=True)
        raise


def _report(source: Source, bad: BadLine) -> None:
    click.echo(_where(source, bad), err=True)


class Stopped(click.ClickException):
    """A bad line: said the way compilers say it, so that editors can jump there."""

    exit_code = 2

    def __init__(self, where: str, stored: int) -> None:
        super().__init__(where)
        self.stored = stored

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)
        click.echo(f"Error: the import stopped at this line. {_before(self.stored, 'its batch')}", err=True)


def _where(source: Source, bad: BadLine) -> str:
    return f"{visible_line(source.name)}:{bad.line}: {visible(bad.reason)}"


def _before(count: int, what: str) -> str:
    return f"{_stored(count)} before {what}." if count else "Nothing was stored."


def _stored(count: int) -> str:
    return f"Stored {count:,} {'thought' if count == 1 else 'thoughts'}"
