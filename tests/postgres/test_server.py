"""The servers themselves: what a test gets, and that nothing of them outlives a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import server as servers
from tests.postgres.server import WANTED, Server, Unavailable, for_test, fresh_database, in_use, launch, running

ROOT = Path(__file__).parents[2]
#: A run that starts a server, says where, and then does nothing.
RUN = """
import time
from tests.postgres.server import running
server = running({name!r})
print(server.pid, server.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def own(server: Server) -> Iterator[Server]:
    """A server that these tests may stop and break."""
    made = Server(server.name, tcp=True)
    try:
        made.start()
        yield made
    finally:
        made.remove()


def _is_there(process: int) -> bool:
    """Whether it runs: what died and has no parent to notice isn't there."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_server_is_of_its_version_and_speaks_utf8(server: Server, database: str) -> None:
    with psycopg.connect(database) as connection:
        version, encoding = (
            connection.execute(f"SHOW {name}").fetchall()[0][0] for name in ("server_version", "server_encoding")
        )
        assert connection.execute(
            "SELECT lower('ÄÉЖ'), count(*) FROM pg_class WHERE relname LIKE 'thought%'"
        ).fetchall() == [("äéж", 0)]
    assert (version.split(".")[0], encoding) == (server.name, "UTF8")
    assert running(server.name) is server


def test_a_fresh_database_is_dropped_though_somebody_is_connected(server: Server) -> None:
    names = "SELECT datname FROM pg_database WHERE datname LIKE 'fresh%' ORDER BY datname"
    before = server.execute(names)
    with fresh_database(server) as url:
        assert len(server.execute(names)) == len(before) + 1
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE here (id int)")
            connection.commit()
            server.drop(connection.info.dbname)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
    assert server.execute(names) == before


def test_a_template_is_filled_once_and_cloned(server: Server) -> None:
    filled = []

    def fill(url: str) -> None:
        filled.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE cloned AS SELECT 7 AS n")

    for _ in range(2):
        name = server.template("test_server", fill)
        with fresh_database(server, name) as url, psycopg.connect(url) as connection:
            assert connection.execute("UPDATE cloned SET n = n + 1 RETURNING n").fetchall() == [(8,)]
    assert len(filled) == 1


def test_what_was_committed_survives_a_crash_and_the_urls_stay(own: Server) -> None:
    urls = own.url(), own.url(tcp=True)
    with psycopg.connect(urls[1]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    own.restart(signal.SIGKILL)
    assert (own.url(), own.url(tcp=True)) == urls
    with psycopg.connect(urls[0]) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]


def test_a_server_whose_backend_was_killed_still_serves(own: Server) -> None:
    before = own.execute("SELECT pg_backend_pid()")
    with psycopg.connect(own.url()) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    # The server ends every connection when it notices; until then ours still answers.
    while own.execute("SELECT pg_backend_pid()") == before:
        pass


def test_a_server_that_does_not_start_says_why(own: Server) -> None:
    own.stop()
    own.settings["shared_buffers"] = "plenty"
    try:
        with pytest.raises(RuntimeError, match='invalid value for parameter "shared_buffers"'):
            own.start()
        assert not own.is_running
    finally:
        own.settings["shared_buffers"] = "64MB"
        own.start()


def test_a_program_that_fails_says_why(own: Server) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)^initdb .* exists but is not empty"):
        own.run("initdb", "-D", own.data)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a child that its parent died.")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_no_server_outlives_its_run(server: Server, how: str) -> None:
    command = [sys.executable, "-c", RUN.format(name=server.name)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        process, folder = run.stdout.readline().split()
        assert _is_there(int(process))
        os.killpg(run.pid, getattr(signal, how))
    deadline = time.monotonic() + 20
    while _is_there(int(process)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_there(int(process))
    # The folder of a run that was killed goes when the next server is made.
    if how == "SIGKILL":
        Server(server.name).remove()
    assert not Path(folder).exists()


def test_servers_start_in_the_main_thread(own: Server) -> None:
    raised: list[BaseException] = []

    def start() -> None:
        try:
            launch([own.programs / "postgres", "--version"], own.folder)
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(raised[0])


def test_a_missing_version_is_a_failure_where_it_is_required_and_else_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "available", dict)
    monkeypatch.setattr(servers, "_running", {})
    for environment, outcome in (("true", pytest.fail.Exception), ("", pytest.skip.Exception)):
        monkeypatch.setenv("CI", environment)
        monkeypatch.delenv("THOUGHTSEARCH_TEST_POSTGRES", raising=False)
        with pytest.raises(outcome, match="PostgreSQL 15 isn't here; it comes with Debian's package"):
            for_test("15")
    monkeypatch.setenv("THOUGHTSEARCH_TEST_POSTGRES", "9")
    with pytest.raises(pytest.fail.Exception, match="PostgreSQL 9 isn't here"):
        for_test("9")


def test_which_versions_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "available", lambda: {"15": Path(), "16": Path()})
    for ci, named, used in (
        ("", "", ["16"]),
        ("true", "", list(WANTED)),
        ("", "all", list(WANTED)),
        ("true", "15, 18", ["15", "18"]),
    ):
        monkeypatch.setenv("CI", ci)
        monkeypatch.setenv("THOUGHTSEARCH_TEST_POSTGRES", named)
        assert in_use() == used
    monkeypatch.setattr(servers, "available", dict)
    monkeypatch.delenv("THOUGHTSEARCH_TEST_POSTGRES")
    monkeypatch.delenv("CI")
    assert in_use() == ["18"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="Only root runs servers as somebody else.")
def test_programs_that_the_servers_user_cannot_reach_are_reported(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "bin").symlink_to(server.programs)
    monkeypatch.setattr(servers, "available", lambda: {server.name: hidden / "bin"})
    made = Server(server.name)
    try:
        with pytest.raises(Unavailable, match=r"the user \w+ can't reach .*/initdb \(.*Permission denied\)\.$"):
            made.start()
    finally:
        made.remove()
    assert hidden.stat().st_mode & 0o777 == 0o700
