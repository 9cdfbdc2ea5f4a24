"""Steps: several plans, and work between them that may take long and so must not run inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

from .deadline import NO_DEADLINE, Deadline
from .engine import AsyncConnection, Connection
from .statement import Plan

T = TypeVar("T")


class Run(NamedTuple):
    """Run this plan. The generator receives what the plan returns."""

    plan: Plan[Any]
    write: bool = False
    deadline: Deadline = NO_DEADLINE


class RunInTurn(NamedTuple):
    """Run two plans that write, at the same time where that is faster.

    The second commits after the first, and only if the first did.
    """

    first: Plan[Any]
    second: Plan[Any]


class Call(NamedTuple):
    """Call this function where it keeps nobody else waiting. The generator receives what the function returns."""

    work: Callable[[], Any]


#: A generator that yields steps and receives their results. A step's error is raised in it, and it may go on after that.
Steps: TypeAlias = Generator[Run | RunInTurn | Call, Any, T]


def drive(steps: Steps[T], connection: Connection) -> T:
    """Take each step, and return what the generator returns. A step's error is raised in the generator."""
    try:
        step = next(steps)
        while True:
            try:
                result = _taken(step, connection)
            except BaseException as error:  # noqa: PERF203  # the generator may go on after it
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as stop:
        done: T = stop.value
        return done


def _taken(step: Run | RunInTurn | Call, connection: Connection) -> Any:
    if isinstance(step, Run):
        return connection.run(step.plan, write=step.write, deadline=step.deadline)
    if isinstance(step, RunInTurn):
        return connection.run_in_turn(step.first, step.second)
    return step.work()


async def adrive(steps: Steps[T], connection: AsyncConnection) -> T:
    """`drive` for asyncio. Calls run on another thread."""
    try:
        step = next(steps)
        while True:
            try:
                result = await _ataken(step, connection)
            except BaseException as error:  # noqa: PERF203  # the generator may go on after it
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as stop:
        done: T = stop.value
        return done


async def _ataken(step: Run | RunInTurn | Call, connection: AsyncConnection) -> Any:
    if isinstance(step, Run):
        return await connection.run(step.plan, write=step.write, deadline=step.deadline)
    if isinstance(step, RunInTurn):
        return await connection.run_in_turn(step.first, step.second)
    import asyncio  # a sync store need not load it

    return await asyncio.to_thread(step.work)
