"""Decides how large a batch of a backfill is, and how long to rest after it, so that other writers can go on."""

from __future__ import annotations

from ...engines.contract.engine import BATCH, Rhythm
from ...errors import InputError

_LEAST, _MOST = 2_000, 8_000_000  # characters


class Throttle:
    """`size` is the size of the next batch in characters; it adapts to how long the last batches took.

    `throttle` is the share of the time, in percent, that is left to others. (It is a share and not a rate. What a rate
    costs the server depends on the length of the thoughts and on the machine. And where others slow the backfill down, a
    rate uses up the pauses, while a share makes them longer.) Raises InputError if it isn't such a share.
    """

    def __init__(self, rhythm: Rhythm, throttle: float = 0) -> None:
        if not 0 <= throttle < 100:
            raise InputError(f"throttle takes the percentage of the time to leave to others, 0 to 99; got {throttle}.")
        self._rhythm = rhythm
        self._idle = throttle / (100 - throttle)  # seconds of rest for each second of work
        self.size = BATCH // 4

    def rest(self, took: float) -> float:
        """How many seconds to rest after a batch that took `took` seconds. Also sets the size of the next one."""
        wanted = self._rhythm.work / max(took, 1e-6)
        self.size = int(min(max(self.size * min(max(wanted, 0.25), 1.5), _LEAST), _MOST))
        needed = min(max(1.0, 1 / max(wanted, 1e-6)) * self._rhythm.rest, self._rhythm.longest_rest)
        return max(needed, took * self._idle)
