"""The options that commands share. Their names are those of search()'s arguments, to which they are handed on."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from ..errors import InputError
from ..query.arguments import ARGUMENTS, DEFAULTS, SearchOptions
from ..query.checks import Flag, OneOf, Seconds, Share, Whole
from .terminal import set_color

_TOO_LARGE = 2**63
_LONGEST_TEXT = 64 << 20  # bytes, as of a record of an import

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

database = click.option("-d", "--db", "database", metavar="PATH|URL", help="The database (default: THOUGHTSEARCH_URL).")
text = click.argument("text", nargs=-1)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
as_jsonl = click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line for each hit.")
full = click.option("--full", is_flag=True, help="Print whole thoughts instead of snippets.")
color = click.option(
    "--color/--no-color", default=None, callback=set_color, expose_value=False, help="Colours (default: on a terminal)."
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


def _of_argument(name: str) -> Callable[[F], F]:
    """The option of one argument of search(), as the table of arguments spells it."""
    check, option = ARGUMENTS[name].check, ARGUMENTS[name].option
    assert option
    more: dict[str, Any] = {}
    if option.flag_value is not None:
        more = {"flag_value": option.flag_value}
    elif isinstance(check, Flag):
        more = {"is_flag": True}
    elif isinstance(check, OneOf):
        more = {"type": click.Choice(check.choices)}
    elif isinstance(check, Whole):
        more = {"type": click.IntRange(check.low, check.high)}
    elif isinstance(check, Share):
        more = {"type": click.FloatRange(0, 1)}
    elif isinstance(check, Seconds):
        more = {"type": click.FloatRange(0), "callback": _or_endless}
    if option.multiple:
        more["multiple"] = True
    if option.show_default:
        more |= {"default": DEFAULTS[name], "show_default": True}
    return click.option(*option.flags, name, metavar=option.metavar, help=option.help, **more)


def _or_endless(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    return math.inf if value == 0 else value


def _group(group: str) -> Callable[[F], F]:
    """The options of one group, in the order of the table."""
    return _together(*(_of_argument(name) for name, one in ARGUMENTS.items() if one.option and one.option.group == group))


limit = _of_argument("limit")
cursor = _of_argument("cursor")
filters = _group("filters")
matching = _group("matching")
page = _group("page")


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
    if "ai" in options:
        options["ai"] = [int(one) if re.fullmatch(r"-?[0-9]{1,18}", one) else one for one in options["ai"]]
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
