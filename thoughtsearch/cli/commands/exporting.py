"""`thoughtsearch export`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from ...engines.canonical import canonical
from ...location import locate
from ...models import COLUMNS, Thought
from .. import options
from ..command import Exemplified
from ..database import for_reading
from ..jsontext import dumps
from ..own import check_output
from ..target import written
from ..terminal import visible

if TYPE_CHECKING:
    import io

_CSV_COLUMNS = ("id", *COLUMNS, "metadata_text")


@click.command(
    "export",
    cls=Exemplified,
    examples=(
        "thoughtsearch export backup.jsonl.gz",
        "thoughtsearch export thoughts.csv --force",
        "thoughtsearch export | head -n 3",
    ),
)
@click.argument("file", default="-", type=click.Path(allow_dash=True))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), help="Default: by the file's name, else jsonl.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@options.database
def command(file: str, form: str | None, force: bool, database: str | None) -> None:
    """Write all thoughts to FILE, or to stdout, in the order of their numbers. If the name ends in .gz, compress it.

    The file appears only when it is complete. The same thoughts make the same file, whichever database they are in.
    `thoughtsearch import` can read it. CSV holds each text unchanged: a spreadsheet takes a cell that begins with = + -
    or @ for a formula.
    """
    by_name = "csv" if file.lower().removesuffix(".gz").endswith(".csv") else "jsonl"
    write = _write_csv if (form or by_name) == "csv" else _write_jsonl
    check_output(file, locate(database))
    with for_reading(database) as store, written(file, force=force) as stream:
        count = write(store.export(), stream)
    if file != "-":
        click.echo(f"Exported {count:,} {'thought' if count == 1 else 'thoughts'} to {file}.", err=True)


def _write_jsonl(thoughts: Iterable[Thought], stream: BinaryIO) -> int:
    count = 0
    for count, thought in enumerate(thoughts, 1):  # noqa: B007  # the last number is the count
        stream.write(dumps(canonical(thought).to_dict()).encode("utf-8") + b"\n")
    return count


def _write_csv(thoughts: Iterable[Thought], stream: BinaryIO) -> int:
    import csv
    import io

    # Each row is made in memory, as a text wrapper around stdout would close it at the end.
    row = io.StringIO(newline="")
    writer = csv.DictWriter(row, _CSV_COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    count = 0
    on_terminal = stream.isatty()
    for count, thought in enumerate(thoughts, 1):  # noqa: B007
        record = canonical(thought).to_dict()
        record["tags"] = ",".join(thought.tags)
        record["metadata"] = dumps(record["metadata"]) if record["metadata"] else ""
        writer.writerow(_visible(record) if on_terminal else record)
        _empty_into(row, stream)
    _empty_into(row, stream)
    return count


def _visible(record: dict[str, Any]) -> dict[str, Any]:
    return {name: visible(value) if isinstance(value, str) else value for name, value in record.items()}


def _empty_into(row: io.StringIO, stream: BinaryIO) -> None:
    stream.write(row.getvalue().encode("utf-8"))
    row.seek(0)
    row.truncate()
