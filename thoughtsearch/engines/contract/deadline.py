"""How long a search may take, counting all its statements and the work between them."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator

from ...errors import SearchTimeout


class Deadline:
    """The moment this many seconds from now. None means no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        #: On the clock of time.monotonic().
        self.end = time.monotonic() + self.seconds

    def left(self) -> float:
        """The seconds that are left: infinite without a limit, negative once the deadline has passed."""
        return self.end - time.monotonic()

    def has_passed(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.end

    def check(self) -> None:
        """Raises SearchTimeout if the time is up."""
        if self.has_passed():
            raise self.error()

    @contextlib.contextmanager
    def holding(self, lock: threading.RLock) -> Iterator[None]:
        """Hold the lock, once other threads have released it. Raises SearchTimeout if that takes too long."""
        if not lock.acquire(timeout=max(0.0, min(self.left(), threading.TIMEOUT_MAX))):
            raise self.error()
        try:
            yield
        finally:
            lock.release()

    def error(self) -> SearchTimeout:
        """The error to raise when the time is up."""
        return SearchTimeout(
            f"The search was not done after {self.seconds:g} seconds, and was ended. Narrow it with a filter or with rarer "
            "words, or give it more time: timeout=, --timeout."
        )


#: The deadline of everything that is not a search.
NO_DEADLINE = Deadline(None)
