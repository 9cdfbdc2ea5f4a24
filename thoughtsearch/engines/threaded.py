"""A blocking connection for asyncio. It runs on a thread of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..errors import DatabaseUnavailable
from .contract.deadline import NO_DEADLINE, Deadline
from .contract.engine import CLOSED, Connection
from .contract.statement import Plan

T = TypeVar("T")


class ThreadedConnection:
    """See AsyncConnection."""

    def __init__(self, connection: Connection, executor: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._executor = executor
        self._closed = False

    async def run(self, plan: Plan[T], *, write: bool = False, deadline: Deadline = NO_DEADLINE) -> T:
        def drive() -> T:
            return self._connection.run(plan, write=write, deadline=deadline)

        if self._closed:
            plan.close()
            raise DatabaseUnavailable(CLOSED)
        return await asyncio.get_running_loop().run_in_executor(self._executor, drive)

    async def run_in_turn(self, first: Plan[Any], second: Plan[Any]) -> None:
        await self.run(first, write=True)
        await self.run(second, write=True)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await asyncio.get_running_loop().run_in_executor(self._executor, self._connection.close)
            self._executor.shutdown(wait=False)
