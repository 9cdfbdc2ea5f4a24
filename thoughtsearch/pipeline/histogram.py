"""The time facet: makes a histogram that a person can read from counts by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..engines.contract.dialect import FacetCount
from ..models import FacetValue

MOST_BUCKETS = 31
_WIDTHS = (10, 7, 4)  # of 'YYYY-MM-DD': days, months, years


def histogram(days: Iterable[FacetCount]) -> tuple[FacetValue, ...]:
    """Group counts of days into days, months or years: the finest that gives at most 31 values, else years."""
    counts = {str(day): int(count) for day, count in days if _is_date(str(day))}
    for width in _WIDTHS:
        if _span(counts, width) <= MOST_BUCKETS or width == _WIDTHS[-1]:
            break
    buckets: dict[str, int] = {}
    for day, count in sorted(counts.items()):
        buckets[day[:width]] = buckets.get(day[:width], 0) + count
    return tuple(FacetValue(day, count) for day, count in buckets.items())


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:  # SQLite accepts a year 0 and a 30th of February
        return False
    return True


def _span(counts: dict[str, int], width: int) -> int:
    if not counts:
        return 0
    first, last = date.fromisoformat(min(counts)), date.fromisoformat(max(counts))
    if width == 10:
        return (last - first).days + 1
    months = 12 * (last.year - first.year) + last.month - first.month + 1
    return months if width == 7 else 0
