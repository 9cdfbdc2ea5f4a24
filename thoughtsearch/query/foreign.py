"""Recognises the syntax of other query languages: Lucene, FTS5, tsquery, MongoDB, Django, SQL.

None of it is an error here: signs are separators, and an unknown key is a key. But such a query shouldn't fail silently.
So each form that is plainly meant as syntax has one line in a table: its pattern, its name, and what to write instead.
Prose isn't checked word by word, since its signs are punctuation. Quoted text isn't checked either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..text.clean import shown
from .lexer import FIELDS, QueryToken
from .metadata import load_json
from .predicates import COMPARISONS, PREDICATE

_LONGEST = 300  # characters of a word or value that are checked: no form of syntax is longer


class Form(NamedTuple):
    """One form of syntax of another language. `advice` may refer to groups of the pattern by name."""

    pattern: re.Pattern[str]
    name: str
    advice: str


class Foreign(NamedTuple):
    """A form that was found: its position, the advice for the user, and how the query is read all the same."""

    position: int
    reason: str
    guess: str


def _forms(*rows: tuple[str, str, str]) -> tuple[Form, ...]:
    return tuple(Form(re.compile(pattern, re.DOTALL), name, advice) for pattern, name, advice in rows)


#: Forms sought in the whole text, prose included; quoted parts are blanked out first.
_TEXTS = _forms(
    (r"\bNEAR(?:\s*\(|/\d)", "NEAR", 'write "a b" for words side by side, a AND b for words of one thought'),
    (r'["”] ?~\d+', "distance behind a phrase", "a phrase is found as it stands; write a AND b for words that lie apart"),
    (r'["”] ?\^\d', "weight of a word", "a word counts as often as it is written"),
    (
        r"[\[{]\s*[^\s\[\]{}]+ TO [^\s\[\]{}]+\s*[\]}]",
        "range in brackets",
        "write meta.step>=1 meta.step<=5, cycle:1..5, or since: and until:",
    ),
    (rf"\b(?P<field>{'|'.join(FIELDS)}|meta\.[\w.]+):\(", "group behind a filter", "write ({field}:a OR {field}:b)"),
    (
        r"\A\s*!?\w{2,}(?::\*)?(?:\s*[&|]\s*!?\w{2,}(?::\*)?)+\s*\Z",
        "tsquery",
        "write AND for &, OR for |, -word for !word, word* for word:*",
    ),
)
#: Sought in a text that is JSON as a whole.
_JSON_OPERATOR = re.compile(r'"\$\w+"\s*:')
_COLUMNS = {
    "thought_type": "type:",
    "ai_id": "ai:",
    "session_id": "session:",
    "cycle_number": "cycle:",
    "created_at": "since: and until:",
    "metadata": "meta.KEY:",
    "_exists_": 'where={"KEY": {"$exists": true}}',
    "thought_content": "the words alone",
}
#: Forms that a whole word must match, where the text isn't prose.
_WORDS = _forms(
    (
        r"(?P<word>(?!\w*HEAD\b)[^\W\d_]\w+)~(?:[0-2]|0?\.\d+)?",
        "fuzzy search",
        "write {word}* for words that begin so",
    ),
    (
        r"(?P<word>(?!\w*HEAD\b)[^\W\d_]{2}\w*)\^\d+(?:\.\d+)?",
        "weight of a word",
        "a word counts as often as it is written",
    ),
    (
        r"(?P<word>\w[\w.]*):\*",
        "test for a field",
        'write where={{"{word}": {{"$exists": true}}}} for metadata, {word}* for words that begin so',
    ),
    (r"&&|\w+&&\w+", "operator &&", "write AND between the two"),
    (r"\|\||\w+\|\|\w+", "operator ||", "write OR between the two"),
    (r"!(?P<word>[^\W\d_]\w+)", "operator !", "write -{word}"),
    (r"(?P<word>\w{2,})\*\w+", "wildcard inside a word", "write {word}* for words that begin so"),
    (r"\*(?P<word>(?!args\b)[^\W\d_]\w+)\*?", "wildcard before a word", "a * stands at a word's end; write {word}*"),
    (r"(?P<word>[^\W\d_]\w+)\?\w+", "wildcard ?", "write {word}* for words that begin so"),
    (
        r"/(?!\*)(?=[^/]*[\\*+?\[(|^$])[^/\s]+/[a-z]*",
        "regular expression",
        "write the words, or lock* for those that begin so",
    ),
    (r"\^(?P<word>[^\W\d_]\w+)", "anchor", "write {word}: it is found wherever it stands"),
    (r"<(?:->|\d>)", "distance between words", 'write "a b" for words side by side'),
    (r"metadata\.(?P<rest>[\w.]+[:=<>!].*)", "prefix metadata.", "write meta.{rest}"),
    (
        r"(?P<word>\w+?)__(?:[gl]te?|ne|in|contains|exists)[:=].*",
        "operator behind a key",
        "write meta.{word} and a sign, as in meta.step>=3",
    ),
    *(
        (rf"{column}:\S.*", f"filter {column}:", f"write {short}".replace("{", "{{").replace("}", "}}"))
        for column, short in _COLUMNS.items()
    ),
)
#: Forms that the value of a filter or a predicate must match, where it is written without quotation marks.
_VALUES = _forms(
    (r"\*", "test for a value", 'for metadata write where={{"KEY": {{"$exists": true}}}}'),
    (r"[^*]+\*|\*[^*]+\*?", "wildcard in a value", "a value is compared whole"),
    (r"'.*", "quoting by single quotes", 'it belongs to the value; write double ones, "two words"'),
)
_OF_METADATA = _forms(
    (r"[<>=!].*|~(?!/).*", "operator of these signs", "the signs are : = != > >= < <="),
    (r"-?\d+\.\.-?\d+", "range of values", "write meta.step>=1 meta.step<=5"),
    (
        r"[\[({].*",
        "list in brackets",
        'it belongs to the value; write where={{"KEY": {{"$in": [1, 2]}}}} for one of several',
    ),
    (r"\w+(?:,\w+)+", "list of values", 'write where={{"KEY": {{"$in": [1, 2]}}}} for one of them'),
    (
        r".*\s(?:AND|and|OR|or|&&|\|\|)\s.*[:=<>].*",
        "AND or OR inside a predicate",
        'give them one by one for both, or {{"$or": [...]}} for either',
    ),
)
_BARE = {name.lstrip("$") for name in COMPARISONS} | {">", ">=", "<", "<=", "=", "==", "!=", "<>"}
_COMBINING = {
    "and": "$and",
    "or": "$or",
    "not": "$not",
    "nor": "$not and $or",
    "must": "$and",
    "filter": "$and",
    "should": "$or",
    "must_not": "$not",
}
_SUFFIXED = re.compile(r"(?P<key>.+?)(?:__(?P<name>[gl]te?|ne|in|nin|contains|exists)|\s*(?P<sign>[<>=!]=?))")


def in_text(text: str, tokens: Sequence[QueryToken], *, prose: bool) -> Iterator[Foreign]:
    """Find the foreign forms in a query text; `tokens` are its tokens."""
    if text.lstrip().startswith("{") and text.rstrip().endswith("}") and _JSON_OPERATOR.search(text):
        yield Foreign(0, "a predicate in JSON belongs into where (--where)", "it is read as words")
        return
    bare = re.sub(r'["“][^"“”]*(?=["”])', lambda found: found[0][0] + " " * (len(found[0]) - 1), text)
    for form in _TEXTS:
        if found := form.pattern.search(bare):
            yield _found(form, found, found.start(), "it is read as words")
    for token in tokens:
        if token.kind == "word" and not prose and not token.text.isalnum():
            yield from _first(_WORDS, token.text + "*" * token.prefix, token.position, "it is read as words")
        elif token.kind in ("filter", "meta"):
            yield from _in_value(token.parts[-1], token.position, metadata=token.kind == "meta")


def in_where(where: Any) -> Iterator[Foreign]:
    """Find the foreign forms in the predicates of a valid `where`: a dict, a text, or a list of them."""
    if isinstance(where, (list, tuple)):
        for one in where:
            yield from in_where(one)
    elif isinstance(where, Mapping):
        yield from _in_mapping(where)
    elif isinstance(where, str) and where.lstrip().startswith("{"):
        yield from _in_mapping(load_json(where))
    elif isinstance(where, str) and (sign := PREDICATE.match(where)):
        yield from _in_value(where[sign.end() :].strip(), sign.end(), metadata=True)


def _in_value(value: str, position: int, *, metadata: bool) -> Iterator[Foreign]:
    if not value.startswith('"'):
        forms = (*_VALUES, *_OF_METADATA) if metadata else _VALUES
        yield from _first(forms, value, position, "it is compared as it is written")


def _first(forms: Sequence[Form], text: str, position: int, guess: str) -> Iterator[Foreign]:
    for form in forms:
        if found := form.pattern.fullmatch(text[:_LONGEST]):
            yield _found(form, found, position, guess)
            return


def _found(form: Form, found: re.Match[str], position: int, guess: str) -> Foreign:
    written = " ".join(found[0].split())
    named = {name: f"{group or '':.40}" for name, group in found.groupdict().items()}
    return Foreign(position, f"there is no {form.name} here ({written:.40}): {form.advice.format(**named)}", guess)


def _in_mapping(where: Mapping[str, Any]) -> Iterator[Foreign]:
    for key, condition in where.items():
        if key in ("$and", "$or"):
            for branch in condition:
                yield from _in_mapping(branch)
        elif key == "$not":
            yield from _in_mapping(condition)
        elif key.lower() in _COMBINING and _combines(condition):
            yield _key(key, f"write {_COMBINING[key.lower()]} to combine conditions")
        elif found := _SUFFIXED.fullmatch(key):
            operator = f"${found['name']}" if found["name"] else f"an operator such as $gte for {found['sign']}"
            yield _key(key, f"the operator stands in the value: write {operator} there, beside the key {found['key']:.40}")
        else:
            yield from _in_condition(condition)


def _in_condition(condition: Any) -> Iterator[Foreign]:
    if not isinstance(condition, Mapping) or not condition:
        return
    if "$not" in condition:
        yield from _in_condition(condition["$not"])
    elif all(name in _BARE for name in condition):
        first = next(iter(condition))
        instead = f'"${first}"' if first.isalpha() else "$gt, $gte, $lt, $lte, $eq or $ne"
        yield Foreign(
            0, f"operators begin with $: write {instead} for {first!r}", f"{shown(condition)} is compared as an object"
        )


def _combines(condition: Any) -> bool:
    parts = condition if isinstance(condition, (list, tuple)) else [condition]
    return bool(parts) and all(isinstance(part, Mapping) and part for part in parts)


def _key(key: str, advice: str) -> Foreign:
    return Foreign(0, f"{key!r:.60} is no operator: {advice}", "it is read as a metadata key")
