"""The real thoughts that benchmarks use, found in THOUGHTSEARCH_DATA."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_REST = ("source", "task_id", "run", "model", "agent", "kind", "tool", "action")


def data_folder() -> Path:
    """The folder of the data; ends the process with a sentence where it is absent."""
    folder = Path(os.environ.get("THOUGHTSEARCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
    if not folder.is_dir():
        sys.exit(
            f"There is no data at {folder}: set THOUGHTSEARCH_DATA to the folder that holds thoughts.jsonl.gz and sets/."
        )
    return folder.resolve()


def thoughts() -> Iterator[dict[str, Any]]:
    """thoughts.jsonl.gz as records for add_many: an ai_id per agent and model, a number per session."""
    agents: dict[tuple[str, str], int] = {}
    sessions: dict[str, int] = {}
    with gzip.open(data_folder() / "thoughts.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            metadata = {key: item[key] for key in (*_REST, "session_id", "id") if item[key] is not None}
            yield {
                "ai_id": agents.setdefault((item["agent"], item["model"]), len(agents) + 1),
                "session_id": sessions.setdefault(item["session_id"], len(sessions) + 1),
                "cycle_number": item["step"],
                "thought_content": item["text"],
                "thought_type": item["kind"],
                "tags": [part.replace(",", " ") for part in (item["source"], item["tool"]) if part],
                "metadata": metadata,
                "created_at": item["ts"],
            }
