"""Parses the query text into a tree.

    query    = both ("OR" both)*
    both     = sequence ("AND" sequence)*
    sequence = clause+
    clause   = ["+" | "-" | "NOT"] ( "(" query ")" | phrase | filter | word )

In a sequence, phrases, groups, filters and clauses with a `+` are required. Clauses with a `-` are excluded. Free words
are any-of: if the text requires nothing else, a hit holds at least one of them; otherwise they only add to the score.

A question in whole sentences is prose. In prose, quotation marks, parentheses and signs are punctuation, and quoted words
are preferred, not required. (Without this rule nDCG@10 is lower: cisi .380 instead of .404, swe_thoughts .892 instead of
.903, locomo .465 instead of .466.) With `strict` no text is prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import InputError, QueryError
from . import foreign, predicates, words
from .fields import field_filter, meta_filter
from .lexer import FIELDS, QueryToken, field_like, lex
from .tree import Literal, MatchAll, Node, Not, Phrase, Should, all_of, any_of

#: The limits of one query; what exceeds them is left out with a warning.
MAX_CHARACTERS = 20_000
MAX_DEPTH = predicates.MAX_DEPTH
MAX_CLAUSES = 2_000
# Without the short names: a warning for `api:` would only be noise.
_SIMILAR = [name for name in (*FIELDS, "meta") if len(name) > 2]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, and the warnings where the lenient parser had to guess.

    `said` is the text without filters and excluded parts, for a search by meaning. `constraints` holds for every hit,
    whichever retriever finds it: it is the tree without the any-of free words.
    """

    node: Node
    warnings: tuple[str, ...] = ()
    said: str = ""
    constraints: Node = field(default_factory=MatchAll)


def parse(text: str, *, now: datetime, match: str = "any", strict: bool = False) -> Parsed:
    """Parse a query. Every text has a meaning; where the parser had to guess it, `warnings` says so.

    `match="all"` makes every free word required. `now` is what relative times refer to.
    With `strict`, raises QueryError if the text is unfinished or names an unknown field.
    """
    parser = _Parser(text[:MAX_CHARACTERS], now, match, strict)
    if len(text) > MAX_CHARACTERS:
        parser.complain(f"a query has at most {MAX_CHARACTERS:,} characters", "the rest was left out", MAX_CHARACTERS)
    node = parser.query(0)
    for found in foreign.in_text(parser.text, parser.written, prose=parser.prose):
        parser.complain(found.reason, found.guess, found.position)
    constraints = parser.sequences[0] if len(parser.sequences) == 1 else node
    return Parsed(node, tuple(parser.warnings), parser.said(), constraints)


@dataclass(slots=True)
class _Sequence:
    required: list[Node] = field(default_factory=list)  # phrases, groups, +words
    narrowed: list[Node] = field(default_factory=list)  # filters and exclusions: they add no text to find
    free: list[QueryToken] = field(default_factory=list)
    preferred: list[Phrase] = field(default_factory=list)  # phrases quoted in prose


class _Parser:
    def __init__(self, text: str, now: datetime, match: str, strict: bool) -> None:
        self.text = text
        self.now = now
        self.match_all = match == "all"
        self.strict = strict
        self.warnings: list[str] = []
        self.tokens = lex(text)
        if len(self.tokens) > MAX_CLAUSES:
            position = self.tokens[MAX_CLAUSES].position
            self.complain(f"a query has at most {MAX_CLAUSES:,} words", "the rest was left out", position)
            del self.tokens[MAX_CLAUSES:]
        self.written = tuple(self.tokens)
        self.prose = not strict and _is_prose(self.tokens)
        if self.prose:
            self.tokens = list(self._without_punctuation())
        self.index = 0
        #: For each sequence outside groups: what it requires and excludes.
        self.sequences: list[Node] = []
        self._said: list[str] = []
        self._whole = True
        self._excluding = 0

    def said(self) -> str:
        """The text for `Parsed.said`: as it was written, if nothing was left out."""
        return self.text.strip() if self._whole and self._said else " ".join(self._said)

    def _note(self, token: QueryToken, sign: str = "") -> None:
        if self._excluding or sign in ("-", "NOT"):
            self._whole = False
        elif words.phrases(token.text):
            self._said.append(token.text)

    def complain(self, reason: str, guess: str, position: int) -> None:
        """Raise an error if strict; else add a warning that says how the text is read."""
        if self.strict:
            raise QueryError(reason[0].upper() + reason[1:], self.text, min(position, len(self.text)))
        warning = f"{reason}; {guess}"
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _without_punctuation(self) -> Iterator[QueryToken]:
        following = [token.kind for token in self.tokens[1:]] + [""]
        for token, after in zip(self.tokens, following, strict=True):
            if token.kind in ("(", ")") or (token.kind in ("+", "-") and after in ("word", "(", ")")):
                continue
            if token.kind == "phrase":
                self.warnings.append('this reads as a sentence: what it quotes is preferred; write +"…" to require it')
            yield token

    @property
    def token(self) -> QueryToken | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def take(self, kind: str) -> QueryToken | None:
        token = self.token
        if token is None or token.kind != kind:
            return None
        self.index += 1
        return token

    def query(self, depth: int) -> Node:
        alternatives = self._operands("OR", self._both, depth)
        return any_of([one for one in alternatives if one != MatchAll()] or [MatchAll()])

    def _both(self, depth: int) -> Node | None:
        operands = self._operands("AND", self._sequence, depth)
        return all_of(operands) if operands else None

    def _operands(self, operator: str, read: Callable[[int], Node | None], depth: int) -> list[Node]:
        operands: list[Node] = []
        joint: QueryToken | None = None
        while True:
            operand = read(depth)
            if operand is not None:
                operands.append(operand)
            elif joint is not None:
                self.complain(f"{operator} has nothing after it", "it was left out", joint.position)
            joint = self.take(operator)
            if joint is None:
                return operands
            self._whole = False

    def _sequence(self, depth: int) -> Node | None:
        parts = _Sequence()
        begun = self.index
        while (token := self.token) is not None:
            if token.kind == ")" and depth:
                break
            if token.kind in ("AND", "OR") and self.index > begun:
                break
            self._clause(parts, depth)
        if self.index == begun:
            return None
        node = self._assembled(parts)
        if not depth:
            self.sequences.append(node if self.match_all else all_of([*parts.required, *parts.narrowed]))
        return node

    def _clause(self, parts: _Sequence, depth: int) -> None:
        sign = self.take("+") or self.take("-") or self.take("NOT")
        self._whole = self._whole and sign is None
        token = self.token
        if sign and (token is None or token.kind in (")", "AND", "OR", "+", "-", "NOT")):
            if sign.kind == "NOT" and (token is None or token.kind != "NOT"):
                self.complain("NOT has nothing after it", "it is read as a word", sign.position)
                self._word(parts, "", sign)
            return
        assert token is not None
        self.index += 1
        if token.kind == ")":
            self.complain("a closing parenthesis has no opening one", "it was left out", token.position)
        elif token.kind in ("AND", "OR"):
            self.complain(f"{token.kind} has nothing before it", "it is read as a word", token.position)
            self._word(parts, "", token)
        elif token.kind == "(" and not sign and (end := self._aside()):
            del self.tokens[end], self.tokens[self.index - 1]
            self.index -= 1
        elif token.kind == "(":
            excluding = sign is not None and sign.kind != "+"
            self._excluding += excluding
            self._whole = False
            self._place(parts.required, sign, self._group(token, depth), parts)
            self._excluding -= excluding
        elif token.kind == "phrase":
            self._phrase(parts, sign, token)
        elif token.kind in ("filter", "meta"):
            node = self._filter(token)
            self._whole = False
            if node is None:
                self._word(parts, sign.kind if sign else "", token)
            else:
                self._place(parts.narrowed, sign, node, parts)
        else:
            self._word(parts, sign.kind if sign else "", token)

    @staticmethod
    def _place(target: list[Node], sign: QueryToken | None, node: Node | None, parts: _Sequence) -> None:
        if node is None or (node == MatchAll() and sign is None):
            return
        if sign and sign.kind != "+":
            parts.narrowed.append(Not(node))
        else:
            target.append(node)

    def _aside(self) -> int | None:
        """Where the group just opened closes, if it holds only words: then it is a remark, not a condition."""
        end = self.index
        while end < len(self.tokens) and self.tokens[end].kind == "word":
            end += 1
        return end if self.index < end < len(self.tokens) and self.tokens[end].kind == ")" else None

    def _group(self, opening: QueryToken, depth: int) -> Node | None:
        if depth >= MAX_DEPTH:
            self.complain(
                f"parentheses are nested deeper than {MAX_DEPTH}", "the inner ones were left out", opening.position
            )
            return None
        if self.take(")"):
            self.complain("a pair of parentheses is empty", "it was left out", opening.position)
            return None
        node = self.query(depth + 1)
        if not self.take(")"):
            self.complain("a parenthesis is not closed", "the group is read to the end", opening.position)
        return node

    def _filter(self, token: QueryToken) -> Node | None:
        try:
            if token.kind == "meta":
                return meta_filter(*token.parts)
            return field_filter(*token.parts, now=self.now)
        except QueryError:
            raise
        except InputError as error:
            self.complain(f"{token.text!r:.60} can't be used: {error}", "it is read as words", token.position)
            return None

    def _phrase(self, parts: _Sequence, sign: QueryToken | None, token: QueryToken) -> None:
        self._note(token, sign.kind if sign else "")
        phrase = words.phrase(token.text, token.prefix)
        if phrase and len(phrase.words) == words.MAX_PHRASE:
            self.complain(f"a phrase has fewer than {words.MAX_PHRASE} words", "the rest was left out", token.position)
        if self.prose and sign is None:
            parts.free += [QueryToken("word", token.position, word) for word in token.text.split()]
            parts.preferred += [phrase] if phrase and len(phrase.words) > 1 else []
            return
        literal = Literal(token.text) if token.text.strip() else None
        self._place(parts.required, sign, phrase or literal, parts)

    def _word(self, parts: _Sequence, sign: str, token: QueryToken) -> None:
        self._note(token, sign)
        if not token.finished:
            self.complain("a quotation mark has no closing one", "it was left out", token.position)
        name = field_like(token.text) if token.kind == "word" and ":" in token.text else None
        if name:
            self._suspect(name, token)
        if not sign:
            parts.free.append(token)
            return
        node = words.phrase(token.text, token.prefix) or Literal(token.text)
        (parts.required if sign == "+" else parts.narrowed).append(node if sign == "+" else Not(node))

    def _suspect(self, name: str, token: QueryToken) -> None:
        """Warn if a word looks like a misspelt filter."""
        from difflib import get_close_matches

        if self.strict or get_close_matches(name, _SIMILAR, 1, 0.75):
            close = get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {close[0]}:" if close else f"the filters are {': '.join(FIELDS)}: and meta."
            self.complain(f"{name}: is not a filter, {hint}", "it is read as a word", token.position)

    def _assembled(self, parts: _Sequence) -> Node:
        free = self._free(parts)
        if not free and not parts.required and parts.free:
            # Words without a token, such as `->` or an emoji, are sought as they are.
            literals = [Literal(token.text + "*" * token.prefix) for token in parts.free]
            parts.required.append(any_of(list(dict.fromkeys(literals))))
        if self.match_all:
            return all_of([*parts.required, *free, *parts.narrowed])
        free += parts.preferred
        if parts.required and free:
            # The Should holds only the text, not the filters: engines apply those in another place.
            return all_of([Should(all_of(parts.required), tuple(free)), *parts.narrowed])
        if free:
            return all_of([any_of(list(free)), *parts.narrowed])
        return all_of([*parts.required, *parts.narrowed])

    def _free(self, parts: _Sequence) -> list[Phrase]:
        """The phrases of the free words. Function words are left out, unless there is nothing else to find."""
        whole = [words.phrases(token.text, token.prefix) for token in parts.free]
        telling = [phrases for phrases in whole if any(not words.is_stop(phrase) for phrase in phrases)]
        if not telling and not parts.required:
            return [phrase for phrases in whole for phrase in phrases]
        if len(telling) > 1 and not self.match_all:
            whole = [tuple(words.parts(token.text, token.prefix)) for token in parts.free]
        return [phrase for phrases in whole for phrase in phrases if not words.is_stop(phrase)]


def _is_prose(tokens: list[QueryToken]) -> bool:
    """Whether the text is a sentence: at least eight words or three function words, and no operator."""
    if any(token.kind in ("AND", "OR", "NOT") for token in tokens):
        return False
    written = [token.text for token in tokens if token.kind == "word"]
    return len(written) >= 8 or words.function_words(written) >= 3
