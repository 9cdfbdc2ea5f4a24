"""How much a batch takes on, and how long the rest after it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thoughtsearch import InputError
from thoughtsearch.engines.contract.engine import Rhythm
from thoughtsearch.operations.backfill.throttle import Throttle

RHYTHM = Rhythm(work=0.1, rest=0.03, longest_rest=0.11)
seconds = st.floats(0, 100)


@given(took=seconds, throttle=st.integers(0, 99))
def test_others_get_their_share_of_the_time_and_never_less_than_the_engine_needs(took: float, throttle: int) -> None:
    rest = Throttle(RHYTHM, throttle).rest(took)
    needed = Throttle(RHYTHM).rest(took)
    assert RHYTHM.rest <= needed <= RHYTHM.longest_rest
    assert needed == RHYTHM.longest_rest or needed == pytest.approx(max(RHYTHM.rest, 0.3 * took))
    assert rest >= needed
    assert rest == needed or rest / (rest + took) == pytest.approx(throttle / 100)


@given(times=st.lists(seconds, min_size=1, max_size=50))
def test_batches_follow_how_long_they_take(times: list[float]) -> None:
    pace = Throttle(RHYTHM)
    for took in times:
        before = pace.size
        pace.rest(took)
        assert (pace.size <= before) if took > RHYTHM.work else (pace.size >= before)
        assert 1 <= pace.size <= 8_000_000


@given(rate=st.floats(20_000, 20_000_000))
def test_they_come_to_last_as_long_as_they_should(rate: float) -> None:
    pace = Throttle(RHYTHM)
    for _ in range(40):
        pace.rest(pace.size / rate)
    assert pace.size / rate == pytest.approx(RHYTHM.work, rel=0.02)


@pytest.mark.parametrize("throttle", [-1, 100, 1e9])
def test_no_share(throttle: float) -> None:
    with pytest.raises(InputError, match="throttle takes the percentage of the time to leave to others, 0 to 99"):
        Throttle(RHYTHM, throttle)
