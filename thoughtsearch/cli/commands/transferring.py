"""`thoughtsearch transfer`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from ...errors import InputError
from ...location import locate
from ...operations.transfer.copying import BATCH, Copying
from ...operations.transfer.differences import Differing
from ...operations.transfer.job import Transfer
from ...operations.transfer.report import TransferReport
from .. import options
from ..command import Exemplified
from ..jsontext import print_json
from ..progress import rated_bar
from ..terminal import visible_line

DIFFERENT = 1


@click.command(
    "transfer",
    cls=Exemplified,
    examples=(
        'thoughtsearch transfer "$THOUGHTSEARCH_URL" copy.db',
        'thoughtsearch transfer "$THOUGHTSEARCH_URL" copy.db --verify-only --json',
    ),
)
@click.argument("source", metavar="SOURCE_URL")
@click.argument("target", metavar="TARGET_URL")
@click.option("--brain-state", is_flag=True, help="Take CloudBrain's other tables along, whole, for its server to go on.")
@click.option("--verify-only", is_flag=True, help="Compare the two, and write nothing.")
@click.option("--new-ids", is_flag=True, help="Let the target number the thoughts anew, behind those it has.")
@click.option("--batch", type=click.IntRange(1, 100_000), default=BATCH, show_default=True, help="Thoughts a transaction.")
@options.as_json
def command(source: str, target: str, verify_only: bool, as_json: bool, **given: Any) -> int:
    """Copy all thoughts of SOURCE_URL into TARGET_URL, SQLite or PostgreSQL, and prove that both then hold the same.

    It keeps every column. It only reads the source, which need not be searchable. If you interrupt it, the same command
    goes on where it stopped, and also copies what is new. What the target already has stays. If the target has another
    thought under an id of the source, nothing is written.

    With --brain-state a new database on PostgreSQL gets CloudBrain's own types, so that its server's statements work there.

    The report compares every stored value, and the hits of about twenty queries with their scores; after --new-ids only
    the counts. It names what the target can't hold by table, column and id; the rest is copied all the same. The exit code
    is 1 if anything differs.
    """
    if verify_only and given["new_ids"]:
        raise InputError(
            "Thoughts that have got new ids can't be compared with their old ones: give one of the two options."
        )
    job = Transfer(locate(source), locate(target), bar=rated_bar, **given)
    try:
        report = job.run(verify_only=verify_only)
    except BaseException:
        if job.copying.stored:
            click.echo(f"Transferred {_thoughts(job.copying.stored)} before this; the same command goes on.", err=True)
        raise
    if as_json:
        print_json(report.to_dict())
    else:
        click.echo("\n".join(_lines(report)))
    return 0 if report.equal else DIFFERENT


def _thoughts(count: int) -> str:
    return f"{count:,} {'thought' if count == 1 else 'thoughts'}"


def _copied(copied: Copying, seconds: float) -> str:
    rate = f" in {seconds:.1f} s ({copied.stored / seconds:,.0f} a second)" if copied.stored and seconds else ""
    present = f"; {copied.present:,} were there already" if copied.present else ""
    return f"Transferred {_thoughts(copied.stored)}{rate}{present}."


def _lines(report: TransferReport) -> Iterator[str]:
    if report.copied is not None:
        yield _copied(report.copied, report.seconds)
        for refused in report.copied.refused.listed():
            yield f"The target refused {_thoughts(refused.count)}, ids {refused.shown}: {_plain(report.copied.reason)}"
    if report.new_ids:
        taken = report.copied.taken if report.copied else 0
        counts = f"{report.source.count:,} in the source, {taken:,} of them taken; {report.target.count:,} in the target"
        yield _line("thoughts", counts, taken == report.source.count)
        yield from _differing("ai_thought_history", report.differing, report.unknown)
    else:
        yield from _one_by_one(report)
    for table in report.companions:
        yield _line(table.name, f"{table.rows:,} {'row' if table.rows == 1 else 'rows'}", table.equal)
        yield from _differing(table.name, table.differing, table.unknown)
    for note in report.notes:
        yield f"  {'note':11}{_plain(note)}"
    yield "Both say the same." if report.equal else "They differ."


def _one_by_one(report: TransferReport) -> Iterator[str]:
    sides = [
        f"{side.count:,}" + (f" (ids {side.first} to {side.last})" if side.count else "")
        for side in (report.source, report.target)
    ]
    same = report.source == report.target
    yield _line("thoughts", sides[0] if same else " and ".join(sides), same)
    ranges = len(report.ranges)
    yield _line(
        "checksums", f"{ranges} {'range' if ranges == 1 else 'ranges'} of ids", all(part.equal for part in report.ranges)
    )
    for part in report.ranges:
        if not part.equal:
            yield _detail(f"ids {part.first} to {part.last}: {', '.join(map(str, part.examples))}")
    yield from _differing("ai_thought_history", report.differing, report.unknown)
    if report.unasked:
        yield f"  {'':11}queries: not asked, {_plain(report.unasked)}"
    elif report.unindexed:
        yield _line(
            "queries", f"not asked, {report.unindexed:,} thoughts are not indexed; run thoughtsearch backfill", False
        )
    elif report.asked:
        furthest = max(asked.furthest for asked in report.asked)
        what = f"{len(report.asked)}, the same hits in the same order, scores at most {furthest:.0e} apart"
        equal = all(asked.equal for asked in report.asked)
        yield _line("queries", what if equal else str(len(report.asked)), equal)
        for asked in report.asked:
            if not asked.equal:
                yield _detail(f"other hits or scores: {asked.shown}")


def _differing(table: str, found: Iterable[Differing], unknown: Iterable[str]) -> Iterator[str]:
    for one in found:
        if one.column is None:
            rows = "row" if one.count == 1 else "rows"
            yield _detail(f"{table}: {one.count:,} {rows} on one side alone, ids {one.shown}")
        else:
            values = "value differs" if one.count == 1 else "values differ"
            yield _detail(f"{table}.{one.column}: {one.count:,} {values}, ids {one.shown}")
    for name in unknown:
        yield _detail(f"{table}.{name}: left out, since the target has no such column or it can't be read")


def _line(name: str, what: str, equal: bool) -> str:
    return f"  {'equal' if equal else 'DIFFERENT':11}{name}: {what}"


def _detail(text: str) -> str:
    return f"             {_plain(text)}"


def _plain(text: str) -> str:
    return visible_line(text)[:400]
