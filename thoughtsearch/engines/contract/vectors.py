"""What an engine must know beyond a Dialect for thoughts to be found by their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ...models import EmbeddingModel
from ...query.tree import Node
from ...vectors import Vector
from .statement import Plan


class Text(NamedTuple):
    """What a thought says, as an embedder gets it; `digest` is what the engine knows this text by, if it needs one."""

    thought_id: int
    content: str
    digest: int | None


class Embedded(NamedTuple):
    """A text and its vector."""

    text: Text
    vector: Vector


class Refusal(NamedTuple):
    """A thought that the embedder refused, and why."""

    thought_id: int
    reason: str


class Place(NamedTuple):
    """Which of the thoughts are looked at: those that were there at a cursor's first page, without some."""

    newest: int | None = None
    without: Sequence[int] = ()


class EmbeddingDialect(Protocol):
    """The contract of `SqliteEmbedding` and `PostgresEmbedding`.

    Whoever writes a thought's text anew, or deletes it, need not know of vectors: an old one is never used again.
    """

    def check(self) -> Plan[None]:
        """Raises MissingFeature, with what to install, where nothing can be found by meaning here."""

    def prepare(self) -> Plan[None]:
        """Make what vectors are kept in, where it is not there. Raises as check()."""

    def models(self) -> Plan[list[EmbeddingModel]]:
        """The models that have vectors here; none where there is nothing to keep them in."""

    def register(self, name: str, spec: str | None, dimensions: int) -> Plan[None]:
        """Notes a model, unless one of that name is known."""

    def activate(self, model: int) -> Plan[None]:
        """From now on searches use this model."""

    def forget_others(self, model: int, limit: int) -> Plan[int]:
        """Deletes some of what no search can use once this model is active; 0 when there is no more."""

    def lacking(self, model: int, after: int | None, limit: int) -> Plan[list[Text]]:
        """The next thoughts without a vector of the model, but for those that it refused, in the order of their ids."""

    def count_lacking(self, model: int | None, characters: int) -> Plan[tuple[int, int]]:
        """How many these are, and the characters in them, so many of each at most. None: a model that is new here."""

    def keep(self, model: int, embedded: Sequence[Embedded]) -> Plan[int]:
        """Stores the vectors of thoughts that still say the same; how many."""

    def refuse(self, model: int, text: Text, reason: str) -> Plan[None]:
        """Notes a thought that the embedder refused, so that it isn't asked again."""

    def refused(self, model: int, limit: int) -> Plan[list[Refusal]]:
        """The first thoughts that were refused, in the order of their ids."""

    def count_refused(self, model: int) -> Plan[int]:
        """How many thoughts were refused."""

    def forgive(self, model: int) -> Plan[None]:
        """Forgets what was refused."""

    def loading(self, model: EmbeddingModel, coming: int) -> Plan[None]:
        """Before so many vectors are stored: give up what would slow that down."""

    def refresh_statistics(self, model: EmbeddingModel) -> Plan[None]:
        """After many were stored: count them anew, for results that say how many there are."""

    def index(self, model: EmbeddingModel) -> Plan[None]:
        """Build what makes searches quick, where it isn't there and there is enough to search. Takes its time."""

    def coverage(self, model: EmbeddingModel) -> Plan[tuple[int, int]]:
        """How many thoughts have a vector of the model, and how many thoughts there are; large numbers as last counted."""

    def vector(self, model: int, thought_id: int) -> Plan[Vector | None]:
        """The vector of a thought."""

    def nearest(
        self, model: EmbeddingModel, vector: Vector, node: Node, limit: int, place: Place
    ) -> Plan[list[tuple[int, float]]]:
        """(id, similarity) of those that the tree accepts, nearest first, the newer of equals first."""
