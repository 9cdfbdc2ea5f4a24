"""The adapters: each asks its library as that wants to be asked. Libraries that aren't here are played by stand-ins."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.embeddings.models import Told
from thoughtsearch import EmbedderUnavailable, InputError, MissingFeature
from thoughtsearch.embedders import finding
from thoughtsearch.embedders.finding import opened
from thoughtsearch.vectors import similarity, unpacked

#: What each library's stand-in was asked.
asked: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_asked() -> Iterator[None]:
    asked.clear()
    yield
    finding._added.cache_clear()


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    module = ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)


def rows(texts: list[str]) -> Any:
    return np.array([[len(text), 1.0, 2.0] for text in texts])


class SentenceTransformer:
    prompts: ClassVar[dict[str, str]] = {"query": "query: ", "document": ""}

    def __init__(self, model: str) -> None:
        asked.append(model)

    def get_sentence_embedding_dimension(self) -> int:
        return 3

    def encode(self, texts: list[str], **options: Any) -> Any:
        asked.append((texts, options))
        return rows(texts)


class TextEmbedding:
    def __init__(self, model: str) -> None:
        asked.append(model)

    def passage_embed(self, texts: list[str]) -> Iterator[Any]:
        yield from rows(texts)

    def query_embed(self, text: str) -> Iterator[Any]:
        yield from rows([text])


class StaticModel:
    dim = 3

    @classmethod
    def from_pretrained(cls, model: str) -> StaticModel:
        asked.append(model)
        return cls()

    def encode(self, texts: list[str], show_progress_bar: bool) -> Any:
        return rows(texts)


class UnknownModelError(KeyError):
    pass


def get_embedding_model(name: str) -> Any:
    if name != "small":
        raise UnknownModelError(name)
    return SimpleNamespace(
        model_id="the-small-one",
        embed=lambda text: list(rows([text])[0]),
        embed_multi=lambda texts: iter(rows(texts).tolist()),
    )


LIBRARIES: dict[str, tuple[str, dict[str, Any]]] = {
    "sentence-transformers": ("sentence_transformers", {"SentenceTransformer": SentenceTransformer}),
    "fastembed": ("fastembed", {"TextEmbedding": TextEmbedding}),
    "model2vec": ("model2vec", {"StaticModel": StaticModel}),
    "llm": ("llm", {"get_embedding_model": get_embedding_model, "UnknownModelError": UnknownModelError}),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, members = LIBRARIES[name]
    stand_in(monkeypatch, module, **members)
    checked = opened(f"{name}:small")
    assert checked.name == ("llm:the-small-one" if name == "llm" else f"{name}:small")
    assert checked.dimensions == 3
    one, two = checked.documents(["a", "bcd"])
    assert unpacked(one) != unpacked(two)
    assert checked.query("a") == one
    assert name == "llm" or asked[0] == "small"
    with pytest.raises(InputError, match=f"^{name} takes"):
        opened(name)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, LIBRARIES[name][0], None)
    with pytest.raises(MissingFeature, match=rf"not installed: pip install 'thoughtsearch\[{name}\]'"):
        opened(f"{name}:small")


def test_queries_and_documents_have_their_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "sentence_transformers", SentenceTransformer=SentenceTransformer)
    checked = opened("sentence-transformers:small")
    checked.query("a")
    checked.documents(["a"])
    assert [options.get("prompt_name") for _, options in asked[1:]] == ["query", None]


def test_an_unknown_model_of_llm(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "llm", **LIBRARIES["llm"][1])
    with pytest.raises(InputError, match="llm has no embedding model 'large'"):
        opened("llm:large")


def test_a_library_that_fails_to_load_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: str) -> None:
        raise OSError(f"{model} is not a local folder\nand is not a valid model identifier")

    stand_in(monkeypatch, "fastembed", TextEmbedding=broken)
    with pytest.raises(EmbedderUnavailable, match="fastembed:none can't be loaded: none is not a local folder and is"):
        opened("fastembed:none")


def test_a_package_may_add_an_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    def points(group: str) -> list[EntryPoint]:
        assert group == "thoughtsearch.embedders"
        here = "tests.embeddings.test_adapters"
        return [
            EntryPoint("mine", f"{here}:mine", group),
            EntryPoint("broken", f"{here}:absent", group),
            EntryPoint("odd", f"{here}:asked", group),
        ]

    monkeypatch.setattr("importlib.metadata.entry_points", points)
    finding._added.cache_clear()
    assert opened("mine").name == "told"
    assert opened("mine:other").name == "other"
    for bad in ("broken", "odd"):
        with pytest.raises(InputError, match=f"The embedder {bad} of an installed package can't be used"):
            opened(bad)
    with pytest.raises(InputError, match=r"There is no embedder .absent.; there are hashing, "):
        opened("absent")


def mine(model: str | None) -> Told:
    return Told(model or "told")


def test_wordllama_itself() -> None:
    pytest.importorskip("wordllama")
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    checked = opened("wordllama")
    assert (list(root.handlers), root.level) == before
    assert (checked.name, checked.dimensions) == ("wordllama:256", 256)
    texts = [
        "the cat sat on the mat",
        "",
        "   ",
        "a kitten lay on the rug",
        "stock prices fell",
        "x" * 3_000_000,
        "🚀",
    ]
    vectors = [unpacked(vector) for vector in checked.documents(texts)]
    assert [any(vector) for vector in vectors] == [True, False, False, True, True, True, True]
    assert similarity(vectors[0], vectors[3]) > similarity(vectors[0], vectors[4]) + 0.2
    assert checked.query(texts[0]) == checked.documents([texts[0]])[0]
    assert [opened(f"wordllama:{size}").dimensions for size in (64, 128)] == [64, 128]
    with pytest.raises(InputError, match="wordllama has 64, 128 or 256 dimensions"):
        opened("wordllama:100")


def test_hashing_is_the_same_everywhere() -> None:
    from hashlib import sha256

    vectors = opened("hashing:16").documents(["the write lock", "locking the writer", ""])
    assert vectors[2] == bytes(32)
    assert sha256(b"".join(vectors)).hexdigest()[:16] == "f37856b354c807b2"
