"""`thoughtsearch demo`."""

from __future__ import annotations

import shlex

import click

from ...sources.files import opened
from ...sources.jsonl import READER
from ...sources.loading import Loading
from ...sql import sample_file
from .. import options
from ..command import TextCommand
from ..database import for_writing
from ..searching import run


@click.command("demo", cls=TextCommand, examples=("thoughtsearch demo", "thoughtsearch demo 'tag:postgresql index'"))
@options.text
@options.color
def command(text: tuple[str, ...]) -> int:
    """Try it: search sample thoughts in a temporary database for TEXT, or for why the database is locked."""
    import tempfile
    from pathlib import Path

    asked = options.words(text) or "why is the database locked?"
    path = Path(tempfile.mkdtemp(prefix="thoughtsearch-demo-")) / "thoughts.db"
    with for_writing(str(path)) as store:
        with sample_file() as samples, opened(samples) as source:
            loading = Loading(store)
            loading.run(READER, source)
        click.echo(f"{loading.stored.total()} sample thoughts are in {path}\n")
        click.echo(click.style(f"$ thoughtsearch query {shlex.quote(asked)}\n", bold=True))
        code = run(store, asked, as_json=False, as_jsonl=False, full=False, limit=5)
    click.echo("Go on with:")
    click.echo(f'  thoughtsearch query -d {shlex.quote(str(path))} "tag:sqlite type:insight"')
    click.echo(f"  thoughtsearch facets -d {shlex.quote(str(path))}")
    return code
