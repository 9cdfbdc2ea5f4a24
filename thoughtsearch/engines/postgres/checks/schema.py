"""The objects that keep the index on PostgreSQL: tables, triggers, functions, and the text analysis that these make."""

from __future__ import annotations

from collections.abc import Iterator

from ....text import VERSION, terms
from ...contract.checkup import MENDED, Finding, Repair, former, lacking, listed, ok, unadopted, version_finding, wrong
from ...contract.engine import DatabaseState
from ...contract.statement import Plan
from .. import renewal as renewal
from ..rights import secured
from ..schema import TRIGGERS
from ..shape import TABLE
from .database import Database
from .thoughts import ANEW, Thoughts

#: Samples of everything that the analysis treats specially: plain words, exceptions of the stemmer, other letters.
PROBES = (
    "The databases were locked by psycopg.connect(); WAL-mode, v2.10.1 of /usr/lib, it's C++ and js for me@example.com",
    "possibly agreed, assembled and re-indexed 3 times",
    "café naïve Straße Ärger at 1.5e10x 検索エンジン한국어",
)
_COMPUTED = {"search_vector": "thoughtsearch_vector(", "search_length": "thoughtsearch_length("}


class Schema:
    """The tables, triggers and functions."""

    name, needed = "schema", True

    def __init__(self, database: Database, thoughts: Thoughts) -> None:
        self._database, self._thoughts = database, thoughts
        self.looks = (self._objects, self._functions, self._computed)
        self.repairs = {"install": self._installed, "functions": self._made}

    def _objects(self) -> Iterator[Finding]:
        found = self._database.engine.find()
        triggers = [name for name in found.damaged if name in TRIGGERS]
        if _has_no_thoughts(found):
            message = f"the table {TABLE} is gone, and the thoughts with it"
            yield wrong(message, "restore a backup; thoughtsearch init makes an empty one")
            return
        if found.unadopted:
            yield unadopted()
        elif found.missing:
            yield lacking(found.missing)
        if found.former:
            yield former(found.former)
        if found.gone:
            message = f"tables are missing: {listed(found.gone)}"
            yield wrong(message, f"{MENDED} makes them anew", "install")
        if triggers:
            message = f"triggers are missing, replaced or disabled: {listed(triggers)}; rows may have gone by unseen"
            remedy = f"{MENDED} makes them anew, and indexes every thought again, in batches"
            yield wrong(message, remedy, "install")
        if not (found.missing or found.former or found.gone or triggers):
            yield ok("every table and trigger is there and is ours")

    def _functions(self) -> Iterator[Finding]:
        found = self._database.engine.find()
        if found.missing or found.former or found.gone:
            return
        if names := self._others():
            message = f"missing, or replaced by others: {listed(names)}"
            yield wrong(message, f"{MENDED} makes them anew, looks at every thought, {ANEW}", "functions")

    def _others(self) -> list[str]:
        return self._database.engine.connection.run(renewal.others(self._database.place.shape))

    def _computed(self) -> Iterator[Finding]:
        if self._database.place.shape.is_found or not self._database.place.has_table:
            return
        table = self._database.place.name(TABLE)
        computed = {name: str(made) for name, made in self._database.ask("computed", table=table)}
        if names := [name for name, function in _COMPUTED.items() if function not in computed.get(name, "")]:
            message = f"not computed from the thoughts any more: {listed(names)}; new thoughts are not found"
            remedy = (
                f"when nobody needs the table: ALTER TABLE {table} DROP COLUMN search_vector, DROP COLUMN search_length; "
                f"then {MENDED} keeps the index in a table beside it"
            )
            yield wrong(message, remedy)

    def _installed(self) -> str:
        self._database.engine.install()
        return "made anew what keeps the index"

    def _made(self) -> str:
        shape, names = self._database.place.shape, self._others()

        def plan() -> Plan[None]:
            yield from renewal.renew(shape, None, names)
            yield from secured(shape)

        self._database.change(plan)
        return f"made the text analysis and its functions anew; {self._thoughts.mended()}"


def _has_no_thoughts(found: DatabaseState) -> bool:
    return TABLE in found.gone or not found.has_table


class Analysis:
    """The version of the analysis, and the terms that it makes of a text."""

    name, needed = "analysis", False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = (self._compared,)
        self.repairs: dict[str, Repair] = {}

    def _compared(self) -> Iterator[Finding]:
        others = [word for probe in PROBES for word in self._others(probe)]
        if not others:
            remedy = f"{MENDED} looks at every thought, {ANEW}"
            yield version_finding(self._database.engine.find().analysis, "thoughts", remedy)
            return
        message = f"the database makes other terms of a text than this thoughtsearch, version {VERSION}: {listed(others)}"
        yield wrong(message, f"{MENDED} makes it anew, looks at every thought, {ANEW}", "functions")

    def _others(self, probe: str) -> list[str]:
        """The words of a text of which the database makes other terms, or the text if it counts them differently."""
        found, words, length = self._database.ask("analysed", text=probe)[0]
        expected = terms(probe)
        others = sorted({*expected} ^ {*found} | {*expected} ^ {*words})
        return others if others or (list(found), length) == (expected, len(expected)) else [probe]
