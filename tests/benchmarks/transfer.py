"""127,237 real thoughts from SQLite to PostgreSQL and back to another SQLite file: rows a second, and the two exports.

    python -m tests.benchmarks.transfer [--url postgresql://…] [--batch 2000] [--server 18]

Without a URL a server of the test extra is started. The thoughts are those of THOUGHTSEARCH_DATA.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import resource
import tempfile
import time
from pathlib import Path

import thoughtsearch
from tests.benchmarks.corpus import thoughts
from tests.postgres.server import fresh_database, running
from thoughtsearch.cli.commands.exporting import _write_jsonl
from thoughtsearch.location import locate
from thoughtsearch.operations.transfer.copying import BATCH
from thoughtsearch.operations.transfer.job import Transfer
from thoughtsearch.operations.transfer.report import TransferReport


def moved(source: str, target: str, batch: int) -> TransferReport:
    """One way, and what came of it."""
    began = time.monotonic()
    report = Transfer(locate(source), locate(target), brain_state=True, batch=batch).run()
    whole = time.monotonic() - began
    assert report.copied is not None
    furthest = max(asked.furthest for asked in report.asked)
    print(
        f"{locate(source).engine} to {locate(target).engine}: {report.copied.stored:,} thoughts in {report.seconds:.1f} s, "
        f"{report.copied.stored / report.seconds:,.0f} a second; compared in {whole - report.seconds:.1f} s: "
        f"{len(report.ranges)} ranges, {len(report.asked)} queries, scores at most {furthest:.0e} apart, "
        f"{'equal' if report.equal else 'DIFFERENT'}",
        flush=True,
    )
    for asked in report.asked:
        print(
            f"    {asked.hits:3} hits, {asked.furthest:.0e}, {'equal' if asked.equal else 'DIFFERENT'}: {asked.shown[:100]}"
        )
    return report


def exported(path: str, file: Path) -> str:
    """The digest of the JSON Lines of a database."""
    with thoughtsearch.open(path, read_only=True) as store, file.open("wb") as stream:
        _write_jsonl(store.export(), stream)
    with file.open("rb") as stream:
        whole = hashlib.sha256()
        while block := stream.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()


def main() -> None:
    """Both ways, and the exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--server", default="18")
    parser.add_argument("--sqlite", help="a database that has the thoughts already")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = arguments.url or stack.enter_context(fresh_database(running(arguments.server)))
        first, second = arguments.sqlite or str(folder / "first.db"), str(folder / "second.db")
        with thoughtsearch.open(first) as store:
            if not store.stats()["thoughts"]:
                store.add_many(thoughts())
        there = moved(first, url, arguments.batch)
        back = moved(url, second, arguments.batch)
        digests = [exported(path, folder / f"{name}.jsonl") for path, name in ((first, "first"), (second, "second"))]
        size = (folder / "first.jsonl").stat().st_size
        print(f"the exports ({size:,} bytes): {' and '.join(digest[:16] for digest in digests)}")
        print("identical" if len(set(digests)) == 1 and there.equal and back.equal else "DIFFERENT")
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


if __name__ == "__main__":
    main()
