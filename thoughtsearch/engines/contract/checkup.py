"""A check-up of a database, part by part. Each part has looks, and repairs for what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias

from ...errors import DatabaseError
from ...sql import Migration
from ...text import INDEXED_CHARACTERS, VERSION

#: A "note" is worth knowing, but nobody has to do anything. "unknown" means that the look failed.
Level: TypeAlias = Literal["ok", "note", "finding", "unknown"]
MENDED = "thoughtsearch doctor --repair"
EVERY = "--full looks at every one"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has shown: a message, what to do about it, and the name of a repair where there is one."""

    level: Level
    message: str
    remedy: str | None = None
    repair: str | None = None
    check: str = ""  # the part of the database, which its check-up fills in

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def ok(message: str) -> Finding:
    """All is well."""
    return Finding("ok", message)


def note(message: str) -> Finding:
    """Nothing is wrong, but it is worth knowing."""
    return Finding("note", message)


def wrong(message: str, remedy: str | None = None, repair: str | None = None) -> Finding:
    """Something has to be done."""
    return Finding("finding", message, remedy, repair)


def unknown(error: DatabaseError) -> Finding:
    """The look failed with this error."""
    return Finding("unknown", f"could not be looked at: {error}")


#: Looks at one thing, and changes nothing. Raises DatabaseError.
Look: TypeAlias = Callable[[], Iterable[Finding]]
#: Mends the part and says what it did. None means that it leaves all to a backfill, which is then due. It changes no
#: thought, and to repeat it does no harm. Raises DatabaseError.
Repair: TypeAlias = Callable[[], str | None]


class Part(Protocol):
    """One part of a database."""

    @property
    def name(self) -> str:
        """The name that its findings bear."""

    @property
    def needed(self) -> bool:
        """Whether the check-up must skip the parts after this one while something is wrong with it."""

    @property
    def looks(self) -> Sequence[Look]:
        """Its looks, in order."""

    @property
    def repairs(self) -> Mapping[str, Repair]:
        """Its repairs, by the names that its findings give."""


@dataclass(frozen=True)
class Checkup:
    """The check-up of one database. `failed` turns a look's error into a finding, or raises it if every look would fail."""

    parts: Sequence[Part]
    failed: Callable[[DatabaseError], Finding]

    def findings(self) -> Iterator[Finding]:
        """Look at all parts, in order. Raises DatabaseError only where there is no connection."""
        for number, part in enumerate(self.parts):
            whole = True
            for finding in self._looked(part):
                whole = whole and finding.level in ("ok", "note")
                yield replace(finding, check=part.name)
            if part.needed and not whole:
                for unseen in self.parts[number + 1 :]:
                    yield Finding("unknown", f"not looked at while the {part.name} is not whole", check=unseen.name)
                return

    def _looked(self, part: Part) -> Iterator[Finding]:
        for look in part.looks:
            try:
                yield from look()
            except DatabaseError as error:  # noqa: PERF203  # a look that fails must not stop the others
                yield self.failed(error)
                if part.needed:
                    return

    def repair(self, name: str) -> str | None:
        """Run the repair that a finding names, and say what it did. A backfill may be due then. Raises DatabaseError."""
        return next(part.repairs[name] for part in self.parts if name in part.repairs)()


def version_finding(version: int, repair: str, remedy: str) -> Finding:
    """The finding about the version of the analysis that indexed the thoughts."""
    if version == VERSION:
        return ok(f"version {version}, this one's")
    message = f"the thoughts were indexed by version {version} of it; this thoughtsearch has {VERSION}"
    if version > VERSION:
        return wrong(message, "upgrade thoughtsearch")
    return wrong(f"{message}, and would find more of them", remedy, repair)


def unadopted() -> Finding:
    """The finding about a table of another program. A repair does not adopt it."""
    remedy = "thoughtsearch init adopts it, and thoughtsearch backfill --dry-run shows first what that would do"
    return wrong("another program made the table of thoughts, and it isn't adopted", remedy)


def lacking(missing: Sequence[Migration]) -> Finding:
    """The finding about migrations that were not applied."""
    names = listed(step.name for step in missing)
    return wrong(f"not that of this version: lacks {names}", f"{MENDED} applies it", "install")


def former(names: Sequence[str]) -> Finding:
    """The finding about objects that an earlier thoughtsearch made."""
    return wrong(f"as an earlier version of thoughtsearch made them: {listed(names)}", f"{MENDED} renews them", "install")


def beyond(truncated: int) -> Finding:
    """The finding about thoughts of which only the beginning is indexed."""
    thoughts = many(truncated, "thought is", "thoughts are")
    return note(f"{thoughts} longer than the {INDEXED_CHARACTERS:,} characters that are indexed")


def many(count: int, one: str, several: str | None = None) -> str:
    """`1 thought`, `1,200 thoughts`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def listed(names: Iterable[Any], most: int = 5) -> str:
    """The first `most` names, as a list for a person."""
    every = [str(name) for name in names]
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more:,} more" if more > 0 else "")


def megabytes(size: int) -> str:
    """A size in bytes for a person."""
    return f"{size / 1_000_000:,.{1 if size < 100_000_000 else 0}f} MB"
