"""A transfer that is killed, again and again, loses nothing and takes nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from .conftest import Ends, fill

COUNT = 1_200
ROOT = Path(__file__).parents[2]


def start(ends: Ends, *options: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "thoughtsearch",
        "transfer",
        ends.source.url,
        ends.target.url,
        "--batch",
        "20",
        *options,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def count(ends: Ends) -> int:
    return int(ends.target.execute("SELECT count(*) FROM ai_thought_history", ())[0][0])


@pytest.mark.parametrize("options", [(), ("--new-ids",)], ids=["same ids", "new ids"])
def test_killed_four_times(ends: Ends, options: tuple[str, ...]) -> None:
    fill(ends.source, COUNT)
    chance = random.Random(3)
    killed = 0
    for _ in range(4):
        before = count(ends)
        process = start(ends, *options)
        wanted = before + chance.randint(1, COUNT // 6)
        while process.poll() is None and count(ends) < wanted:
            time.sleep(0.001)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = count(ends)
        assert after >= before
        assert after % 20 == 0 or after == COUNT
    assert killed >= 2
    process = start(ends, *options)
    said, error = process.communicate(timeout=120)
    assert process.returncode == 0, (said, error)
    contents = [thought.thought_content for thought in ends.target.store.export()]
    assert Counter(contents) == Counter(thought.thought_content for thought in ends.source.store.export())
    if not options:
        assert ends.transfer(verify_only=True).equal


def test_interrupted_it_says_how_far_it_came(ends: Ends) -> None:
    fill(ends.source, COUNT)
    process = start(ends)
    while process.poll() is None and count(ends) < 200:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"the same command goes on." in said
    assert b"Traceback" not in said
    assert ends.transfer().equal
