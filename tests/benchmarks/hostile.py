"""The slowest queries that the language can write, on both engines side by side, at 30,000 real thoughts.

    python -m tests.benchmarks.hostile [--only WORD] [--bound 30] [--sqlite FILE] [--url postgresql://…]

Each is a shape that a program makes without meaning harm (a list of thousands of values, a generated OR, a pasted log) or
that somebody writes to hurt. A query that takes longer than the bound is ended and printed as such. Without a URL a server
of the test extra is started; a database that holds thoughts already is taken as it is. What matters is the largest number.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import thoughtsearch
from tests.benchmarks.corpus import thoughts
from tests.postgres.server import fresh_database, running
from thoughtsearch.store import Store

THOUGHTS = 30_000
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
COMMON = re.findall(r"\w+", "the of to a and in is that it for this be with as on i not are can from file code test error")

Query = tuple[str, str, dict[str, Any]]


def queries(contents: list[str], ids: list[str]) -> Iterator[Query]:
    """A name, a text and options for each."""
    words = _vocabulary(contents)
    yield from _metadata(ids)
    yield from _filters()
    yield from _groups(words)
    yield from _words(words, contents)
    yield from _written()


def _metadata(ids: list[str]) -> Iterator[Query]:
    yield "$in of 800 strings", "", {"where": {"id": {"$in": ids[:800]}}}
    yield "$in of 30,000 strings", "", {"where": {"id": {"$in": ids}}}
    yield "$in of 100,000 strings that are not there", "", {"where": {"id": {"$in": [f"x{n}" for n in range(100_000)]}}}
    yield "$in of 100,000 numbers", "", {"where": {"run": {"$in": list(range(100_000))}}}
    yield "$nin of 10,000, with a total", "", {"where": {"id": {"$nin": ids[:10_000]}}, "total": True}
    yield "$in of 5,000 lists", "", {"where": {"id": {"$in": [[one] for one in ids[:5_000]]}}}
    yield "$or of 2,000 equalities", "", {"where": {"$or": [{"id": one} for one in ids[:2_000]]}}
    yield "$or of 2,000 $ne", "", {"where": {"$or": [{"id": {"$ne": one}} for one in ids[:2_000]]}, "total": True}
    yield "$and of 2,000 $ne", "", {"where": {"$and": [{"id": {"$ne": one}} for one in ids[:2_000]]}, "total": True}
    yield "$or of 500 keys", "", {"where": {"$or": [{f"k{n}": n} for n in range(500)]}}
    yield "$or of 1,000 comparisons", "", {"where": {"$or": [{"run": {"$gt": n}} for n in range(1_000)]}}
    yield "$or of 1,000 texts compared", "", {"where": {"$or": [{"id": {"$gt": f"z{n}"}} for n in range(1_000)]}}
    yield "$and of 1,000 exists", "", {"where": {"$and": [{f"k{n}": {"$exists": False}} for n in range(1_000)]}}
    yield "$or of 1,000 contains", "", {"where": {"$or": [{"id": {"$contains": n}} for n in range(1_000)]}}
    yield "where of 300 predicates", "", {"where": [f"k{n}!={n}" for n in range(300)]}
    yield "where of one path of 1,000 keys", "", {"where": {".".join("k" * 1_000): 1}}
    yield "$or in $and in $or, 1,000 in all", "", {"where": _nested(3, 10, ids)}
    yield "400 different meta. in the text", " OR ".join(f"meta.k{n}>{n}" for n in range(400)), {}
    yield "a number of 5,000 digits", f"meta.run>{'9' * 5_000}", {}


def _nested(depth: int, width: int, ids: list[str], at: int = 0) -> dict[str, Any]:
    if not depth:
        return {"id": ids[at % len(ids)]} if at % 2 else {"model": {"$ne": ids[at % len(ids)]}}
    joint = "$or" if depth % 2 else "$and"
    return {joint: [_nested(depth - 1, width, ids, at * width + n) for n in range(width)]}


def _filters() -> Iterator[Query]:
    yield "tag:a,a,a… 8,000 times", "tag:" + ",".join("a" * 8_000), {}
    yield "tag: 4,000 different", "tag:" + ",".join(f"t{n}" for n in range(4_000)), {}
    yield "-tag: 4,000 different, with a total", "-tag:" + ",".join(f"t{n}" for n in range(4_000)), {"total": True}
    for name in ("tags", "any_tags", "not_tags"):
        yield f"{name} of 10,000", "", {name: [f"t{n}" for n in range(10_000)]}
    yield "any_tags of 100,000, facets", "", {"any_tags": [f"t{n}" for n in range(100_000)], "facets": ["tags", "time"]}
    yield "400 tag: in a row", " ".join(f"tag:t{n}" for n in range(400)), {}
    yield "1,900 -tag: in a row, facets", " ".join(f"-tag:t{n}" for n in range(950)), {"facets": ["tags", "ai"]}
    for name, short in (("type", "t"), ("session", ""), ("ai", "")):
        yield f"{name}: 4,000 different", f"{name}:" + ",".join(f"{short}{n + 10_000}" for n in range(3_000)), {}
        joined = " OR ".join(f"{name}:{short}{n + 10_000}" for n in range(900))
        yield f"900 {name}: joined by OR", joined, {}
        yield f"900 -{name}: beside a word", "error " + " ".join(f"-{name}:{n + 10_000}" for n in range(900)), {}
    yield "1,000 names of agents", "ai:" + ",".join(f"nobody{n}" for n in range(1_000)), {}
    yield "900 cycle ranges", " OR ".join(f"cycle:{n * 100_000}..{n * 100_000 + 9}" for n in range(1, 900)), {}
    yield "a cycle range without end", f"cycle:-{2**62}..{2**62}", {"facets": ["ai", "thought_type", "tags", "time"]}
    yield "900 since:", " OR ".join(f"since:2{n:03}-01-01" for n in range(100, 999)), {}
    yield "all facets and the total of everything", "", {"facets": ["ai", "thought_type", "tags", "time"], "total": True}
    yield "10,000 newest", "", {"limit": 10_000}
    yield "900 literals", " OR ".join(f'"{chr(0x2190 + n)}"' for n in range(900)), {}
    yield "900 long literals beside a filter", "cycle:1.. " + " ".join(f'-"{chr(0x2190 + n) * 10}"' for n in range(900)), {}


def _groups(words: list[str]) -> Iterator[Query]:
    for count in (50, 100, 400):
        yield f"(a OR b) OR …, {count} groups", " OR ".join(f"({words[0]} OR {words[n]})" for n in range(1, count)), {}
    yield "(a OR b) OR …, different", " OR ".join(f"({words[n]} OR {words[n + 1]})" for n in range(0, 800, 2)), {}
    yield "(a b) AND …, 300 groups", " AND ".join(f"({words[n]} OR {words[n + 1]})" for n in range(0, 600, 2)), {}
    yield "(a AND b) OR …, 400 groups", " OR ".join(f"({words[0]} AND {words[n]})" for n in range(1, 400)), {}
    yield "(a AND NOT b) OR …, 300", " OR ".join(f"({words[0]} AND NOT {words[n]})" for n in range(1, 300)), {}
    yield "(a AND tag) OR …, 300", " OR ".join(f"({words[n]} AND tag:t{n})" for n in range(300)), {}
    yield '("a b" OR "c d") AND …, 100', " AND ".join(f'("{words[n]} the" OR "the {words[n]}")' for n in range(100)), {}
    yield '("the a" OR b) OR …, 100', " OR ".join(f'("the {words[n]}" OR tag:t{n})' for n in range(100)), {}
    yield "(a OR tag:x) AND …, 300", " AND ".join(f"({words[n]} OR tag:t{n})" for n in range(300)), {}
    yield "nested to the end", _deep(words, 11, 2), {}
    yield "nested to the end, with NOT", _deep(words, 11, 2, "NOT "), {}
    yield "nested with filters", _deep(words, 9, 2, filtered=True), {}
    yield "nested with phrases", _deep([f'"the {word}"' for word in words], 8, 2), {}
    yield "300 words by OR", " OR ".join(words[:300]), {}
    yield "1,000 words by OR", " OR ".join(words[:1_000]), {"limit": 1_000}
    yield "1,000 words by AND", " AND ".join(words[:1_000]), {}
    yield "1,000 words excluded", "error " + " ".join(f"-{word}" for word in words[100:1_100]), {"total": True}
    yield "900 phrases by OR", " OR ".join(f'"the {word}"' for word in words[:900]), {}
    yield (
        "100 phrases by OR, explained",
        " OR ".join(f'"the {word}"' for word in words[:100]),
        {"explain": True, "limit": 1000},
    )
    yield "a boost of 32 in each of 60 groups", " OR ".join(f"({words[n]} +{words[0]})" for n in range(60)), {}
    yield "60 groups of 30 words", " OR ".join(f"({' '.join(words[n * 30 : n * 30 + 30])})" for n in range(33)), {}
    yield "+(30 words) 33 times", " ".join(f"+({' '.join(words[n * 30 : n * 30 + 30])})" for n in range(33)), {}


def _deep(words: list[str], depth: int, width: int, sign: str = "", *, filtered: bool = False) -> str:
    def group(left: int, at: int) -> str:
        if not left:
            return f"tag:t{at % 500}" if filtered and at % 2 else words[at % 900]
        joint = " OR " if left % 2 else " AND "
        return f"{sign}({joint.join(group(left - 1, at * width + n) for n in range(width))})"

    return group(depth, 1)


def _words(words: list[str], contents: list[str]) -> Iterator[Query]:
    prefixes = " ".join(f"{letter}*" for letter in ALPHABET)
    yield "26 one-letter prefixes", prefixes, {}
    yield "26 prefixes, 1,000 hits, explained", prefixes, {"limit": 1_000, "explain": True}
    yield "26 prefixes, 10,000 hits, explained", prefixes, {"limit": 10_000, "explain": True}
    yield "26 prefixes required, 10,000 hits", " ".join(f"+{letter}*" for letter in ALPHABET), {"limit": 10_000}
    yield "26 prefixes, facets and total", prefixes, {"facets": ["ai", "tags", "thought_type", "time"], "total": True}
    yield "600 prefixes by OR", " OR ".join(f"{a}{b}*" for a in ALPHABET for b in ALPHABET[:24]), {}
    yield "one prefix, 10,000 hits, explained", "t*", {"limit": 10_000, "explain": True}
    yield '"t* t*", 30 phrases of a prefix', " ".join(f'"the {letter}"*' for letter in ALPHABET), {}
    yield "a phrase of 63 common words", f'"{" ".join((COMMON * 3)[:63])}"', {}
    yield "a phrase of the, 63 times", f'"{" ".join(["the"] * 63)}"', {}
    yield "100 phrases of 63 words", " ".join(f'"{" ".join((COMMON * 4)[n : n + 63])}"' for n in range(20)), {}
    yield "a phrase of 62 words and a prefix", f'"{" ".join((COMMON * 3)[:62])} t"*', {}
    yield "300 phrases of 6 common words", " OR ".join(f'"{_run(n)}"' for n in range(300)), {}
    yield "32 common words, 10,000 hits", " ".join(f"+{word}" for word in COMMON[:12]), {"limit": 10_000}
    yield "24 common words, 10,000 hits, explained", " OR ".join(COMMON), {"limit": 10_000, "explain": True}
    yield "the longest thought as a query", max(contents, key=len)[:20_000], {}
    yield "the longest thought, all its words", max(contents, key=len)[:20_000], {"match": "all"}
    yield "2,000 times one word", "error " * 2_000, {}
    yield "2,000 times one word by OR", " OR ".join(["error"] * 1_000), {}
    yield "2,000 times one phrase by AND", " AND ".join(['"the error"'] * 1_000), {}
    yield "a word of 19,000 letters", "a" * 19_000, {}
    yield "a CJK run of 5,000", "漢字仮名" * 1_250, {}
    yield "a CJK run of 19,000 in quotes", f'"{"漢字仮名" * 4_700}"', {}
    yield "1,900 CJK runs", " ".join(chr(0x4E00 + n) + chr(0x5E00 + n) for n in range(1_900)), {}
    yield "900 CJK prefixes", " OR ".join(chr(0x4E00 + n) for n in range(900)), {}
    yield "2,000 parts joined by dots", ".".join(words[:2_000]), {}
    yield "2,000 parts joined by dashes", "-".join(words[:2_000]), {}
    yield "9,000 single letters joined", ".".join((ALPHABET * 400)[:9_000]), {}
    yield "a.b.c 1,900 times", " ".join(f"{words[n]}.{words[n + 1]}" for n in range(1_900)), {"match": "all"}


def _run(number: int) -> str:
    return " ".join(COMMON[(number * step + step) % len(COMMON)] for step in range(1, 7))


def _written() -> Iterator[Query]:
    for name, text in (
        ("opening parentheses", "(" * 20_000),
        ("closing parentheses", ")" * 20_000),
        ("(( a ))", "(a" * 6_000),
        ("quotation marks", '"' * 20_000),
        ("curly ones that don't close", "“a " * 6_000),
        ("backslashes after meta.", 'meta."' + "\\" * 19_000),
        ("meta.a.a.a", "meta." + "a." * 9_900),
        ("meta.a meta.a", "meta.a " * 2_800),
        ('tag:"', 'tag:"' * 4_000),
        ("plus signs", "+" * 20_000),
        ("NOT", "NOT " * 5_000),
        ("- in front of -", "-(" * 10_000),
        ("words that look like filters", " ".join(f"typ{n}:x" for n in range(1_900))),
        ("filters that can't be", " ".join(f"cycle:x{n}" for n in range(1_900))),
        ("remarks", "(a b) " * 3_000),
        ("remarks that don't close", "(a b " * 3_000),
        ("nothing but stars", "*" * 20_000),
        ("commas", "tag:" + "," * 19_000),
        ("blanks", " " * 20_000),
        ("underscores", "_" * 20_000),
        ("apostrophes", "a's" * 6_000),
        ("marks", "a" + "\u0301" * 19_000),
        ("emoji", "🚀" * 19_000),
        ("one megabyte", "error wal " * 100_000),
    ):
        yield f"written: {name}", text, {}


def _vocabulary(contents: list[str]) -> list[str]:
    """Different words of the thoughts, common and rare, always in the same order."""
    found = dict.fromkeys(word.lower() for text in contents[:6_000] for word in re.findall(r"[A-Za-z]{4,12}", text))
    words = sorted(found)
    random.Random(5).shuffle(words)
    return words[:4_000]


def timed(store: Store, text: str, options: dict[str, Any], bound: int) -> tuple[float, str]:
    """Seconds and what came of it."""
    began = time.perf_counter()
    try:
        results = store.search(text, **{"timeout": bound, **options})
        said = f"{len(results)} hits" + (f", {len(results.warnings)} warnings" if results.warnings else "")
    except thoughtsearch.ThoughtsearchError as error:
        said = f"{type(error).__name__} {str(error)[:60]}"
    return time.perf_counter() - began, said


def main() -> None:
    """Fill both and time each query on each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="queries whose name holds this")
    parser.add_argument("--bound", type=int, default=30, help="seconds after which one is ended")
    parser.add_argument("--sqlite", default=":memory:")
    parser.add_argument("--url")
    arguments = parser.parse_args()
    records = list(islice(thoughts(), THOUGHTS))
    slowest = {"sqlite": (0.0, ""), "postgresql": (0.0, "")}
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(fresh_database(running("18")))
        stores = [stack.enter_context(thoughtsearch.open(place)) for place in (arguments.sqlite, url)]
        for store in stores:
            if not store.stats()["thoughts"]:
                store.add_many(records)
        print(f"{'query':44} {'sqlite s':>9} {'postgres s':>11}  what came", flush=True)
        contents = [record["thought_content"] for record in records]
        for name, text, options in queries(contents, [str(record["metadata"]["id"]) for record in records]):
            if arguments.only not in name:
                continue
            figures = [timed(store, text, options, arguments.bound) for store in stores]
            for store, (seconds, _) in zip(stores, figures, strict=True):
                slowest[store.engine] = max(slowest[store.engine], (seconds, name))
            (one, said), (other, also) = figures
            print(f"{name:44} {one:9.2f} {other:11.2f}  {said if said == also else f'{said} | {also}'}", flush=True)
    for engine, (seconds, name) in slowest.items():
        print(f"slowest on {engine}: {seconds:.2f} s, {name}")


if __name__ == "__main__":
    main()
