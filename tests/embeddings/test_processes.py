"""Other processes: a backfill that is killed again and again, and a writer beside a reader that keeps vectors in memory."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

import thoughtsearch
from tests.embeddings.conftest import Opened
from tests.embeddings.models import hits, nearest
from tests.world import World, ids

THOUGHTS = 1_500
KILLS = 10
BATCH = 20
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def count(world: World) -> int:
    try:
        return int(world.execute("SELECT count(*) FROM ai_thought_embedding", ())[0][0])
    except psycopg.errors.UndefinedTable:  # it comes with the first model
        return 0


def start(world: World) -> subprocess.Popen[bytes]:
    options = ["--embeddings", "--embedder", "hashing:32", "--batch", str(BATCH), "-d", world.url]
    command = [sys.executable, "-m", "thoughtsearch", "backfill", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)


def test_killed_ten_times_it_embeds_every_thought_once(world: World, opened: Opened) -> None:
    world.store.add_many({"thought_content": f"thought {n} on w{n % 97}"} for n in range(THOUGHTS))
    chance = random.Random(3)
    killed = 0
    for _ in range(KILLS):
        before = count(world)
        wanted = before + chance.randint(1, THOUGHTS // 15)
        process = start(world)
        while process.poll() is None and count(world) < wanted:
            time.sleep(0.001)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = count(world)
        assert after >= before
        assert after % BATCH == 0  # each batch whole or not at all
    assert killed == KILLS
    assert count(world) < THOUGHTS
    said, error = start(world).communicate(timeout=120)
    assert said.startswith(b"Embedded "), error
    found = world.execute("SELECT thought_id, count(*) FROM ai_thought_embedding GROUP BY thought_id", ())
    assert dict(found) == dict.fromkeys(range(1, THOUGHTS + 1), 1)
    assert hits(opened(), "thought on w7", mode="semantic", limit=50) == nearest(world, "thought on w7")[:50]


WRITER = """
import sys, thoughtsearch
with thoughtsearch.open(sys.argv[1], embedder="hashing:32") as store:
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "add":
            print(store.add(rest), flush=True)
        else:
            store.connection.run(forget(store, int(rest)), write=True)
            print("gone", flush=True)
"""
FORGET = """
from thoughtsearch.engines.contract.statement import Statement
def forget(store, ident):
    yield Statement("DELETE FROM ai_thought_history WHERE id = " + str(ident))
"""


def test_what_another_process_adds_is_found_next_and_what_it_deletes_never_again(world: World, opened: Opened) -> None:
    store = opened()
    store.add_many({"thought_content": f"thought {n} on w{n % 9}"} for n in range(300))
    assert store.search("thought", mode="semantic")
    writer = subprocess.Popen(
        [sys.executable, "-c", FORGET + WRITER, world.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer, thoughtsearch.open(world.url, embedder="hashing:32") as other:
        live: list[int] = []
        gone: set[int] = set()
        for step in range(40):
            text = f"step{step} of the export"
            writer.stdin.write(f"add {text}\n")
            writer.stdin.flush()
            live.append(int(writer.stdout.readline()))
            for reader in (store, other):
                assert ids(reader.search(text, mode="semantic", limit=1)) == [live[-1]]
            if step % 2:
                writer.stdin.write(f"delete {live[0]}\n")
                writer.stdin.flush()
                assert writer.stdout.readline() == "gone\n"
                gone.add(live.pop(0))
            for mode in ("semantic", "hybrid"):
                for reader in (store, other):
                    found = set(ids(reader.search("step of the export", mode=mode, limit=1_000)))
                    assert set(live) <= found
                    assert not gone & found
        writer.stdin.close()
