"""The query text into a tree.

    query    = both ("OR" both)*
    both     = sequence ("AND" sequence)*
    sequence = clause+
    clause   = ["+" | "-" | "NOT"] ( "(" query ")" | phrase | filter | word )

In a sequence, phrases, groups, filters and what has a `+` are required, what has a `-` is excluded, and free words are
any-of: at least one where nothing else of the text is required, otherwise they only add to the score.

A question in whole sentences is prose: in it quotation marks, parentheses and signs are punctuation, and quoted words
are preferred, not required. (Without this rule nDCG@10 is lower: cisi .380 for .404, swe_thoughts .892 for .903, locomo
.465 for .466.) `strict` knows no prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import InputError, QueryError
from . import foreign, predicates, words
from .fields import field_filter, meta_filter
from .lexer import FIELDS, Token, field_like, lex
from .tree import Literal, MatchAll, Node, Not, Phrase, Should, all_of, any_of

#: What one query may hold; what goes beyond is left out with a warning.
MAX_CHARACTERS = 20_000
MAX_DEPTH = predicates.MAX_DEPTH
MAX_CLAUSES = 2_000
_SIMILAR = [name for name in (*FIELDS, "meta") if len(name) > 2]  # a warning for `api:` would only be noise


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, and what the lenient reader had to guess.

    `said` is the text without filters and what is excluded, for who looks at its meaning; `constraints` is what holds for
    every thought whichever way it is ranked: the tree without the free words of which any may be there.
    """

    node: Node
    warnings: tuple[str, ...] = ()
    said: str = ""
    constraints: Node = field(default_factory=MatchAll)


def parse(text: str, *, now: datetime, match: str = "any", strict: bool = False) -> Parsed:
    """Read a query. Lenient: any text has a meaning, said in `warnings` where it had to be guessed.

    `match="all"` makes every free word required. `now` is what relative times refer to.
    Raises QueryError with `strict`, where the text is unfinished or names a field that there isn't.
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
    narrowed: list[Node] = field(default_factory=list)  # filters and exclusions: they hold no text to find
    free: list[Token] = field(default_factory=list)
    preferred: list[Phrase] = field(default_factory=list)  # quoted in prose


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
        #: Of each sequence that stands in no group: what it requires and excludes.
        self.sequences: list[Node] = []
        self._said: list[str] = []
        self._whole = True
        self._excluding = 0

    def said(self) -> str:
        """See Parsed. As it was written where nothing had to be left out."""
        return self.text.strip() if self._whole and self._said else " ".join(self._said)

    def _note(self, token: Token, sign: str = "") -> None:
        if self._excluding or sign in ("-", "NOT"):
            self._whole = False
        elif words.phrases(token.text):
            self._said.append(token.text)

    def complain(self, reason: str, guess: str, position: int) -> None:
        """An error where strict, else a warning that says what was made of it."""
        if self.strict:
            raise QueryError(reason[0].upper() + reason[1:], self.text, min(position, len(self.text)))
        warning = f"{reason}; {guess}"
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _without_punctuation(self) -> Iterator[Token]:
        following = [token.kind for token in self.tokens[1:]] + [""]
        for token, after in zip(self.tokens, following, strict=True):
            if token.kind in ("(", ")") or (token.kind in ("+", "-") and after in ("word", "(", ")")):
                continue
            if token.kind == "phrase":
                self.warnings.append('this reads as a sentence: what it quotes is preferred; write +"…" to require it')
            yield token

    @property
    def token(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def take(self, kind: str) -> Token | None:
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
        joint: Token | None = None
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
    def _place(target: list[Node], sign: Token | None, node: Node | None, parts: _Sequence) -> None:
        if node is None or (node == MatchAll() and sign is None):
            return
        if sign and sign.kind != "+":
            parts.narrowed.append(Not(node))
        else:
            target.append(node)

    def _aside(self) -> int | None:
        """Where the parentheses just opened close, if there are words alone in them: a remark, not a condition."""
        end = self.index
        while end < len(self.tokens) and self.tokens[end].kind == "word":
            end += 1
        return end if self.index < end < len(self.tokens) and self.tokens[end].kind == ")" else None

    def _group(self, opening: Token, depth: int) -> Node | None:
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

    def _filter(self, token: Token) -> Node | None:
        try:
            if token.kind == "meta":
                return meta_filter(*token.parts)
            return field_filter(*token.parts, now=self.now)
        except QueryError:
            raise
        except InputError as error:
            self.complain(f"{token.text!r:.60} can't be used: {error}", "it is read as words", token.position)
            return None

    def _phrase(self, parts: _Sequence, sign: Token | None, token: Token) -> None:
        self._note(token, sign.kind if sign else "")
        phrase = words.phrase(token.text, token.prefix)
        if phrase and len(phrase.words) == words.MAX_PHRASE:
            self.complain(f"a phrase has fewer than {words.MAX_PHRASE} words", "the rest was left out", token.position)
        if self.prose and sign is None:
            parts.free += [Token("word", token.position, word) for word in token.text.split()]
            parts.preferred += [phrase] if phrase and len(phrase.words) > 1 else []
            return
        literal = Literal(token.text) if token.text.strip() else None
        self._place(parts.required, sign, phrase or literal, parts)

    def _word(self, parts: _Sequence, sign: str, token: Token) -> None:
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

    def _suspect(self, name: str, token: Token) -> None:
        """Say so where a word looks like a filter that there isn't."""
        from difflib import get_close_matches

        if self.strict or get_close_matches(name, _SIMILAR, 1, 0.75):
            close = get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {close[0]}:" if close else f"the filters are {': '.join(FIELDS)}: and meta."
            self.complain(f"{name}: is not a filter, {hint}", "it is read as a word", token.position)

    def _assembled(self, parts: _Sequence) -> Node:
        free = self._free(parts)
        if not free and not parts.required and parts.free:
            # Words without a token, `->` or an emoji: looked for as they are.
            literals = [Literal(token.text + "*" * token.prefix) for token in parts.free]
            parts.required.append(any_of(list(dict.fromkeys(literals))))
        if self.match_all:
            return all_of([*parts.required, *free, *parts.narrowed])
        free += parts.preferred
        if parts.required and free:
            # A Should around the text alone keeps it apart from the filters, which engines apply in another place.
            return all_of([Should(all_of(parts.required), tuple(free)), *parts.narrowed])
        if free:
            return all_of([any_of(list(free)), *parts.narrowed])
        return all_of([*parts.required, *parts.narrowed])

    def _free(self, parts: _Sequence) -> list[Phrase]:
        """The leaves of the free words, without function words unless nothing else is there to be found."""
        whole = [words.phrases(token.text, token.prefix) for token in parts.free]
        telling = [phrases for phrases in whole if any(not words.is_stop(phrase) for phrase in phrases)]
        if not telling and not parts.required:
            return [phrase for phrases in whole for phrase in phrases]
        if len(telling) > 1 and not self.match_all:
            whole = [tuple(words.parts(token.text, token.prefix)) for token in parts.free]
        return [phrase for phrases in whole for phrase in phrases if not words.is_stop(phrase)]


def _is_prose(tokens: list[Token]) -> bool:
    """Whether a person wrote, or pasted, a sentence: eight words or more, or three function words, no operator."""
    if any(token.kind in ("AND", "OR", "NOT") for token in tokens):
        return False
    written = [token.text for token in tokens if token.kind == "word"]
    return len(written) >= 8 or words.function_words(written) >= 3
