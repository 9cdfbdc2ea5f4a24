"""Every error that thoughtsearch raises. An error of a driver never leaves the package: it becomes the `__cause__` here.

    ThoughtsearchError
    ├── InputError (ValueError)      the caller's input can't be used: nothing was read or stored
    │   ├── QueryError               the query text can't be read; it tells the position
    │   └── CursorError              the cursor is damaged or belongs to another query
    ├── DatabaseError                the database can't do what was asked
    │   ├── DatabaseUnavailable      it can't be opened or reached
    │   ├── DatabaseLocked           other writers held it longer than the timeout
    │   ├── SearchTimeout            a search reached its timeout and was stopped
    │   ├── ReadOnlyError            it may be read but not written
    │   └── SchemaError              thoughtsearch can't work with the tables in it
    │       └── NotAdopted           another program made the table, and nobody asked thoughtsearch to adopt it
    ├── EmbedderError                the embedder gave no usable vector
    │   └── EmbedderUnavailable      it can't be reached, or refuses work for now; try again later
    └── MissingFeature               this engine or installation lacks a feature; the message says what to do

Each message is one sentence or two for a person: what was expected, what came, what to do next.
"""

from __future__ import annotations


class ThoughtsearchError(Exception):
    """The root of all errors of thoughtsearch: catch this one to catch them all."""


class InputError(ThoughtsearchError, ValueError):
    """An argument, a record or a query that can't be used."""


class QueryError(InputError):
    """A query text that can't be read. `str()` shows the text with a caret under `position`, an index into the text."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        self.reason = reason
        self.text = text
        self.position = position
        super().__init__(f"{reason} (at character {position + 1})\n{self.caret()}")

    def caret(self, width: int = 100) -> str:
        """Two lines: the query around the position, and a caret under it."""
        start = max(0, min(self.position - width // 2, len(self.text) - width))
        shown = "".join(c if c.isprintable() else " " for c in self.text[start : start + width])
        return f"  {shown}\n  {' ' * (self.position - start)}^"


class CursorError(InputError):
    """A cursor that this query didn't make, or a damaged one."""


class DatabaseError(ThoughtsearchError):
    """The database can't do what was asked."""


class DatabaseUnavailable(DatabaseError):
    """The database can't be opened or reached."""


class DatabaseLocked(DatabaseError):
    """Other writers held the database longer than the timeout."""


class SearchTimeout(DatabaseError):
    """A search reached its timeout and was stopped."""


class ReadOnlyError(DatabaseError):
    """The database may be read but not written."""


class SchemaError(DatabaseError):
    """thoughtsearch can't work with the tables in this database."""


class NotAdopted(SchemaError):
    """Another program made the table of thoughts, and nobody asked thoughtsearch to adopt it. Nothing was changed."""


class EmbedderError(ThoughtsearchError):
    """The embedder gave no usable vector for a text."""


class EmbedderUnavailable(EmbedderError):
    """The embedder can't be loaded or reached, or refuses work for now."""


class MissingFeature(ThoughtsearchError):
    """The engine or the installation lacks a feature. The message names the reason and the remedy."""
