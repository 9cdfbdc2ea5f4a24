"""`thoughtsearch doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from ...location import locate
from ...operations.doctor import Doctor, DoctorReport
from .. import options
from ..command import Exemplified
from ..database import check_is_there
from ..jsontext import print_json
from ..progress import rated_bar
from ..terminal import visible_line

WELL, NOT_WELL = 0, 1
_SHOWN = {"ok": "ok", "note": "note", "finding": "FOUND", "unknown": "UNKNOWN"}


@click.command(
    "doctor",
    cls=Exemplified,
    examples=("thoughtsearch doctor", "thoughtsearch doctor --repair", "thoughtsearch doctor --full --json"),
)
@click.option("--repair", is_flag=True, help="Mend what can be mended without a risk to the thoughts.")
@click.option("--full", is_flag=True, help="Look at every thought of a large table too, not only at some.")
@options.database
@options.as_json
def command(database: str | None, repair: bool, full: bool, as_json: bool) -> int:
    """Look for damage to the database and its index, for unfinished work, and for what makes it slow.

    Without --repair it changes nothing, and takes no lock that writers wait for. --repair mends what it can, step by step,
    while others go on reading and writing. Then it looks again, and says what it leaves to you. It changes no thought, and
    may be interrupted and run again. The exit code is 1 if something is left to do or could not be checked.
    """
    location = locate(database)
    check_is_there(location)
    doctor = Doctor(location, full=full, bar=rated_bar)
    report = doctor.repair() if repair else doctor.examine()
    if as_json:
        print_json(report.to_dict())
    else:
        click.echo("\n".join(_lines(report)))
    return WELL if report.healthy else NOT_WELL


def _lines(report: DoctorReport) -> Iterator[str]:
    for done in report.done:
        yield _line("mended", done)
    for failed in report.failed:
        yield _line("NOT MENDED", failed)
    for (level, message, remedy), alike in groupby(report.findings, lambda one: (one.level, one.message, one.remedy)):
        yield _line(_SHOWN[level], f"{', '.join(finding.check for finding in alike)}: {message}")
        if remedy:
            yield _line("", f"→ {remedy}")
    yield "All is well." if report.healthy else "Not all is well: see above."


def _line(kind: str, text: str) -> str:
    return f"  {kind:11}{visible_line(text)}"
