"""Finds the agents that the filters of a search name."""

from __future__ import annotations

from typing import TypeAlias

#: (number, name, nickname)
Agents: TypeAlias = list[tuple[int, "str | None", "str | None"]]


def find_agents(agents: Agents, wanted: str) -> list[int]:
    """The numbers of the agents with this name or nickname; case doesn't matter."""
    folded = wanted.casefold()
    return [number for number, *names in agents if folded in (name.casefold() for name in names if name)]


def unknown_agent(agents: Agents, wanted: str) -> str:
    """The warning for a name that no agent has."""
    known = ", ".join(map(_legible, sorted({name for _, name, _ in agents if name})[:8]))
    return f"no agent is called {wanted!r:.60}; " + (
        f"there are {known}" if known else "agents have only numbers here: write ai:3"
    )


def _legible(name: str) -> str:
    """A stored name for a sentence. Anybody may have written it: it may be long, or steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name[:40])
