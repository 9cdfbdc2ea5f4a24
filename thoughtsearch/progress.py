"""How a job shows how far it is, to whoever wants to see."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeAlias

#: Shows how far a stage is: `with bar("Copying", 1000) as progress: progress(10)`.
Bar: TypeAlias = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@contextlib.contextmanager
def unseen(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar that nobody sees."""
    yield lambda done: None
