"""The arguments of a search, once: what each may be, what it means, who may set it, how the command line spells it.

`search()`'s checks and the options of the command line are made from this table. The docstring of `Store.search` and the
types in `SearchOptions` are written out for editors and type checkers; tests hold them to it.
"""

# ruff: noqa: RUF009  # _argument() makes a field, as dataclasses.field() does

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple, TypeAlias, TypedDict

from ..errors import InputError
from .checks import AnyOf, Check, Cycle, Flag, NumberOrName, OneOf, Predicates, Seconds, Share, Text, Texts, Time, Whole

FACETS = ("ai", "thought_type", "tags", "time")
MODES = ("auto", "text", "semantic", "hybrid")
FUSIONS = ("convex", "rrf")
MAX_LIMIT = 10_000
#: Seconds that a search may take, unless it is told otherwise.
TIMEOUT = 30.0

#: Short names of columns, and the columns: each is accepted for the other, where thoughts are searched and where they
#: are stored.
SHORT_NAMES: Mapping[str, str] = {
    "ai": "ai_id",
    "session": "session_id",
    "cycle": "cycle_number",
    "type": "thought_type",
}

#: One metadata predicate: the dict form or the text form.
Where: TypeAlias = Mapping[str, Any] | str
#: Both ends belong to it; None is open.
Range: TypeAlias = tuple[int | None, int | None]


class Option(NamedTuple):
    """How the command line spells an argument, and in which group of options."""

    group: str
    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    multiple: bool = False
    #: The option is a flag that stands for this value.
    flag_value: str | None = None
    show_default: bool = False


class Argument(NamedTuple):
    """One line of the table. `also` is its other name."""

    check: Check
    #: What it means, for the docstring and for whoever publishes a schema.
    help: str
    also: str | None = None
    #: None: not on the command line.
    option: Option | None = None
    #: Whether a model that calls search() as a tool may set it. How long and how a search runs is its host's decision.
    by_model: bool = True
    #: Whether another value makes another list: a cursor belongs to the values of these.
    in_cursor: bool = True


def _argument(default: Any, check: Check, help: str, **more: Any) -> Any:  # noqa: A002
    return field(default=default, metadata={"argument": Argument(check, help, **more)})


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one `search()`, checked. Raises InputError for one that can't be used."""

    query: str = _argument("", Text(), "words, phrases and filters, as `thoughtsearch help query-language` has them")
    limit: int = _argument(
        10,
        Whole(1, MAX_LIMIT),
        f"hits on this page, 1 to {MAX_LIMIT:,}",
        in_cursor=False,
        option=Option("page", ("-n", "--limit"), "How many.", show_default=True),
    )
    cursor: str | None = _argument(
        None,
        Text("a next_cursor"),
        "a page's `next_cursor`, to go on after it",
        in_cursor=False,
        option=Option("page", ("--cursor",), "Go on after the page that ended with this cursor."),
    )
    match: str = _argument(
        "any",
        OneOf("any", "all", expected='"any" or "all"'),
        '"any" of the free words (the default), or "all"',
        option=Option("matching", ("--all",), "Every word must be there, not just one.", flag_value="all"),
    )
    mode: str = _argument(
        "auto",
        OneOf(*MODES),
        '"text", "semantic" (by meaning), "hybrid" (both), or "auto" (the default): hybrid where the store has an '
        "embedder and the thoughts are embedded, else text; `mode_used` says which it was",
        option=Option("matching", ("--mode",), "By words, by meaning, or both (default: auto)."),
    )
    fusion: str = _argument(
        "convex",
        OneOf(*FUSIONS),
        'in a hybrid search: "convex" (scores are added; the default), or "rrf" (reciprocal ranks)',
        by_model=False,
        option=Option("matching", ("--fusion",), "How a hybrid search joins its lists (default: convex)."),
    )
    weight: float | None = _argument(
        None,
        Share("the meaning in a hybrid score"),
        'the share of the meaning in a hybrid score, 0 to 1 (0.2; with "rrf" 0.5)',
        by_model=False,
        option=Option("matching", ("--weight",), "Share of the meaning in a hybrid score (default: 0.2)."),
    )
    ai: int | str | tuple[int | str, ...] | None = _argument(
        None,
        AnyOf(NumberOrName(), "a number or a name, or a list of them"),
        "an agent's number, or its name in ai_profiles; a list: any of these agents",
        also="ai_id",
        option=Option("filters", ("--ai",), "Thoughts of this agent; several: of any.", "NUMBER|NAME", multiple=True),
    )
    session_id: int | str | None = _argument(
        None,
        NumberOrName(),
        "a session's number, or the name that an import found",
        also="session",
        option=Option("filters", ("--session",), "Thoughts of this session.", "NUMBER|NAME"),
    )
    cycle: int | str | Range | None = _argument(
        None,
        Cycle(),
        'a number, (low, high) with None for open, or "120..140"',
        also="cycle_number",
        option=Option("filters", ("--cycle",), "Of this cycle or range of cycles.", "N|LOW..HIGH"),
    )
    thought_type: str | tuple[str, ...] | None = _argument(
        None,
        AnyOf(Text(), "a text, or a list of texts"),
        "exactly this type; a list: any of these types",
        also="type",
        option=Option("filters", ("--type",), "Of exactly this type; several: of any.", multiple=True),
    )
    tags: Iterable[str] = _argument(
        (),
        Texts(alone=True),
        'all of these tags; "a,b", alone or in the list, is either of the two',
        option=Option("filters", ("--tag",), "With this tag (a,b: with either); several: with all of them.", multiple=True),
    )
    any_tags: Iterable[str] = _argument(
        (),
        Texts(alone=True),
        "at least one of these tags",
        option=Option("filters", ("--any-tag",), "With at least one of these tags.", "TAG", multiple=True),
    )
    not_tags: Iterable[str] = _argument(
        (),
        Texts(alone=True),
        "none of these tags",
        option=Option("filters", ("--not-tag",), "Without this tag.", "TAG", multiple=True),
    )
    where: Where | Sequence[Where] | None = _argument(
        None,
        Predicates(),
        'metadata predicates: {"step": {"$gte": 10}} or "step>=10"; a list: all of them',
        option=Option("filters", ("--where",), "Metadata: step>=10, status:done, or JSON.", "PREDICATE", multiple=True),
    )
    since: str | date | None = _argument(
        None,
        Time(),
        'from this time on: a datetime, a date, or a text: "2026-02-01", "7d", "yesterday"',
        option=Option("filters", ("--since",), "From this time on: 2026-02-01, 7d, yesterday.", "TIME"),
    )
    until: str | date | None = _argument(
        None,
        Time(),
        "until the end of this time",
        option=Option("filters", ("--until",), "Until the end of this time.", "TIME"),
    )
    facets: Iterable[str] = _argument(
        (),
        Texts(among=FACETS),
        'of "ai", "thought_type", "tags", "time": counts over all that match',
        in_cursor=False,
        option=Option("page", ("--facet",), "Count by this; repeatable.", "|".join(FACETS), multiple=True),
    )
    total: bool = _argument(
        False,
        Flag(),
        "count all that match; in a hybrid search by their words, in a semantic one by the filters",
        in_cursor=False,
        option=Option("page", ("--total",), "Count all that match."),
    )
    explain: bool = _argument(
        False,
        Flag(),
        "each hit's score, term by term",
        by_model=False,
        in_cursor=False,
        option=Option("page", ("--explain",), "Say how each score came about."),
    )
    strict: bool = _argument(
        False,
        Flag(),
        "raise QueryError where the text is unfinished, instead of a warning",
        by_model=False,
        in_cursor=False,
        option=Option("matching", ("--strict",), "Refuse an unfinished query instead of making sense of it."),
    )
    timeout: float | None = _argument(
        TIMEOUT,
        Seconds("the search may take"),
        "seconds that the search may take, all in all; None for as long as it takes. (`open(timeout=)` is something else: "
        "how long to wait for other writers.)",
        by_model=False,
        in_cursor=False,
        option=Option(
            "filters",
            ("--timeout",),
            f"How long the search may take (default: {TIMEOUT:g}; 0: as long as it takes).",
            "SECONDS",
        ),
    )

    def __post_init__(self) -> None:
        for name, check, may_be_none in _CHECKS:
            given = getattr(self, name)
            if given is None and may_be_none:
                continue
            kept = check(name, given)
            if kept is not given:
                object.__setattr__(self, name, kept)


#: The table, by name and in order.
ARGUMENTS: Mapping[str, Argument] = {item.name: item.metadata["argument"] for item in fields(Arguments)}
DEFAULTS: Mapping[str, Any] = {item.name: item.default for item in fields(Arguments)}
_CHECKS = tuple((name, argument.check.check, DEFAULTS[name] is None) for name, argument in ARGUMENTS.items())
_OTHER_NAMES = {argument.also: name for name, argument in ARGUMENTS.items() if argument.also}


class SearchOptions(TypedDict, total=False):
    """The keyword arguments of `search()`, the same on every face."""

    limit: int
    cursor: str | None
    match: str
    mode: str
    fusion: str
    weight: float | None
    ai: int | str | Iterable[int | str] | None
    ai_id: int | str | Iterable[int | str] | None
    session_id: int | str | None
    session: int | str | None
    cycle: int | str | Range | None
    cycle_number: int | str | Range | None
    thought_type: str | Iterable[str] | None
    type: str | Iterable[str] | None
    tags: Iterable[str]
    any_tags: Iterable[str]
    not_tags: Iterable[str]
    where: Where | Sequence[Where] | None
    since: str | date | None
    until: str | date | None
    facets: Iterable[str]
    total: bool
    explain: bool
    strict: bool
    timeout: float | None


def by_name(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, each under the table's own name. Raises InputError for an argument that there isn't, or twice."""
    named: dict[str, Any] = {}
    for spelled, value in given.items():
        name = _OTHER_NAMES.get(spelled, spelled)
        if name not in ARGUMENTS:
            raise InputError(f"search() has no argument {spelled!r:.60}; it takes {', '.join(sorted(ARGUMENTS))}.")
        if name in named:
            raise InputError(f"search() takes {name} or {ARGUMENTS[name].also}, which mean the same; got both.")
        named[name] = value
    return named
