"""How much a batch of a backfill takes on, and how long it rests after one, so that other writers go on."""

from __future__ import annotations

from ...engines.contract.engine import BATCH, Rhythm
from ...errors import InputError

_LEAST, _MOST = 2_000, 8_000_000  # characters


class Throttle:
    """`size` is that of the next batch, in characters; it follows how long the last ones took.

    `throttle` is the share of the time, in percent, that is left to others. (A share and not a rate: what a rate costs
    the server depends on the thoughts' length and on the machine, and where others slow it down, a rate eats up the
    pauses that a share lengthens.) Raises InputError for what is no such share.
    """

    def __init__(self, rhythm: Rhythm, throttle: float = 0) -> None:
        if not 0 <= throttle < 100:
            raise InputError(f"throttle takes the percentage of the time to leave to others, 0 to 99; got {throttle}.")
        self._rhythm = rhythm
        self._idle = throttle / (100 - throttle)  # seconds of rest for each second of work
        self.size = BATCH // 4

    def rest(self, took: float) -> float:
        """Seconds to wait after a batch that took so many."""
        wanted = self._rhythm.work / max(took, 1e-6)
        self.size = int(min(max(self.size * min(max(wanted, 0.25), 1.5), _LEAST), _MOST))
        needed = min(max(1.0, 1 / max(wanted, 1e-6)) * self._rhythm.rest, self._rhythm.longest_rest)
        return max(needed, took * self._idle)
