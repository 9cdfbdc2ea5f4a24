"""Embedders that are told what to do, and what a search by meaning is to find, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.world import World
from thoughtsearch import Store
from thoughtsearch.embedders.hashing import Hashing
from thoughtsearch.query.match import match
from thoughtsearch.query.tree import MatchAll, Node
from thoughtsearch.vectors import packed, similarity, unpacked


class Told:
    """Counts what it is asked; `fails` is given each text of documents, and may raise."""

    batch_size = 4

    def __init__(
        self, name: str = "told", dimensions: int = 32, fails: Callable[[str], object] = lambda text: None
    ) -> None:
        self.name = name
        self.dimensions = dimensions
        self.fails = fails
        self.asked: list[str] = []
        self._model = Hashing(dimensions)

    def embed_documents(self, texts: Sequence[str]) -> Iterable[Iterable[float]]:
        for text in texts:
            self.asked.append(text)
            self.fails(text)
        return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> Iterable[float]:
        return self._model.embed_query(text)


def refusing(word: str, error: type[Exception] = ValueError) -> Callable[[str], object]:
    """Fails on texts that hold the word."""

    def fail(text: str) -> None:
        if word in text:
            raise error(f"no {word} here")

    return fail


def nearest(world: World, query: str, node: Node | None = None, dimensions: int = 32) -> list[tuple[int, float]]:
    """(id, similarity) of all thoughts that the tree accepts, as hashing sees them; worked out one by one."""
    model = Hashing(dimensions)
    asked = unpacked(packed(model.embed_query(query)))
    found = []
    for ident, document in world.documents().items():
        if match(node or MatchAll(), document):
            vector = packed(model.embed_query(document.thought.thought_content[:8_192]))
            found.append((ident, similarity(unpacked(vector), asked)))
    return sorted(found, key=lambda one: (-one[1], -one[0]))


def hits(store: Store, query: str = "", **options: Any) -> list[tuple[int, float]]:
    """(id, score) of a page, in its order."""
    return [(hit.id, hit.score) for hit in store.search(query, **options)]
