"""`thoughtsearch add`."""

from __future__ import annotations

import json
import re
import sys
from typing import Any, NoReturn

import click

from ...errors import InputError
from ...records import draft, metadata_with
from ...store import Store
from .. import options
from ..command import TextCommand
from ..database import for_writing
from ..jsontext import print_json


@click.command(
    "add",
    cls=TextCommand,
    examples=(
        'thoughtsearch add "The export job holds the write lock." --type insight --tag sqlite --tag locking',
        "thoughtsearch add 'Retry with backoff.' --ai 3 --session 7 --cycle 12 --meta step=4 --meta status=open",
        "thoughtsearch add --json < note.txt",
        "thoughtsearch add 'An older thought.' --at 2026-02-01T10:30:00Z",
    ),
)
@click.argument("text", required=False)
@click.option("--ai", metavar="NUMBER|NAME", help="Whose thought (default: THOUGHTSEARCH_AI, or 0).")
@click.option("--session", "session_id", type=int, help="In which session.")
@click.option("--cycle", "cycle_number", type=int, help="In which cycle.")
@click.option("--type", "thought_type", help="Its type: insight, question …")
@click.option("--tag", "tags", multiple=True, help="A tag; repeatable.")
@click.option("--meta", metavar="KEY=VALUE", multiple=True, help="Metadata; VALUE is JSON, or else a text. Repeatable.")
@click.option("--metadata", metavar="JSON", help="Metadata as a JSON object.")
@click.option("--at", "created_at", metavar="TIME", help="When it was thought (default: now).")
@options.database
@options.embedder
@options.as_json
def command(text: str | None, database: str | None, embedder: str | None, as_json: bool, **given: Any) -> None:
    """Store a thought and print its number. Without TEXT, or with `-`, read the text from stdin.

    With an embedder, embed it too, for searches by meaning.
    """
    content = _from_stdin() if text is None or text == "-" else options.as_typed(text)
    given = {name: options.as_typed(value) for name, value in given.items()}
    given["metadata"] = _metadata(given.pop("metadata"), given.pop("meta"))
    ai = given.pop("ai")
    draft({"thought_content": content, **given})  # first, so that no database is made for a bad thought
    with for_writing(database, embedder) as store:
        given["ai_id"] = None if ai is None else _agent(store, ai)
        stored = store.add(content, **given)
        if as_json:
            thought = store.get(stored)
            print_json(thought.to_dict() if thought else {"id": stored})
        else:
            click.echo(stored)


def _from_stdin() -> str:
    if sys.stdin.isatty():
        click.echo("Write the thought; end with Ctrl-D on a line of its own.", err=True)
    return options.read_stdin()


def _agent(store: Store, ai: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,18}", ai):
        return int(ai)
    return store.agent_id(ai)


def _metadata(whole: str | None, pairs: tuple[str, ...]) -> str:
    record: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InputError(f"--meta takes KEY=VALUE; got {pair!r:.60}.")
        record[key] = _value(value)
    return metadata_with(whole, record)


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> NoReturn:
    # NaN and Infinity aren't JSON, so metadata takes them as text.
    raise ValueError(name)
