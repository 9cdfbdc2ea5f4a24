"""Defines what a predicate reads of a metadata text. Every engine keeps this rule, whoever wrote the text.

A predicate reads a JSON object, or nothing. It reads nothing where the text

- isn't JSON by the letter of the standard (`NaN`, single quotes, a comma too many), or is JSON but no object;
- nests deeper than 100 levels, counting the outermost object (`nesting.MAX_LEVELS`);
- holds a number with more than 131,072 digits before the point or 16,383 behind it, after applying the exponent. That is
  what PostgreSQL's numeric can hold.

If an object has a key twice, the last one counts. `\\u0000` and the escape of half a surrogate pair read as U+FFFD, as no
text of a database can hold them. Numbers keep their exact value.

None of this depends on the interpreter: neither on its recursion limit nor on how many digits its int() takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..text.clean import clean_escapes
from ..text.nesting import too_deep

#: The powers of ten of the first and the last digit that PostgreSQL's numeric can hold.
LARGEST, SMALLEST = 131_071, -16_383
_LARGEST_ZERO = 1_073_741_822  # zero has no first digit, but its exponent has a bound too
_LONG = 4_000  # int() refuses more than 4,300 digits unless told otherwise


def object_of(text: str | None) -> dict[str, Any] | None:
    """The object that a predicate reads; None if it reads nothing."""
    if not text or too_deep(text):
        return None
    try:
        value = _STORED.decode(clean_escapes(text))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def load_json(text: str) -> Any:
    """Parse the value that a predicate compares with. Numbers are exact and of any size; NaN and ±Infinity are numbers.

    Raises ValueError for any other text that isn't JSON, and for a value that nests deeper than metadata that is read.
    """
    if too_deep(text):
        raise ValueError("it nests too deep")
    return _WANTED.decode(text)


def holdable(number: int | Decimal) -> bool:
    """Whether metadata that is read can hold the number."""
    if isinstance(number, int):
        if number.bit_length() < 400_000:  # below 10 ** LARGEST; computing that power takes milliseconds
            return True
        number = Decimal(number)
    if not number.is_finite() or int(number.as_tuple().exponent) < SMALLEST:
        return False
    return number.adjusted() <= LARGEST if number else int(number.as_tuple().exponent) <= _LARGEST_ZERO


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of more than 18 digits
        return Decimal("NaN")


def _wanted(text: str) -> Decimal:
    """The exact number. If its exponent exceeds what a Decimal takes, infinity, or zero where it is that small."""
    number = _exact(text)
    if holdable(number):
        return number
    if not number.is_nan():
        return _shortest(number)
    mantissa, _, exponent = text.lower().partition("e")
    if exponent.startswith("-") or not mantissa.strip("-0."):
        return Decimal(0)
    return Decimal("-Infinity" if text.startswith("-") else "Infinity")


def _shortest(number: Decimal) -> Decimal:
    """The same number without trailing zeros, which would count as digits where a number is stored."""
    if not number:
        return Decimal(0)
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    return Decimal((sign, tuple(map(int, kept)), int(exponent) + len(digits) - len(kept)))


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < _LONG else Decimal(text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _bounded(number_of: Callable[[str], int | Decimal]) -> Callable[[str], int | Decimal]:
    def read(text: str) -> int | Decimal:
        number = number_of(text)
        is_plain = len(text) < -SMALLEST and "e" not in text and "E" not in text
        if not is_plain and not holdable(number):
            raise ValueError("a number is beyond what can be compared")
        return number

    return read


# Made once, as json.loads() would make a decoder for each text.
_STORED = json.JSONDecoder(parse_float=_bounded(_exact), parse_int=_bounded(_integer), parse_constant=_refuse)
_WANTED = json.JSONDecoder(parse_float=_wanted, parse_int=_integer, parse_constant=Decimal)
