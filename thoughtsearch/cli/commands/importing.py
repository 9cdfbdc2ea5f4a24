"""`thoughtsearch import`."""

from __future__ import annotations

import os
import time
from typing import Any

import click

from ...errors import InputError
from ...location import locate, redacted
from ...sources.limits import Limits, in_bytes
from ...sources.loading import options_of
from ...sources.mapping import FieldMapping, pairs
from ...sources.reader import Reader, named, readers, usable
from .. import options
from ..command import Exemplified
from ..database import for_writing
from ..importer import Importer
from ..own import Sources, check_output
from ..quarantine import quarantine
from ..terminal import note

POLL_SECONDS = 2.0


def _list(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    for name, reader in readers().items():
        home = f" [{', '.join(reader.homes)}]" if isinstance(reader, Reader) and reader.homes else ""
        click.echo(f"{name:12} {reader.what if isinstance(reader, Reader) else reader}{home}")
    ctx.exit()


@click.command(
    "import",
    cls=Exemplified,
    examples=(
        "thoughtsearch import --from claude-code",
        "thoughtsearch import thoughts.jsonl",
        "thoughtsearch import notes.csv --content text --map thought_type=kind --set ai_id=3 --meta-rest",
        "thoughtsearch import notes.db --table notes --content body --tags labels --time ts --meta-rest",
    ),
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(allow_dash=True))
@click.option("--from", "kind", metavar="SOURCE", help="What kind the files are (default: recognised).")
@click.option("--list", is_flag=True, expose_value=False, is_eager=True, callback=_list, help="List the kinds of sources.")
@click.option("--table", metavar="NAME", help="Take the rows of this table; PATH is a SQLite file or postgresql:// URL.")
@click.option("--content", metavar="FIELD", help="The field with the text: --map thought_content=FIELD.")
@click.option("--tags", metavar="FIELD", help="The field with the tags, or several: --map tags=FIELD,FIELD.")
@click.option("--time", "moment", metavar="FIELD", help="The field with the time: --map created_at=FIELD.")
@click.option("--id", "ident", metavar="FIELD", help="The field that names a record (default: id, or the primary key).")
@click.option("--map", "fields", metavar="COLUMN=FIELD", multiple=True, help="Fill a column from a field of another name.")
@click.option("--set", "constants", metavar="COLUMN=VALUE", multiple=True, help="Fill a column with the same everywhere.")
@click.option("--meta-rest", "rest", flag_value="metadata", help="Keep fields that are no columns in the metadata.")
@click.option("--drop-rest", "rest", flag_value="drop", help="Leave fields that are no columns out.")
@click.option("--again", is_flag=True, help="Store also what an import has stored before.")
@click.option(
    "--quarantine", "bad_file", metavar="FILE", help="Write records that can't be stored to FILE, with the reason."
)
@click.option("--max-record", metavar="SIZE", default="64M", show_default=True, help="Leave a longer record out.")
@click.option("--max-unpacked", metavar="SIZE", default="4G", show_default=True, help="How much a .gz file may become.")
@click.option("--on-error", type=click.Choice(["skip", "stop"]), default="skip", show_default=True, help="At a bad record.")
@click.option("--watch", is_flag=True, help="Go on: every 2 seconds import what has come since, until interrupted.")
@options.database
def command(
    paths: tuple[str, ...],
    kind: str | None,
    database: str | None,
    again: bool,
    bad_file: str | None,
    watch: bool,
    **given: Any,
) -> int:
    """Store the thoughts in PATHs: files, folders with all recognised files in them, or databases. `-` is stdin.

    The fields of JSON Lines and CSV, plain or .gz, are named like the table's columns: ai_id, session_id, cycle_number,
    thought_content, thought_type, tags, metadata, created_at. For other names use --content, --map and so on. Sessions of
    agents only need their path. Without PATH, --from SOURCE looks where its tool keeps them.

    What was imported before is not stored again. A bad record is left out, and reported as FILE:LINE with the reason.

    A name or a UUID as ai_id or session_id becomes a number, always the same one, and is kept in the metadata. You can
    search for an agent by that name. The tags may come from several fields: --tags source,tool.
    """
    reader = named(kind or "table") if kind or given["table"] else None
    said = {"thought_content": given["content"], "tags": given["tags"], "created_at": given["moment"]}
    fields = pairs([*given["fields"], *(f"{column}={field}" for column, field in said.items() if field)], "--map")
    constants = pairs(given["constants"], "--set")
    mapping = FieldMapping(fields, constants, rest=given["rest"] or "refuse")
    limits = Limits(in_bytes(given["max_record"]), in_bytes(given["max_unpacked"]))
    settings = options_of(fields, constants, given["rest"], table=given["table"], ident=given["ident"], limits=limits)
    location = locate(database)
    sources = Sources(location, bad_file, given["table"])
    places, told = sources.chosen(_places(paths, reader), databases=bool(reader and reader.database))
    for reason in told:
        note(reason)
    stop = given["on_error"] == "stop"
    importer = Importer(places, reader, settings, stop=stop, limits=limits, passed_over=sources.excludes)
    # Before a database is made, this raises if something is wrong with the paths.
    if not importer.look() and not watch:
        kinds = "`thoughtsearch import --list` names the kinds"
        raise InputError(f"Nothing in {', '.join(map(redacted, places))} is of a kind that can be imported; {kinds}.")
    if bad_file:
        check_output(bad_file, location)
    with quarantine(bad_file) as bad, for_writing(database) as store:
        code = importer.run(store, mapping, bad, again=again)
        while watch:
            time.sleep(POLL_SECONDS)
            if importer.look():
                importer.run(store, mapping, bad, quiet=True)
    return code


def _places(paths: tuple[str, ...], reader: Reader | None) -> tuple[str, ...]:
    if paths:
        return paths
    if reader is None or not reader.homes:
        homes = ", ".join(f"--from {one.name}" for one in usable() if one.homes)
        raise InputError(f"Name a file or a folder to import, or a tool whose sessions are in its usual place: {homes}.")
    places = reader.places()
    if there := tuple(place for place in places if os.path.exists(place)):
        return there
    raise InputError(f"There is no {' or '.join(places)}; name the file or the folder.")
