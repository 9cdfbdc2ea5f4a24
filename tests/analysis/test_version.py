"""The version of the analysis is raised when its results change: else an index made before would not be made anew."""

from __future__ import annotations

import json
from hashlib import sha256

from thoughtsearch.text import VERSION, terms

#: Of the terms of the texts below, by version. Another digest means: raise the version, and add the new one here.
DIGESTS = {1: "ebcb74f9d1e9737b"}
TEXTS = (
    "The databases were possibly locked by psycopg.connect(); WAL-mode, re-indexed 3 times in v2.10.1 at 1.5e10",
    "café naïve Straße Ärger İstanbul ΑΘΗΝΑ Москва й ё 検索エンジン 한국어 ｶﾅ 日本語とEnglish 🚀 e\u0301 １２３",
    "agreed abilities assembly zoology yying is js ies a b 550e8400-e29b-41d4-a716-446655440000 don't C++",
    "I looked at relational operations, conditional rationalizations, generalizing hopefulness, the replacement's adoption",
    "caresses ponies flies dying hopping falling filing sized happily electricity bowdlerize probate controlled rolls",
)


def test_the_terms_are_those_of_the_version() -> None:
    digest = sha256(json.dumps([terms(text) for text in TEXTS]).encode()).hexdigest()
    assert DIGESTS[VERSION] == digest[:16]
