"""Giving what an earlier version made on PostgreSQL the form that it has now.

Migrations were edited in place until they were frozen, so the record of what was applied does not say how it was made. A
fingerprint of the migrations is kept since then; where there is none, all functions are compared, in one statement.
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
#: What computes what is searched of a thought: of own tables and of what stands beside found ones.
_INDEXING = ("thoughtsearch_vector", "thoughtsearch_length", "thoughtsearch_of")


def fingerprint(steps: Iterable[Migration]) -> str:
    """Of what these migrations are."""
    return sha256("\n".join(step.script for step in steps).encode()).hexdigest()[:32]


def others(shape: Shape, steps: Sequence[Migration] | None = None) -> Plan[list[str]]:
    """The functions and text search objects of ours that are not there, or not as these migrations make them."""
    wanted = objects.functions(shape, steps)
    asked = {"schema": shape.schema, "names": list(wanted)}
    there: dict[str, list[tuple[list[str], str]]] = {}
    for name, arguments, body in (yield Statement(_SETUP["functions"], asked)):
        there.setdefault(name, []).append((list(arguments), body))
    found = [name for name, one in wanted.items() if there.get(name) != [(one.arguments, one.body)]]
    named = {(kind, name) for kind, name in (yield Statement(_SETUP["text_search"], {"schema": shape.schema}))}
    return found + [name for kind, name in objects.text_search(shape, steps) if (kind, name) not in named]


def renew(shape: Shape, steps: Sequence[Migration] | None, names: Collection[str]) -> Plan[None]:
    """Make these of them anew. What the analysis has made of thoughts before may be wrong then: see `computes`."""
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
    """Whether what is searched of a thought is computed by one of these functions, however far down."""
    functions = objects.functions(shape, steps)
    reached: set[str] = set()
    ahead = [name for name in _INDEXING if name in functions]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [word for word in re.findall(r"thoughtsearch_\w+", functions[name].body) if word in functions]
    return any(name in reached or name not in functions for name in names)
