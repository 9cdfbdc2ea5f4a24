"""What the sessions of tools become, on every engine. Each folder of `tests/sources/cases` is one case.

`in/` holds the files as their tool lays them out. `expect.json` says what they become. `expect` lists thoughts of a `type`
that hold a text (`contains`), how many there are (`count`, or at least `min`; by default one), and their `session` and
`time`; or what a search finds (`find`); or how many `sessions` there are. `not_contains` lists what no thought of a type
holds. Without a type, or with "any", thoughts of all types count.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.world import World
from thoughtsearch.models import Thought
from thoughtsearch.sources.files import found
from thoughtsearch.sources.loading import Loading

CASES = Path(__file__).parents[1] / "sources" / "cases"


def bring(world: World, case: Path) -> Loading:
    """Import the whole case, as `thoughtsearch import in` does."""
    loading = Loading(world.store, skip=lambda bad: None)
    for file in found(str(case / "in"), None):
        loading.load(file)
    return loading


@pytest.mark.parametrize("name", sorted(case.name for case in CASES.iterdir() if case.is_dir()))
def test_case(world: World, name: str) -> None:
    case = CASES / name
    stored = bring(world, case).stored.total()
    thoughts = list(world.store.export())
    assert stored == len(thoughts)
    right = json.loads((case / "expect.json").read_text(encoding="utf-8"))
    listed = [f"{one.thought_type}: {one.thought_content}" for one in thoughts]
    for wanted in right["expect"]:
        assert _is_there(world, thoughts, wanted), (wanted, listed)
    for unwanted in right.get("not_contains", ()):
        assert not _matching(thoughts, unwanted), (unwanted, listed)
    assert bring(world, case).stored.total() == 0


def _is_there(world: World, thoughts: list[Thought], wanted: dict[str, Any]) -> bool:
    if "find" in wanted:
        return bool(world.store.search(wanted["find"]))
    if "sessions" in wanted:
        return bool(len({one.session_id for one in thoughts}) == wanted["sessions"])
    matching = _matching(thoughts, wanted)
    enough: bool = len(matching) >= wanted["min"] if "min" in wanted else len(matching) == wanted.get("count", 1)
    return (
        enough
        and all(_session(one) == wanted.get("session", _session(one)) for one in matching)
        and all(str(one.created_at).startswith(wanted.get("time", "")) for one in matching)
    )


def _matching(thoughts: list[Thought], wanted: dict[str, Any]) -> list[Thought]:
    kind = wanted.get("type", "any")
    return [one for one in thoughts if wanted["contains"] in one.thought_content and kind in ("any", one.thought_type)]


def _session(thought: Thought) -> object:
    return thought.metadata.get("session_id")
