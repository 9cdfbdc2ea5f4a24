"""Databases of any locale give the same results; those that can't hold every text are refused."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import thoughtsearch
from tests.postgres.server import Server
from thoughtsearch import MissingFeature

TEXTS = [
    "Straße, STRASSE und ΣΊΣΥΦΟΣ; ΐ and İstanbul, ISPARTA, ı",
    "naïve café Ärger Çelik Ångström ÀÉÎÕÜ",
    "Юнікод ёлка ЁЛКА Москва МОСКВА",
    "検索は速い 全文検索 カタカナ 한국어 검색",
    "locks locked LOCKING Locker's lock-free lock_file",
    "ﬁ ligature ² ½ Ⅷ Ａｆｕｌｌ ｗｉｄｔｈ K Å",
    "🚀 rockets – and dashes — “quotes”",
]
QUESTIONS = [
    "straße", "strasse", "σίσυφος", "istanbul", "isparta", "naive", "arger", "celik", "angstrom", "елка", "ёлка",
    "москва", "検索", "カタカナ", "검색", "lock", "lock*", '"lock free"', "fulltext OR ﬁ", "½", "ⅷ", "k", "å", "rocket",
    "i*", "Locker's",
]  # fmt: skip
LIBC = ("C", "C.UTF-8", "en_US.UTF-8", "tr_TR.UTF-8")


def answers(url: str) -> Any:
    """All that searches say, as far as a locale could change it."""
    with thoughtsearch.open(url) as store:
        store.add_many(
            {
                "thought_content": text,
                "ai_id": n % 2,
                "thought_type": ["b", "B", "a", "Ä", "_"][n % 5],
                "tags": ["zebra", "Äpfel", "apfel", "Zoo", "検索"][: n + 1],
                "metadata": {"name": text[:2]},
            }
            for n, text in enumerate(TEXTS)
        )
        found = {text: [(hit.id, round(hit.score, 9)) for hit in store.search(text)] for text in QUESTIONS}
        page = store.search("", facets=["tags", "thought_type", "ai"], limit=1)
        ordered = {sign: store.search(where={"name": {sign: "a"}}, total=True).total for sign in ("$lt", "$gte")}
        return found, page.facets, ordered


@pytest.fixture(scope="session")
def libc() -> Iterator[Path]:
    """A folder with the locales of LIBC, as far as this machine can make them."""
    folder = Path(tempfile.mkdtemp(prefix="locales-"))
    folder.chmod(0o755)
    if Path("/usr/lib/locale/C.utf8").is_dir():
        (folder / "C.UTF-8").symlink_to("/usr/lib/locale/C.utf8")
    if shutil.which("localedef"):
        making = [
            subprocess.Popen(
                ["localedef", "--no-archive", "-i", name.partition(".")[0], "-f", "UTF-8", str(folder / name)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for name in LIBC[2:]
        ]
        for process in making:
            process.wait()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def local(server: Server, libc: Path) -> Iterator[Server]:
    """A server that knows these locales."""
    made = Server(server.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCPATH", str(libc))
        try:
            made.start()
            yield made
        finally:
            made.remove()


def locales(server: Server) -> dict[str, str]:
    """The clauses of CREATE DATABASE that this server and this machine know."""
    known = {f"libc {name}": f"LOCALE '{name}'" for name in LIBC}
    icu = {row[0] for row in server.execute("SELECT collname FROM pg_collation WHERE collprovider = 'i'")}
    if icu and server.version >= 15:
        known |= {
            f"icu {name}": f"LOCALE_PROVIDER icu ICU_LOCALE '{name}' LOCALE 'C'"
            for name in ("en-US", "tr-TR", "und-u-ks-level2", "sv-u-kn-true")
        }
    if server.version >= 17:
        known |= {
            f"builtin {name}": f"LOCALE_PROVIDER builtin BUILTIN_LOCALE '{name}' LOCALE 'C'" for name in ("C", "C.UTF-8")
        }
    if server.version >= 18:
        known["builtin PG_UNICODE_FAST"] = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'"
    return known


def test_every_locale_gives_the_same_results(local: Server) -> None:
    results = {}
    for number, (name, clause) in enumerate(locales(local).items()):
        database = f"locale_{number}"
        # Not every machine has every locale, nor every server ICU.
        with contextlib.suppress(psycopg.errors.FeatureNotSupported, psycopg.errors.WrongObjectType):
            local.execute(f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8' {clause}")
            results[name] = answers(local.url(database))
    assert {"libc C", "libc C.UTF-8"} <= set(results)
    if local.name == "15":
        assert "icu tr-TR" in results
    expected = results["libc C"]
    assert sum(map(bool, expected[0].values())) > 20
    assert {name: result for name, result in results.items() if result != expected} == {}


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_database_that_can_not_hold_every_text_is_refused(server: Server, encoding: str, read_only: bool) -> None:
    server.execute(f"CREATE DATABASE narrow TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    try:
        with pytest.raises(MissingFeature, match=f"encoded in {encoding}.*needs one in UTF8: CREATE DATABASE") as caught:
            thoughtsearch.open(server.url("narrow"), read_only=read_only)
        assert "\n" not in str(caught.value)
    finally:
        server.drop("narrow")
