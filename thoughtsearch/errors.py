"""Every error that thoughtsearch raises. A driver's error never leaves the package: it is the `__cause__` of one of these.

    ThoughtsearchError
    ├── InputError (ValueError)      what the caller wrote can't be used: nothing was read or stored
    │   ├── QueryError               the query text, with the position
    │   └── CursorError              a cursor that is damaged or belongs to another query
    ├── DatabaseError                the database can't do what was asked
    │   ├── DatabaseUnavailable      it can't be opened or reached
    │   ├── DatabaseLocked           other writers held it for longer than the time allowed
    │   ├── SearchTimeout            a search was not done in its time, and was ended
    │   ├── ReadOnlyError            it may be read and not written
    │   └── SchemaError              what is in it isn't what thoughtsearch can work with
    │       └── NotAdopted           another program made the table, and nobody has asked thoughtsearch to adopt it
    ├── EmbedderError                the embedder gave no usable vector
    │   └── EmbedderUnavailable      it can't be reached, or refuses work for now: the same may do later
    └── MissingFeature               this engine or installation lacks it; the message says what to do

Each message is one sentence or two for a person: what was expected, what came, what to do next.
"""

from __future__ import annotations


class ThoughtsearchError(Exception):
    """The root: catch this one to catch them all."""


class InputError(ThoughtsearchError, ValueError):
    """An argument, a record or a query that can't be used."""


class QueryError(InputError):
    """A query text that can't be read. `str()` shows the text with a caret under `position` (an index into it)."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        self.reason = reason
        self.text = text
        self.position = position
        super().__init__(f"{reason} (at character {position + 1})\n{self.caret()}")

    def caret(self, width: int = 100) -> str:
        """Two lines: the part of the query around the position, and a caret under it."""
        start = max(0, min(self.position - width // 2, len(self.text) - width))
        shown = "".join(c if c.isprintable() else " " for c in self.text[start : start + width])
        return f"  {shown}\n  {' ' * (self.position - start)}^"


class CursorError(InputError):
    """A cursor that was not made by this query."""


class DatabaseError(ThoughtsearchError):
    """The database can't do what was asked."""


class DatabaseUnavailable(DatabaseError):
    """The database can't be opened or reached."""


class DatabaseLocked(DatabaseError):
    """Other writers held the database for longer than the time allowed."""


class SearchTimeout(DatabaseError):
    """A search was not done in the time that it was allowed, and was ended."""


class ReadOnlyError(DatabaseError):
    """The database may be read and not written."""


class SchemaError(DatabaseError):
    """The table found is not one that thoughtsearch can work with."""


class NotAdopted(SchemaError):
    """Another program made the table of thoughts, and thoughtsearch has not been asked to adopt it. Nothing was changed."""


class EmbedderError(ThoughtsearchError):
    """The embedder gave no usable vector for a text."""


class EmbedderUnavailable(EmbedderError):
    """The embedder can't be loaded or reached, or refuses work for now."""


class MissingFeature(ThoughtsearchError):
    """The engine or the installation lacks something; the message names the reason and the remedy."""
