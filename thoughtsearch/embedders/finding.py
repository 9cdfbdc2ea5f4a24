"""Finds the embedder that a user names, such as `wordllama` or `openai:text-embedding-3-small`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TypeAlias

from ..errors import EmbedderUnavailable, InputError, MissingFeature, ThoughtsearchError
from ..text.clean import clean, reading, shown
from .embedder import Checked, Embedder

GROUP = "thoughtsearch.embedders"
ENVIRONMENT = "THOUGHTSEARCH_EMBEDDER"

#: What an entry point of the group `thoughtsearch.embedders` names. It gets the text behind the colon, or None.
Factory: TypeAlias = Callable[[str | None], Embedder]

#: Our embedders by name: the module here, and the extra that installs what it needs.
_OWN = {
    "hashing": ("hashing", None),
    "wordllama": ("wordllama", "wordllama"),
    "openai": ("openai", None),
    "sentence-transformers": ("sentence_transformers", "sentence-transformers"),
    "fastembed": ("fastembed", "fastembed"),
    "model2vec": ("model2vec", "model2vec"),
    "llm": ("llm", "llm"),
}
#: These have all they need on this machine and use no network, so a database alone may ask for them.
OFFLINE = ("hashing", "wordllama")


def configured(given: Embedder | str | None) -> Embedder | str | None:
    """The given embedder, else the one that THOUGHTSEARCH_EMBEDDER names. "none" and "" mean none. Raises InputError."""
    if given is None:
        given = os.environ.get(ENVIRONMENT)
    with reading("The embedder"):
        return _checked(given)


def _checked(given: Embedder | str | None) -> Embedder | str | None:
    if isinstance(given, str):
        if not given.strip() or given.strip().lower() == "none":
            return None
        if clean(given) != given or not given.isprintable() or len(given) > 200:
            raise InputError(f"An embedder is named NAME or NAME:MODEL, such as wordllama; got {shown(given)}.")
        return given.strip()
    if given is not None and not isinstance(given, Embedder):
        raise InputError(
            "An embedder is a text such as 'wordllama', or an object with name, dimensions, embed_documents() and "
            f"embed_query(); got {type(given).__name__}."
        )
    return given


def opened(given: Embedder | str) -> Checked:
    """Load the embedder. Raises InputError, MissingFeature or EmbedderUnavailable."""
    if not isinstance(given, str):
        return Checked(given)
    name, _, model = given.partition(":")
    factory = _factory(name)
    try:
        return Checked(factory(model or None), given)
    except ThoughtsearchError:
        raise
    except ImportError as error:
        raise MissingFeature(_missing(name, error)) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise EmbedderUnavailable(f"The embedder {given:.80} can't be loaded: {reason}.") from error


def _factory(name: str) -> Factory:
    if name in _OWN:
        factory: Factory = import_module(f".{_OWN[name][0]}", __package__).open_model
        return factory
    added = _added()
    if name not in added:
        known = ", ".join([*_OWN, *added])
        raise InputError(f"There is no embedder {name!r:.60}; there are {known}, each as NAME or NAME:MODEL.")
    found = added[name]
    if isinstance(found, InputError):
        raise found
    return found


@cache
def _added() -> dict[str, Factory | InputError]:
    """The embedders of installed packages; for one that can't be used, the error."""
    from importlib.metadata import entry_points

    added: dict[str, Factory | InputError] = {}
    for point in entry_points(group=GROUP):
        try:
            factory = point.load()
            if not callable(factory):
                raise TypeError(f"{point.value} can't be called")
            added[point.name] = factory
        except Exception as error:  # noqa: PERF203  # somebody else's package must not end every search
            added[point.name] = InputError(f"The embedder {point.name} of an installed package can't be used: {error}.")
    return added


def _missing(name: str, error: ImportError) -> str:
    module = error.name or str(error)
    extra = _OWN.get(name, (name, None))[1]
    how = f"pip install 'thoughtsearch[{extra}]'" if extra else f"pip install {module}"
    return f"The embedder {name} needs {module}, which is not installed: {how}."
