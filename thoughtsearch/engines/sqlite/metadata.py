"""SQLite's function `meta_holds`: a tree of metadata predicates asked of one row after the other.

SQLite hands a parameter on as a text, for each row anew, so what is bound is only the name of a question that is ready.
"""

from __future__ import annotations

from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from ...query.holding import Test
from ...query.predicates import _object

_numbers = count()


class Question(str):
    """The name of a question, which can be asked for as long as somebody holds this."""

    test: Test

    def __new__(cls, test: Test) -> Question:
        question = super().__new__(cls, next(_numbers))
        question.test = test
        _asked[str(question)] = question
        return question


_asked: WeakValueDictionary[str, Question] = WeakValueDictionary()


def meta_holds(name: str, metadata: str | None) -> Any:
    """Whether the answer is yes for this metadata text."""
    return _asked[name].test(_object(metadata))
