"""The table of search arguments, and what is written out or made from it, are in step."""

from __future__ import annotations

import inspect
import re
import typing
from pathlib import Path
from typing import Any

import click
import pytest

from tests.tools.search_docstring import renewed
from thoughtsearch import InputError, Store, store
from thoughtsearch.cli.group import root
from thoughtsearch.models import COLUMNS
from thoughtsearch.query.arguments import ARGUMENTS, DEFAULTS, SHORT_NAMES, Arguments, SearchOptions

KEYWORDS = [name for name in ARGUMENTS if name != "query"]


def test_the_types_are_those_of_the_table() -> None:
    both = {name: ARGUMENTS[name].also for name in KEYWORDS}
    spelled = [one for name, also in both.items() for one in (name, also) if one]
    assert list(SearchOptions.__annotations__) == spelled
    types = typing.get_type_hints(SearchOptions)
    for name, also in both.items():
        assert also is None or types[name] == types[also]


def test_the_docstring_is_that_of_the_table() -> None:
    source = Path(store.__file__).read_text(encoding="utf-8")
    assert renewed(source) == source, "run: python -m tests.tools.search_docstring"
    documented = inspect.getdoc(Store.search) or ""
    assert all(f"\n{name} " in documented for name in KEYWORDS)
    for name in ("match", "mode", "fusion"):
        default, rest = re.findall(r'"(\w+)"([^"]*\bthe default\b[^"]*)', ARGUMENTS[name].help)[0]
        assert default == DEFAULTS[name], rest


def options(command: str) -> dict[str, click.Option]:
    found = root.get_command(click.Context(root), command)
    assert found
    return {one.name or "": one for one in found.params if isinstance(one, click.Option)}


@pytest.mark.parametrize("name", KEYWORDS)
def test_an_option_is_that_of_the_table(name: str) -> None:
    spelled, made = ARGUMENTS[name].option, options("query")[name]
    assert spelled
    assert (tuple(made.opts), made.help, made.multiple) == (spelled.flags, spelled.help, spelled.multiple)
    for command in ("recent", "facets", "similar"):
        if spelled.group == "filters":
            assert options(command)[name].help == spelled.help


def test_the_options_stand_in_the_order_of_the_table() -> None:
    for group in ("filters", "matching", "page"):
        wanted = [name for name, one in ARGUMENTS.items() if one.option and one.option.group == group]
        assert [name for name in options("query") if name in wanted] == wanted


def test_short_names_are_of_columns_and_each_is_an_argument() -> None:
    assert set(SHORT_NAMES.values()) <= set(COLUMNS)
    for short, column in SHORT_NAMES.items():
        assert {short, column} in [{name, one.also} for name, one in ARGUMENTS.items()]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_default_passes_and_what_is_none_is_refused_in_the_words_of_the_check(name: str) -> None:
    Arguments(**{name: DEFAULTS[name]})
    argument = ARGUMENTS[name]
    assert argument.help
    assert argument.check.schema
    given: Any = object()
    if name not in ("since", "until"):  # read once the moment of the search is known
        with pytest.raises(InputError, match="takes") as caught:
            Arguments(**{name: given})
        assert str(caught.value).startswith(f"{name} takes {argument.check.expected}; got ")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("limit", 1, 0),
        ("mode", "text", "fast"),
        ("weight", 0.5, 2),
        ("timeout", 0.5, 0),
        ("ai", [1, "Ada"], [None]),
        ("thought_type", ["a", "b"], [1]),
        ("tags", "a,b", 5),
        ("facets", ["ai"], ["colour"]),
        ("cycle", "120..140", 1.5),
        ("where", [{"step": 1}, "step>1"], 5),
        ("total", True, 1),
    ],
)
def test_a_schema_says_what_the_check_does(name: str, good: Any, bad: Any) -> None:
    check = ARGUMENTS[name].check
    for value, is_right in ((good, True), (bad, False)):
        assert fits(value, check.schema) is is_right
        if is_right:
            check.check(name, value)
        else:
            with pytest.raises(InputError):
                check.check(name, value)


def fits(value: Any, schema: Any) -> bool:
    """As much of JSON Schema as the table uses."""
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    kinds: dict[str, Any] = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
    kinds |= {"integer": int, "number": (int, float)}
    if not isinstance(value, kinds[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return False
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(fits(one, schema.get("items", {})) for one in value)
    return (
        value in schema.get("enum", [value])
        and ("minimum" not in schema or value >= schema["minimum"])
        and ("maximum" not in schema or value <= schema["maximum"])
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
    )
