"""Rights on PostgreSQL: whoever may read the thoughts may search them, and nobody else learns anything about them.

GRANT says who may read the thoughts, and that may change. `init` and `doctor --repair` bring the rights on the tables
beside the thoughts into line. Row security of the thoughts does not protect those tables. So a role that it binds is
granted only tables that tell nothing about single thoughts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ...sql import statements
from ..contract.statement import Plan, Statement
from . import objects
from .objects import Function
from .shape import BESIDE, COLUMNS, TABLE, Shape

_SQL = statements("postgres", "rights")
VECTORS = "ai_thought_embedding"
#: Tables that say how the database was made, and nothing about the thoughts.
_GENERAL = ("thoughtsearch_migration", "thoughtsearch_model")
#: Tables that tell a search about all thoughts: how many there are, how many hold each word, and their other forms.
_TELLING = ("thoughtsearch_state", "thoughtsearch_word", "thoughtsearch_unembedded", VECTORS, BESIDE)
#: Tables for roles that import.
_PRIVATE = ("thoughtsearch_imported", "thoughtsearch_import_file")
_NAMES = (*_GENERAL, *_TELLING, *_PRIVATE)
_EVERYBODY = "PUBLIC"


class _Role(NamedTuple):
    name: str  # in quotes where it needs them
    is_bound: bool  # by the row security of the thoughts


class _Thoughts(NamedTuple):
    """The roles that have rights on the thoughts. None where there is no table yet."""

    readers: list[_Role]
    owner: str | None
    asking: str | None


@dataclass(frozen=True, slots=True)
class _Table:
    """One of thoughtsearch's tables, with its present rights."""

    owner: str
    is_owned: bool  # by the owner of the thoughts, or a role above
    grants: frozenset[tuple[str, str]]  # pairs of role and right, without the owner's


class Wrong(NamedTuple):
    """A deviation in words, and the statement that mends it. No statement for objects of other programs."""

    what: str
    mending: str | None


def secured(shape: Shape) -> Plan[None]:
    """Mend all rights that deviate."""
    for wrong in (yield from deviations(shape)):
        if wrong.mending is not None:
            yield Statement(wrong.mending)


def deviations(shape: Shape) -> Plan[list[Wrong]]:
    """All rights that are not as they should be."""
    rows = yield _asked("readers", shape, columns=list(COLUMNS))
    thoughts = _Thoughts([_Role(*row[:2]) for row in rows], *(rows[0][2:] if rows else (None, None)))
    return [
        *(yield from _of_tables(shape, thoughts)),
        *(yield from _of_functions(shape, thoughts)),
        *(yield from _of_triggers(shape)),
    ]


def row_security(shape: Shape) -> Statement:
    """Whether some roles may only read some of the thoughts."""
    return _asked("row_security", shape)


def _asked(named: str, shape: Shape, **more: object) -> Statement:
    return Statement(_SQL[named], {"table": shape.prefix + TABLE, **more})


def _of_tables(shape: Shape, thoughts: _Thoughts) -> Plan[list[Wrong]]:
    there: dict[str, _Table] = {}
    rows = yield _asked("granted", shape, schema=shape.prefix, names=list(_NAMES))
    for name, owner, is_owned, grantee, right in rows:
        before = there[name].grants if name in there else frozenset()
        there[name] = _Table(owner, is_owned, before | {(grantee, right)} if grantee else before)
    wrong: list[Wrong] = []
    for name in _NAMES:
        table, place = there.get(name), f"{shape.prefix}{name}"
        if table is None:
            if name == VECTORS or (name == BESIDE and not shape.is_found):
                continue  # made when it is needed
            table = _Table(thoughts.asking or "", True, frozenset())
        if not table.is_owned:
            wrong.append(Wrong(f"{name} is owned by {table.owner}", f"ALTER TABLE {place} OWNER TO {thoughts.owner}"))
        is_telling = name in _TELLING
        readers = thoughts.readers if is_telling or name in _GENERAL else []
        wrong += _grants(name, place, table, {role.name for role in readers if not (is_telling and role.is_bound)})
    return wrong


def _grants(name: str, place: str, table: _Table, wanted: set[str]) -> Iterable[Wrong]:
    if _EVERYBODY in wanted:
        wanted = {_EVERYBODY}
    reading = {role for role, right in table.grants if right == "SELECT"}
    planting = {role for role, right in table.grants if right == "TRIGGER"}
    if lacking := sorted(wanted - reading - {table.owner}):
        who = ", ".join(lacking)
        yield Wrong(f"{who} may read the thoughts and not {name}", f"GRANT SELECT ON {place} TO {who}")
    excess = sorted(reading - wanted if _EVERYBODY not in wanted else ())
    if excess:
        who = ", ".join(excess)
        yield Wrong(f"{who} may read {name} and not every thought", f"REVOKE SELECT ON {place} FROM {who} CASCADE")
    if planting:
        who = ", ".join(sorted(planting))
        yield Wrong(f"{who} may make triggers on {name}", f"REVOKE TRIGGER ON {place} FROM {who} CASCADE")


def _of_functions(shape: Shape, thoughts: _Thoughts) -> Plan[list[Wrong]]:
    wanted = objects.functions(shape)
    wrong: list[Wrong] = []
    for name, signature, body, is_ours, *how in (yield _asked("functions", shape, names=list(wanted))):
        if body == wanted[name].body:
            wrong += _function(signature, wanted[name], str(thoughts.owner), *how)
        elif not is_ours:  # otherwise `renewal.others` finds it
            wrong.append(Wrong(f"{signature} bears a name of ours and is another one: DROP FUNCTION {signature}", None))
    return wrong


def _function(
    signature: str, wanted: Function, owner: str, is_pinned: bool, is_definer: bool, is_owned: bool, others: list[str]
) -> Iterable[Wrong]:
    said = f"ALTER FUNCTION {signature}"
    if not is_owned:
        yield Wrong(f"{signature} is owned by another role than the thoughts", f"{said} OWNER TO {owner}")
    if wanted.is_pinned and not is_pinned:
        yield Wrong(f"{signature} looks up names where its caller says", f"{said} SET search_path = pg_catalog, pg_temp")
    if wanted.is_definer != is_definer:
        whose = "its caller's" if wanted.is_definer else "its owner's"
        mended = "DEFINER" if wanted.is_definer else "INVOKER"
        yield Wrong(f"{signature} runs with {whose} rights", f"{said} SECURITY {mended}")
    if wanted.is_definer and others:
        who = ", ".join(others)
        yield Wrong(f"{who} may run {signature}", f"REVOKE ALL ON FUNCTION {signature} FROM {who} CASCADE")
    if not wanted.is_definer and _EVERYBODY not in others:
        yield Wrong(f"not everybody may run {signature}", f"GRANT EXECUTE ON FUNCTION {signature} TO {_EVERYBODY}")


def _of_triggers(shape: Shape) -> Plan[list[Wrong]]:
    follow = shape.prefix + "thoughtsearch_follow"
    return [
        Wrong(f"the trigger {name} on {table} is none of ours: DROP TRIGGER {name} ON {table}", None)
        for name, table in (yield _asked("triggers", shape, schema=shape.prefix, names=list(_NAMES), function=follow))
    ]
