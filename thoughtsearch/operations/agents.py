"""Agents by name: in filters, on the way in, and for people to read."""

from __future__ import annotations

from collections.abc import Mapping

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..errors import InputError
from ..pipeline.agents import find_agents, unknown_agent
from ..text.clean import clean, reading, shown


def names(dialect: Dialect) -> Plan[dict[int, str]]:
    """The names of agents by number."""
    named = yield from dialect.agents()
    return {number: name or nickname or "" for number, name, nickname in named}


def number(dialect: Dialect, wanted: str) -> Plan[int]:
    """The number of the one agent with this name or nickname. Raises InputError where there are none or several."""
    if not isinstance(wanted, str):
        raise InputError(f"An agent is found by its name, a text; got {shown(wanted)}.")
    wanted = clean(wanted)
    agents = yield from dialect.agents()
    found = find_agents(agents, wanted)
    if len(found) > 1:
        raise InputError(f"{len(found)} agents are called {wanted!r:.60}: {', '.join(map(str, found))}; give the number.")
    if not found:
        raise InputError(f"N{unknown_agent(agents, wanted)[1:]}.")
    return found[0]


def name(dialect: Dialect, names: Mapping[int, str]) -> Plan[None]:
    """Give names to agents that have none. Raises InputError for what is no mapping of numbers to names."""
    if not isinstance(names, Mapping):
        raise InputError(f'Names of agents are a dict such as {{3: "Ada"}}; got {shown(names)}.')
    with reading("The names of agents"):
        checked = dict(map(_checked, names.items()))
    yield from dialect.name_agents(checked)


def _checked(pair: tuple[object, object]) -> tuple[int, str]:
    number, named = pair
    if isinstance(number, bool) or not isinstance(number, int) or not -(2**63) <= number < 2**63:
        raise InputError(f"An agent's number is a whole number; got {shown(number)}.")
    if not isinstance(named, str) or not named.strip():
        raise InputError(f"An agent's name is a text with at least one letter; got {shown(named)}.")
    return int(number), clean(named)
