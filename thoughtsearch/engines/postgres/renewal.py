"""Give objects that an earlier version made on PostgreSQL their present form.

Migrations were edited in place until they were frozen. So the record of applied migrations does not say which form they
had. Since then the database keeps a fingerprint of the migrations. Where there is none, one statement compares all
functions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from ...sql import Migration, fill, statements
from ..contract.statement import Plan, Statement
from . import objects
from .objects import Function
from .shape import Shape

_SETUP = statements("postgres", "setup")
#: The functions that compute what a search reads of a thought, in own tables and beside found ones.
_INDEXING = ("thoughtsearch_vector", "thoughtsearch_length", "thoughtsearch_of")


def fingerprint(steps: Iterable[Migration]) -> str:
    """The fingerprint of these migrations."""
    return sha256("\n".join(step.script for step in steps).encode()).hexdigest()[:32]


def others(shape: Shape, steps: Sequence[Migration] | None = None) -> Plan[list[str]]:
    """The functions and text search objects that are missing, or that differ from what these migrations make."""
    wanted = objects.functions(shape, steps)
    asked = {"schema": shape.schema, "names": list(wanted)}
    there: dict[str, list[tuple[list[str], str]]] = {}
    for name, arguments, body, is_ours in (yield Statement(_SETUP["functions"], asked)):
        one = (list(arguments), body)
        # What another role made by a name of ours is not for us to change: the check of rights says what to do with it.
        if is_ours or one == wanted[name][:2]:
            there.setdefault(name, []).append(one)
    found = [name for name, one in wanted.items() if there.get(name) != [(one.arguments, one.body)]]
    named = {(kind, name) for kind, name in (yield Statement(_SETUP["text_search"], {"schema": shape.schema}))}
    return found + [name for kind, name in objects.text_search(shape, steps) if (kind, name) not in named]


def renew(shape: Shape, steps: Sequence[Migration] | None, names: Collection[str]) -> Plan[None]:
    """Make those of these names anew. What the analysis made of thoughts before may then be wrong: see `computes`."""
    there = {(kind, name) for kind, name in (yield Statement(_SETUP["text_search"], {"schema": shape.schema}))}
    for named, creation in objects.text_search(shape, steps).items():
        if named not in there:
            yield Statement(creation)
    yield Statement(shape.fill(_SETUP["forget_mappings"]))
    for statement in objects.mappings(shape, steps):
        yield Statement(statement)
    functions = objects.functions(shape, steps)
    for name in functions:
        if name in names:
            yield _renewed(shape, name, functions[name])
    for statement in objects.rights(shape, steps, names):
        yield Statement(statement)
    for statement in objects.pending_limits(shape, steps):
        yield Statement(statement)


def _renewed(shape: Shape, name: str, function: Function) -> Statement:
    holes = {"name": name, "schema_name": shape.prefix.rstrip("."), "body": function.body}
    return Statement(fill(_SETUP["renew_function"], replacement=function.replacement, **holes))


def computes(shape: Shape, steps: Sequence[Migration] | None, names: Collection[str]) -> bool:
    """Whether one of these functions helps, directly or not, to compute what a search reads of a thought."""
    functions = objects.functions(shape, steps)
    reached: set[str] = set()
    ahead = [name for name in _INDEXING if name in functions]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [word for word in re.findall(r"thoughtsearch_\w+", functions[name].body) if word in functions]
    return any(name in reached or name not in functions for name in names)
