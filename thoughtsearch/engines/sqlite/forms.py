"""The earlier forms of the first migrations, by which databases made with them are recognised.

Migrations 1 to 4 were edited in place for a while. A fingerprint of everything that they made tells it from objects that
another program put in its place. Nobody adds a line here: a landed migration is never edited any more.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..contract.statement import Row

_EDITED = (
    "ai_thought_history_fts",
    "ai_thought_history_fts_before_delete",
    "ai_thought_history_fts_before_insert",
    "ai_thought_history_fts_before_update",
    "ai_thought_history_fts_delete",
    "ai_thought_history_fts_insert",
    "ai_thought_history_fts_update",
    "ai_thought_history_read",
    "ai_thought_history_replaced",
    "ai_thought_history_text",
    "ai_thought_tag",
    "ai_thought_tag_delete",
    "ai_thought_tag_insert",
    "ai_thought_tag_single",
    "ai_thought_tag_thought",
    "ai_thought_tag_update",
)
_LANDED = {
    "802b2abf59b2e5ab",  # from c2f7c49 on
    "2119d86c0704fa11",  # from fbe4daf on: triggers that keep the index right under upserts and ignored rows
    # from 48f9b1a on: as they are now, but times are read by another expression
}


def is_former(objects: Mapping[str, Row]) -> bool:
    """Whether an earlier thoughtsearch made these objects, given by name."""
    return fingerprint(objects) in _LANDED


def fingerprint(objects: Mapping[str, Row]) -> str:
    """The fingerprint of the objects that were edited, whatever the white space in their statements."""
    from hashlib import sha256  # takes long to load, and only a database of an earlier form needs it

    made = [f"{name}: {' '.join(objects[name][3].split())}" for name in _EDITED if name in objects]
    return sha256("\n".join(made).encode()).hexdigest()[:16]
