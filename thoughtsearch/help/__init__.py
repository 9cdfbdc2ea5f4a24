"""What `thoughtsearch help TOPIC` prints: Markdown files, shipped in the package and linked from the README."""

from __future__ import annotations

import re
from importlib.resources import files

#: Topic: what the list of topics says of it, in the order in which a newcomer needs them.
TOPICS = {
    "query-language": "words, phrases, operators, and what a text means",
    "filters": "agents, sessions, types, tags, times and metadata",
    "ranking": "how scores come about, pages, and what is counted",
    "import": "transcripts, records and other databases; export",
    "adoption": "a table of thoughts that is there already",
    "meaning": "search by meaning: embedders and vectors",
    "python": "in an agent, sync and async",
    "postgresql": "set-up, roles, and where the engines differ",
    "transfer": "moving everything to another database",
    "doctor": "looking a database over, and mending it",
    "limits": "what is bounded, and what happens beyond",
    "figures": "what was measured, and how",
    "commands": "every command and its options",
}


def topic(name: str) -> str:
    """The text of a topic. Raises KeyError where there is none of that name."""
    if name not in TOPICS:
        raise KeyError(name)
    text = files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"<!--.*?-->\n", "", text, flags=re.DOTALL)  # what generates a part of it
