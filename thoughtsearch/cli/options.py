"""The options that commands share. Their names are those of search()'s arguments, to which they are handed on."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from ..errors import InputError
from ..query.request import FACETS, FUSIONS, MAX_LIMIT, MODES, TIMEOUT, SearchOptions
from .terminal import set_color

_TOO_LARGE = 2**63
_LONGEST_TEXT = 64 << 20  # bytes, as of a record of an import

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

database = click.option("-d", "--db", "database", metavar="PATH|URL", help="The database (default: THOUGHTSEARCH_URL).")
text = click.argument("text", nargs=-1)
limit = click.option("-n", "--limit", type=click.IntRange(1, MAX_LIMIT), default=10, show_default=True, help="How many.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
as_jsonl = click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line for each hit.")
full = click.option("--full", is_flag=True, help="Print whole thoughts instead of snippets.")
color = click.option(
    "--color/--no-color", default=None, callback=set_color, expose_value=False, help="Colours (default: on a terminal)."
)

_FILTERS = (
    click.option("--ai", metavar="NUMBER|NAME", help="Thoughts of this agent."),
    click.option("--session", "session_id", metavar="NUMBER|NAME", help="Thoughts of this session."),
    click.option("--cycle", metavar="N|LOW..HIGH", help="Of this cycle or range of cycles."),
    click.option("--type", "thought_type", help="Of exactly this type."),
    click.option("--tag", "tags", multiple=True, help="With this tag (a,b: with either); several: with all of them."),
    click.option("--any-tag", "any_tags", metavar="TAG", multiple=True, help="With at least one of these tags."),
    click.option("--not-tag", "not_tags", metavar="TAG", multiple=True, help="Without this tag."),
    click.option("--where", metavar="PREDICATE", multiple=True, help="Metadata: step>=10, status:done, or JSON."),
    click.option("--since", metavar="TIME", help="From this time on: 2026-02-01, 7d, yesterday."),
    click.option("--until", metavar="TIME", help="Until the end of this time."),
)
timeout = click.option(
    "--timeout",
    type=click.FloatRange(0),
    metavar="SECONDS",
    callback=lambda ctx, param, value: math.inf if value == 0 else value,
    help=f"How long the search may take (default: {TIMEOUT:g}; 0: as long as it takes).",
)
_MATCHING = (
    click.option("--all", "match", flag_value="all", help="Every word must be there, not just one."),
    click.option("--mode", type=click.Choice(MODES), help="By words, by meaning, or both (default: auto)."),
    click.option("--fusion", type=click.Choice(FUSIONS), help="How a hybrid search joins its lists (default: convex)."),
    click.option("--weight", type=click.FloatRange(0, 1), help="Share of the meaning in a hybrid score (default: 0.2)."),
    click.option("--strict", is_flag=True, help="Refuse an unfinished query instead of making sense of it."),
)
_PAGE = (
    limit,
    click.option("--cursor", help="Go on after the page that ended with this cursor."),
    click.option("--facet", "facets", multiple=True, metavar="|".join(FACETS), help="Count by this; repeatable."),
    click.option("--total", is_flag=True, help="Count all that match."),
    click.option("--explain", is_flag=True, help="Say how each score came about."),
)


def _together(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


embedder = click.option(
    "--embedder",
    metavar="NAME[:MODEL]",
    help="What embeds texts: wordllama, openai:MODEL … (default: THOUGHTSEARCH_EMBEDDER).",
)

filters = _together(*_FILTERS, timeout)
matching = _together(*_MATCHING)
page = _together(*_PAGE)


def thought_id(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """`12`, or `#12` as it is printed."""
    try:
        number = int(value.removeprefix("#"))
    except ValueError:
        number = _TOO_LARGE
    if abs(number) >= _TOO_LARGE:
        raise click.BadParameter(f"{value!r:.40} is not a thought's number.")
    return number


def search_options(given: dict[str, Any]) -> SearchOptions:
    """What was given of the options above, as search() takes it."""
    # Not by `in`: a weight of 0 equals False.
    options = {
        name: as_typed(value) for name, value in given.items() if not (value is None or value == () or value is False)
    }
    if "ai" in options and re.fullmatch(r"-?[0-9]{1,18}", options["ai"]):
        options["ai"] = int(options["ai"])
    if len(options.get("where", ())) == 1:
        (options["where"],) = options["where"]
    return cast(SearchOptions, options)


def words(given: tuple[str, ...]) -> str:
    """The words of the command line as one text; `-` alone stands for stdin."""
    return read_stdin() if given == ("-",) else " ".join(map(as_typed, given))


def as_typed(value: T) -> T:
    """A text, or the texts of a tuple, as it was typed: where the locale is not UTF-8, Python reads other bytes into it."""
    if isinstance(value, tuple):
        return cast(T, tuple(map(as_typed, value)))
    if not isinstance(value, str) or value.isascii() or not any("\udc80" <= c <= "\udcff" for c in value):
        return value
    try:
        return cast(T, value.encode(sys.getfilesystemencoding(), "surrogateescape").decode("utf-8"))
    except UnicodeError:
        return value


def read_stdin() -> str:
    """All of stdin, without the line break at its end. Raises InputError where it isn't UTF-8, or has no end."""
    try:
        given = sys.stdin.buffer.read(_LONGEST_TEXT + 1)
        if len(given) > _LONGEST_TEXT:
            raise InputError(f"The text on stdin is longer than {_LONGEST_TEXT >> 20} MiB; give a shorter one.")
        read = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"The text on stdin is not UTF-8 (byte {error.start + 1}).") from error
    return read.rstrip("\r\n")
