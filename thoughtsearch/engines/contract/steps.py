"""Jobs: several plans with work in between that may take long, and so must not stand inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

from .deadline import NO_DEADLINE, Deadline
from .statement import Plan

T = TypeVar("T")


class Run(NamedTuple):
    """Run this plan; the job receives what it returns."""

    plan: Plan[Any]
    write: bool = False
    deadline: Deadline = NO_DEADLINE


class RunInTurn(NamedTuple):
    """Run two plans that write, at once where that is faster: the second commits after the first, and only if that did."""

    first: Plan[Any]
    second: Plan[Any]


class Call(NamedTuple):
    """Call this, where it keeps nobody else waiting; the job receives what it returns."""

    work: Callable[[], Any]


#: Yields steps and receives their results; what a step raises is raised in the job, which may go on.
Job: TypeAlias = Generator[Run | RunInTurn | Call, Any, T]
