"""The store for asyncio. It runs the same plans as Store, awaited."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .embedders.lazy import LazyEmbedder
from .engines.connect import aconnect
from .engines.contract.dialect import Dialect
from .engines.contract.engine import AsyncConnection
from .engines.contract.statement import Plan
from .engines.contract.steps import adrive
from .location import locate
from .models import EmbeddingModel, Results, Thought
from .operations import adding, agents, thoughts
from .pipeline import models
from .pipeline import search as searching
from .query.arguments import SearchOptions
from .query.request import request
from .records import Record, draft
from .store import BATCH, as_record, check_adopt, checked_flag, checked_timeout, drafted

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .embedders.embedder import Embedder
    from .operations.imports import Progress

T = TypeVar("T")


class AsyncStore:
    """`Store` with awaitable methods. `await thoughtsearch.aopen()` or `async with thoughtsearch.aopen()` makes one."""

    def __init__(self, dialect: Dialect, connection: AsyncConnection, embedder: LazyEmbedder | None = None) -> None:
        self.dialect = dialect
        self.connection = connection
        self.embedder = embedder or LazyEmbedder(None)

    @property
    def engine(self) -> str:
        """The name of the engine: "sqlite"."""
        return self.dialect.name

    async def search(self, query: str = "", **options: Unpack[SearchOptions]) -> Results:
        """As Store.search; a query is embedded on another thread."""
        return await adrive(searching.search(self.dialect, self.embedder, request(query, options)), self.connection)

    async def similar(self, thought_id: int, **options: Unpack[SearchOptions]) -> Results:
        """As Store.similar."""
        return await adrive(searching.similar(self.dialect, thought_id, request("", options)), self.connection)

    async def add(self, thought_content: str | Thought, **columns: Any) -> int:
        """As Store.add."""
        return await adrive(
            adding.add(self.dialect, self.embedder, draft(as_record(thought_content, columns))), self.connection
        )

    async def add_many(self, records: Iterable[Record]) -> int:
        """As Store.add_many."""
        return await adrive(adding.add_many(self.dialect, self.embedder, drafted(records), BATCH), self.connection)

    async def get(self, thought_id: int) -> Thought | None:
        """As Store.get."""
        return await self._run(thoughts.get(self.dialect, thought_id))

    async def around(self, thought_id: int, count: int = 3) -> list[Thought]:
        """As Store.around."""
        return await self._run(thoughts.around(self.dialect, thought_id, count))

    async def export(self) -> AsyncIterator[Thought]:
        """As Store.export."""
        last: int | None = None
        while batch := await self._run(self.dialect.export(last, BATCH)):
            for thought in batch:
                yield thought
            last = batch[-1].id

    async def stats(self) -> dict[str, Any]:
        """As Store.stats."""
        return await self._run(thoughts.stats(self.dialect))

    async def embedding_model(self) -> EmbeddingModel | None:
        """As Store.embedding_model."""
        return await self._run(models.active_model(self.dialect))

    async def agents(self) -> dict[int, str]:
        """As Store.agents."""
        return await self._run(agents.names(self.dialect))

    async def agent_id(self, name: str) -> int:
        """As Store.agent_id."""
        return await self._run(agents.number(self.dialect, name))

    async def name_agents(self, names: Mapping[int, str]) -> None:
        """As Store.name_agents."""
        await self._run(agents.name(self.dialect, names), write=True)

    async def add_imported(
        self,
        origin: str,
        records: Sequence[tuple[str, Record]],
        *,
        names: Mapping[int, str] | None = None,
        progress: Progress | None = None,
        again: bool = False,
    ) -> int:
        """As Store.add_imported."""
        from .operations import imports

        valid = [(ident, draft(record)) for ident, record in records]
        plan = imports.store(self.dialect, origin, valid, names=names, progress=progress, again=again)
        return await self._run(plan, write=True)

    async def import_progress(self, path: str) -> Progress | None:
        """As Store.import_progress."""
        from .operations import imports

        return await self._run(imports.progress_of(self.dialect, path))

    async def refresh_statistics(self) -> None:
        """As Store.refresh_statistics."""
        await self._run(self.dialect.refresh_statistics(), write=True)

    async def close(self) -> None:
        """As Store.close."""
        await self.connection.close()

    async def _run(self, plan: Plan[T], *, write: bool = False) -> T:
        return await self.connection.run(plan, write=write)

    async def __aenter__(self) -> AsyncStore:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Opening:
    """Opens the store when it is awaited or entered."""

    def __init__(
        self,
        url_or_path: str | os.PathLike[str] | None,
        read_only: bool,
        timeout: float,
        embedder: Embedder | str | None,
        adopt: bool,
    ) -> None:
        self._arguments = (url_or_path, read_only, timeout, embedder, adopt)
        self._opened: AsyncStore | None = None

    async def _open(self) -> AsyncStore:
        url_or_path, read_only, timeout, embedder, adopt = self._arguments
        location, lazy = locate(url_or_path), LazyEmbedder(embedder)
        read_only, adopt = checked_flag("read_only", read_only), checked_flag("adopt", adopt)
        check_adopt(adopt, read_only=read_only)
        opened = await aconnect(location, read_only=read_only, timeout=checked_timeout(timeout), adopt=adopt)
        self._opened = AsyncStore(*opened, lazy)
        return self._opened

    def __await__(self) -> Any:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncStore:
        return await self._open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened:
            await self._opened.close()


def aopen(
    url_or_path: str | os.PathLike[str] | None = None,
    *,
    read_only: bool = False,
    timeout: float = 30.0,
    embedder: Embedder | str | None = None,
    adopt: bool = False,
) -> _Opening:
    """As `open()`, for asyncio: `store = await aopen(...)` or `async with aopen(...) as store`."""
    return _Opening(url_or_path, read_only, timeout, embedder, adopt)
