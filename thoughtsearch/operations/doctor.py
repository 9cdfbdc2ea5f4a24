"""Checks a database for damage, for unfinished work and for what makes it slow, and repairs it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..engines.connect import checkup, look, open_engine
from ..engines.contract.checkup import Checkup, Finding, Repair
from ..engines.contract.engine import Engine
from ..engines.differences import differences, kind_of
from ..errors import DatabaseError, SchemaError
from ..location import Location
from ..progress import Bar, unseen
from .backfill.job import Backfill


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The findings at the end, and the repairs that were done before."""

    engine: str
    full: bool
    findings: tuple[Finding, ...]
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()  # repairs that failed, and why
    differences: tuple[str, ...] = ()  # from other kinds of databases: keys of engines.differences

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to do and every check could run."""
        return all(finding.level in ("ok", "note") for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `--json` prints."""
        return {
            "engine": self.engine,
            "healthy": self.healthy,
            "full": self.full,
            "checks": [finding.to_dict() for finding in self.findings],
            "done": list(self.done),
            "failed": list(self.failed),
            "differences": list(self.differences),
        }


@dataclass(frozen=True, slots=True)
class Doctor:
    """Checks one database. `full` also checks every thought of a large table; else only some, and the report says so."""

    location: Location
    full: bool = False
    timeout: float = 30.0
    bar: Bar = field(default=unseen)

    def examine(self) -> DoctorReport:
        """Check, and change nothing. Raises DatabaseError if the database can't be opened or holds no thoughts."""
        engine = open_engine(self.location, read_only=True, timeout=self.timeout)
        with closing(engine.connection):
            return self._report(engine, tuple(self._checkup(engine).findings()))

    def repair(self) -> DoctorReport:
        """Check, make the repairs that put no thought at risk, and check again.

        It may be stopped at any point and called again. Raises DatabaseError as `examine` does; the report lists what it
        couldn't repair. A table that isn't adopted, or that thoughtsearch doesn't know, is only checked.
        """
        if not self._may_change():
            return self.examine()
        engine = open_engine(self.location, timeout=self.timeout)
        with closing(engine.connection):
            checkup = self._checkup(engine)
            done: list[str] = []
            failed: list[str] = []
            tried: set[str] = set()
            while True:
                findings = tuple(checkup.findings())
                due = [name for name in dict.fromkeys(finding.repair for finding in findings) if name and name not in tried]
                if not due:
                    return self._report(engine, findings, done, failed)
                tried.update(due)
                for name in due:
                    _try(partial(checkup.repair, name), done, failed)
                _try(partial(self._fill, engine), done, failed)

    def _may_change(self) -> bool:
        try:
            return not look(self.location, timeout=self.timeout).unadopted
        except SchemaError:
            return False  # a finding says so

    def _fill(self, engine: Engine) -> str | None:
        """Run the backfill that repairs made necessary, or that was interrupted."""
        if not engine.connection.run(engine.dialect.is_backfill_due()):
            return None
        done = Backfill(self.location, timeout=self.timeout, bar=self.bar).run()
        return f"went through {done.rows:,} thoughts and indexed what was not"

    def _checkup(self, engine: Engine) -> Checkup:
        _check_is_ours(engine, self.location)
        return checkup(engine, full=self.full, bar=self.bar)

    def _report(
        self, engine: Engine, findings: tuple[Finding, ...], done: Sequence[str] = (), failed: Sequence[str] = ()
    ) -> DoctorReport:
        return DoctorReport(
            self.location.engine, self.full, findings, tuple(done), tuple(failed), self._differences(engine)
        )

    def _differences(self, engine: Engine) -> tuple[str, ...]:
        # They need no remedy and are alike for all databases of a kind: so they are in to_dict() and not on the screen.
        try:
            kind = kind_of(self.location.engine, is_found=engine.shape == "cloudbrain")
        except SchemaError:
            return ()  # what is wrong with it is said among the findings
        return tuple(one.key for one in differences(kind))


def _try(repair: Repair, done: list[str], failed: list[str]) -> None:
    """Run one repair. Note what it did, or why it failed."""
    try:
        if said := repair():
            done.append(said)
    except DatabaseError as error:
        failed.append(str(error))


def _check_is_ours(engine: Engine, location: Location) -> None:
    """Raise SchemaError for a database that has nothing to do with thoughtsearch, to leave it alone."""
    try:
        found = engine.find()
    except SchemaError:
        return  # a finding says so
    if not found.has_table and found.missing:
        name = location.target if location.engine == "sqlite" else "The database"
        raise SchemaError(
            f"{name} holds no thoughts: it has no table ai_thought_history. Check which one is meant, or make the table "
            "with thoughtsearch init."
        )
