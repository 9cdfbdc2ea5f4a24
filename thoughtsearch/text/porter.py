"""The Porter stemmer as FTS5 implements it: on the UTF-8 bytes of a folded token.

Where FTS5 departs from Porter's paper, this module follows FTS5. It leaves tokens of fewer than 3 or more than 64 bytes
as they are. A suffix must leave at least one byte before it. Step 2 has `bli` and `logi`, not `abli`. Where a rule only
asks for some vowel, any `y` counts as one, except as the first byte.
"""

from __future__ import annotations

SHORTEST = 3
LONGEST = 64

# Within a step the first suffix that fits decides, even if its condition doesn't hold.
Suffixes = tuple[tuple[bytes, bytes], ...]
STEP_2: Suffixes = (
    (b"ational", b"ate"), (b"tional", b"tion"), (b"enci", b"ence"), (b"anci", b"ance"), (b"izer", b"ize"),
    (b"logi", b"log"), (b"bli", b"ble"), (b"alli", b"al"), (b"entli", b"ent"), (b"eli", b"e"),
    (b"ousli", b"ous"), (b"ization", b"ize"), (b"ation", b"ate"), (b"ator", b"ate"), (b"alism", b"al"),
    (b"iveness", b"ive"), (b"fulness", b"ful"), (b"ousness", b"ous"), (b"aliti", b"al"), (b"iviti", b"ive"),
    (b"biliti", b"ble"),
)  # fmt: skip
STEP_3: Suffixes = (
    (b"ical", b"ic"), (b"ness", b""), (b"icate", b"ic"), (b"iciti", b"ic"), (b"ful", b""), (b"ative", b""),
    (b"alize", b"al"),
)  # fmt: skip
STEP_4: Suffixes = (
    (b"al", b""), (b"ance", b""), (b"ence", b""), (b"er", b""), (b"ic", b""), (b"able", b""), (b"ible", b""),
    (b"ant", b""), (b"ement", b""), (b"ment", b""), (b"ent", b""), (b"ion", b""), (b"ou", b""), (b"ism", b""),
    (b"ate", b""), (b"iti", b""), (b"ous", b""), (b"ive", b""), (b"ize", b""),
)  # fmt: skip


def _by_ending(suffixes: Suffixes) -> dict[bytes, Suffixes]:
    """The suffixes by their last two bytes, so that most tokens are compared with none of them."""
    endings = {suffix[-2:] for suffix, _ in suffixes}
    return {ending: tuple(pair for pair in suffixes if pair[0].endswith(ending)) for ending in endings}


_STEP_2, _STEP_3, _STEP_4 = map(_by_ending, (STEP_2, STEP_3, STEP_4))
_NONE: Suffixes = ()

_KINDS = {**dict.fromkeys(b"aeiou", ord("v")), ord("y"): ord("y")}
_SHAPES = bytes(_KINDS.get(byte, ord("c")) for byte in range(256))


def _shape(word: bytes) -> bytes:
    """The word as v (vowel) and c (consonant). A y is a vowel exactly when it follows a consonant."""
    shape = word.translate(_SHAPES)
    at = shape.find(b"y")
    while at >= 0:
        kind = b"v" if at and shape[at - 1] == ord("c") else b"c"
        shape = shape[:at] + kind + shape[at + 1 :]
        at = shape.find(b"y", at + 1)
    return shape


def _measure(stem: bytes) -> int:
    """Porter's m: how often consonants follow vowels."""
    return _shape(stem).count(b"vc")


def _has_vowel(stem: bytes) -> bool:
    return b"v" in stem.translate(_SHAPES) or b"y" in stem[1:]


def _is_short(stem: bytes) -> bool:
    """Whether it ends in consonant, vowel, consonant, and the last isn't w, x or y (Porter's *o)."""
    return stem[-1] not in b"wxy" and _shape(stem).endswith(b"cvc")


def _singular(word: bytes) -> bytes:
    """Step 1a."""
    if not word.endswith(b"s") or word.endswith(b"ss"):
        return word
    if (len(word) > 4 and word.endswith(b"sses")) or (len(word) > 3 and word.endswith(b"ies")):
        return word[:-2]
    return word[:-1]


def _present(word: bytes) -> bytes:
    """Step 1b."""
    if word.endswith(b"eed") and len(word) > 3:
        return word[:-1] if _measure(word[:-3]) else word
    if word.endswith(b"ed") and len(word) > 2:
        stem = word[:-2]
    elif word.endswith(b"ing") and len(word) > 3:
        stem = word[:-3]
    else:
        return word
    return _mended(stem) if _has_vowel(stem) else word


def _mended(stem: bytes) -> bytes:
    """The rest of step 1b: after removing -ed or -ing, restores an e or removes a doubled letter."""
    if len(stem) > 2 and stem[-2:] in (b"at", b"bl", b"iz"):
        return stem + b"e"
    last = stem[-1:]
    if last not in b"aeioulsz" and last == stem[-2:-1]:
        return stem[:-1]
    if _measure(stem) == 1 and _is_short(stem):
        return stem + b"e"
    return stem


def _replaced(word: bytes, suffixes: Suffixes) -> bytes:
    """Steps 2 and 3."""
    for suffix, replacement in suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            stem = word[: -len(suffix)]
            return stem + replacement if _measure(stem) else word
    return word


def _shortened(word: bytes, suffixes: Suffixes) -> bytes:
    """Step 4."""
    for suffix, _ in suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            stem = word[: -len(suffix)]
            fits = suffix != b"ion" or stem.endswith((b"s", b"t"))
            return stem if fits and _measure(stem) > 1 else word
    return word


def _without_e(word: bytes) -> bytes:
    """Step 5."""
    if word.endswith(b"e"):
        stem = word[:-1]
        measure = _measure(stem)
        if measure > 1 or (measure == 1 and not _is_short(stem)):
            word = stem
    if word.endswith(b"ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word


def stem(token: str) -> str:
    """The stem of a folded token. As in FTS5, a rule may cut a character in two; its rest becomes U+FFFD."""
    word = token.encode("utf-8", "replace")
    if not SHORTEST <= len(word) <= LONGEST:
        return token
    word = _present(_singular(word))
    if word.endswith(b"y") and _has_vowel(word[:-1]):
        word = word[:-1] + b"i"
    word = _replaced(word, _STEP_2.get(word[-2:], _NONE))
    word = _replaced(word, _STEP_3.get(word[-2:], _NONE))
    word = _shortened(word, _STEP_4.get(word[-2:], _NONE))
    return _without_e(word).decode("utf-8", "replace")
