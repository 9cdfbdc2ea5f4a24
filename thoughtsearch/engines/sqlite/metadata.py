"""The SQL function `meta_holds`, which asks a tree of metadata predicates of one row after the other.

SQLite passes a parameter to the function as a text, anew for each row. So only the name of a prepared question is bound.
"""

from __future__ import annotations

from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from ...query.holding import Test
from ...query.predicates import cached_object

_numbers = count()


class Question(str):
    """The name of a question. The question can be asked as long as somebody holds this name."""

    test: Test

    def __new__(cls, test: Test) -> Question:
        question = super().__new__(cls, next(_numbers))
        question.test = test
        _asked[str(question)] = question
        return question


_asked: WeakValueDictionary[str, Question] = WeakValueDictionary()


def meta_holds(name: str, metadata: str | None) -> Any:
    """Whether this metadata text answers the question with yes."""
    return _asked[name].test(cached_object(metadata))
