"""wordllama, whose wheel holds its weights. It needs no network, and embeds thousands of texts a second on any machine."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError

_DIMENSIONS = (64, 128, 256)
_WIDEST = 256
# Texts embedded together are padded to the longest one; each token takes 1 KiB.
_TOGETHER = 64


class WordLlama:
    """See Embedder."""

    batch_size = 1_024

    def __init__(self, dimensions: int = _WIDEST) -> None:
        self.dimensions = dimensions
        self.name = f"wordllama:{dimensions}"
        self._model = _loaded()

    def embed_documents(self, texts: Sequence[str]) -> Any:
        """An array with a row for each text; the row of an empty text is zeros."""
        import numpy

        vectors = numpy.zeros((len(texts), self.dimensions), dtype="float32")
        told = sorted((number for number, text in enumerate(texts) if text.strip()), key=lambda number: len(texts[number]))
        for start in range(0, len(told), _TOGETHER):
            numbers = told[start : start + _TOGETHER]
            found = self._model.embed([texts[number] for number in numbers], batch_size=_TOGETHER)
            # The first numbers of a vector are the vector of a smaller model.
            vectors[numbers] = numpy.nan_to_num(found[:, : self.dimensions])
        return vectors

    def embed_query(self, text: str) -> Any:
        """The vector of a query."""
        return self.embed_documents([text])[0]


def _loaded() -> Any:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        import wordllama
    finally:
        # wordllama sets up logging for the whole program: undo that.
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
        root.setLevel(level)
    # Without this it would seek its tokenizer in another folder, and then in the network.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def open_model(model: str | None) -> WordLlama:
    """Open `wordllama` or `wordllama:DIMENSIONS`."""
    if model is None:
        return WordLlama()
    if model not in map(str, _DIMENSIONS):
        raise InputError(f"wordllama has 64, 128 or 256 dimensions, as in wordllama:128; got {model!r:.40}.")
    return WordLlama(int(model))
