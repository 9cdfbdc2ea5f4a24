"""Parses times as people write them into half-open intervals in UTC: a date is its whole day, `7d` an instant."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from ..errors import InputError
from ..text.clean import shown

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "mo": 30 * 86400, "y": 365 * 86400}
_RELATIVE = re.compile(r"(\d{1,9})(mo|[smhdwy])")
_ABSOLUTE = re.compile(
    r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?)?"
    r"\s*(Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_EXPECTED = "a date (2026-02-01), a time (2026-02-01T10:30, with an offset or in UTC), 7d, 12h, today or yesterday"
_LAST = datetime.max.replace(tzinfo=timezone.utc)


def interval(moment: str | date, now: datetime) -> tuple[datetime, datetime]:
    """The (start, end) of what `moment` names. `since` uses the start and `until` the end. Raises InputError."""
    try:
        if isinstance(moment, datetime):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            return _span(aware.astimezone(timezone.utc), timedelta(microseconds=1))
        if isinstance(moment, date):
            return _span(datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc), timedelta(days=1))
        if isinstance(moment, str):
            found = _parse(moment.strip(), now)
            if found:
                return found
    except (ValueError, OverflowError):
        pass
    raise InputError(f"A time is written as {_EXPECTED}; got {shown(moment)}.")


def _span(start: datetime, length: timedelta) -> tuple[datetime, datetime]:
    return start, (start + length if start <= _LAST - length else _LAST)


def _parse(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"now": (now, now), "today": _span(today, timedelta(days=1))}
    named["yesterday"] = (today - timedelta(days=1), today)
    if text.lower() in named:
        return named[text.lower()]
    relative = _RELATIVE.fullmatch(text.lower())
    if relative:
        instant = now - timedelta(seconds=int(relative[1]) * _UNITS[relative[2]])
        return instant, instant
    absolute = _ABSOLUTE.fullmatch(text)
    return _absolute(absolute) if absolute else None


def _absolute(found: re.Match[str]) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    start = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    start = start.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]), tzinfo=_zone(offset))
    start = start.astimezone(timezone.utc)
    if month is None:
        return start, (start.replace(year=start.year + 1) if start.year < 9999 else _LAST)
    if day is None:
        return start, ((start + timedelta(days=32)).replace(day=1) if start.year < 9999 else _LAST)
    if hour is None:
        return _span(start, timedelta(days=1))
    if second is None:
        return _span(start, timedelta(minutes=1))
    return _span(start, timedelta(seconds=1) if fraction is None else timedelta(microseconds=1))


def _zone(offset: str | None) -> timezone:
    if offset is None or offset in "Zz":
        return timezone.utc
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if offset[0] == "-" else shift)


def parse_timestamp(text: str) -> datetime:
    """Parse a stored or imported time in any absolute form above. Without an offset it is UTC. Raises InputError."""
    found = _ABSOLUTE.fullmatch(text.strip())
    try:
        if found and found[3]:
            return _absolute(found)[0]
    except (ValueError, OverflowError):
        pass
    raise InputError(f"created_at takes an ISO 8601 time such as 2026-02-01T10:30:00Z; got {text!r:.60}.")
