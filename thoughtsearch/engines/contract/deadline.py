"""How long a search may take, over all its statements and the work between them."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator

from ...errors import SearchTimeout


class Deadline:
    """So many seconds from now; None is no bound."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        #: On the clock of time.monotonic().
        self.end = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds; infinite where there is no bound, and negative once it has passed."""
        return self.end - time.monotonic()

    def has_passed(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.end

    def check(self) -> None:
        """Raises SearchTimeout where the time is over."""
        if self.has_passed():
            raise self.error()

    @contextlib.contextmanager
    def holding(self, lock: threading.RLock) -> Iterator[None]:
        """The lock, once others have done. Raises SearchTimeout where that takes too long."""
        if not lock.acquire(timeout=max(0.0, min(self.left(), threading.TIMEOUT_MAX))):
            raise self.error()
        try:
            yield
        finally:
            lock.release()

    def error(self) -> SearchTimeout:
        """What to raise where the time is over."""
        return SearchTimeout(
            f"The search was not done after {self.seconds:g} seconds, and was ended. Narrow it by a filter or by rarer "
            "words, or give it more time: timeout=, --timeout."
        )


#: For what is not a search.
NO_DEADLINE = Deadline(None)
