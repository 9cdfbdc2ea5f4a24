"""A thought as it is stored anywhere, and a short digest of it that is the same on every engine."""

from __future__ import annotations

import hashlib
import json

from .. import drafts
from ..clean import clean
from ..drafts import Draft
from ..engines.canonical import meaning
from ..errors import InputError
from ..models import Thought


def as_draft(thought: Thought) -> Draft:
    """The thought to store again, also one that no `add()` would take: another program has stored it before.

    Raises InputError that names it.
    """
    try:
        text = thought.metadata_text
        return Draft(
            ai_id=thought.ai_id,
            session_id=thought.session_id,
            cycle_number=thought.cycle_number,
            thought_content=clean(thought.thought_content),
            thought_type=None if thought.thought_type is None else clean(thought.thought_type),
            tags=_tags(thought.tags),
            metadata=drafts.metadata(thought.metadata) if text is None else clean(text),
            created_at=thought.created_at,
        )
    except InputError as error:
        raise InputError(f"Thought {thought.id} can't be transferred: {error}") from error


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    for tag in tags:
        if "," in tag:
            raise InputError(f"its tag {tag!r:.60} holds a comma, which separates tags; give it another one.")
    return tuple(clean(stripped) for tag in tags if (stripped := tag.strip(" ")))


def digest(ident: int | None, draft: Draft) -> bytes:
    """16 bytes that two thoughts share where they are the same."""
    columns = [
        ident,
        draft.ai_id,
        draft.session_id,
        draft.cycle_number,
        draft.thought_content,
        draft.thought_type,
        draft.tags,
        meaning(draft.metadata),
        draft.created_at.isoformat() if draft.created_at else None,
    ]
    return hashlib.blake2b(json.dumps(columns).encode(), digest_size=16).digest()


def digest_of(thought: Thought) -> bytes:
    """The digest of a thought that was read."""
    return digest(thought.id, as_draft(thought))
