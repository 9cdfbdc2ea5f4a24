"""Prints results for a person: a heading for each thought, then its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ..models import Explanation, Hit, Results, Thought
from .facet_bars import print_facets
from .terminal import columns, dim, note, styled_line, visible_line
from .wrapping import lines

_INDENT = "    "


def print_results(results: Results, *, full: bool) -> None:
    """Print the hits and everything else that was asked for."""
    width = columns()
    for hit in results.hits:
        click.echo(heading(hit.thought, hit.agent, hit.score))
        for line in hit_lines(hit, full=full, width=width):
            click.echo(_INDENT + line if line else "")
        if hit.explanation is not None:
            for line in explained(hit.explanation):
                click.echo(dim(_INDENT + line))
        click.echo()
    if results.total is not None:
        click.echo(f"{results.total:,} {'thought matches' if results.total == 1 else 'thoughts match'}.")
    print_facets(results.facets)


def heading(thought: Thought, agent: str | None = None, score: float = 0.0) -> str:
    """`#12  2.31  2026-01-05 09:12Z  Ada (1)  session 101 cycle 3  insight  [sqlite, locking]`"""
    parts: list[tuple[str, dict[str, Any]]] = [(f"#{thought.id}", {"bold": True, "fg": "cyan"})]
    if score >= 0.005:  # a word that most thoughts hold scores nearly 0
        parts.append((f"{score:.2f}", {}))
    parts.append((moment(thought), {"dim": True}))
    parts.append((f"{agent} ({thought.ai_id})" if agent else f"ai {thought.ai_id}", {}))
    if session := session_of(thought):
        parts.append((session, {}))
    if thought.thought_type:
        parts.append((thought.thought_type, {"fg": "green"}))
    if thought.tags:
        parts.append((f"[{', '.join(thought.tags)}]", {"fg": "yellow"}))
    return styled_line(parts)


def moment(thought: Thought) -> str:
    """The time of the thought, to the minute, in UTC."""
    return f"{thought.created_at:%Y-%m-%d %H:%MZ}" if thought.created_at else "no time"


def session_of(thought: Thought) -> str:
    """The session and the cycle of the thought, if it has them."""
    session = "" if thought.session_id is None else f"session {thought.session_id}"
    cycle = "" if thought.cycle_number is None else f"cycle {thought.cycle_number}"
    return f"{session} {cycle}".strip()


def hit_lines(hit: Hit, *, full: bool, width: int | None) -> list[str]:
    """The snippet as one paragraph, or the whole thought with its own line breaks."""
    room = width - len(_INDENT) if width else None
    piece = hit.snippet
    if full:
        marks = [(piece.start + start, piece.start + end) for start, end in piece.highlights]
        return lines(hit.thought.thought_content, marks, width=room, flow=False)
    before, after = "…" * piece.cut_before, "…" * piece.cut_after
    marks = [(len(before) + start, len(before) + end) for start, end in piece.highlights]
    return lines(before + piece.text + after, marks, width=room, flow=True)


def explained(explanation: Explanation) -> Iterator[str]:
    """Explain the score, term by term."""
    for name, retriever in explanation.legs.items():
        share = f" of {retriever.weight:g}, {explanation.fusion}" if explanation.fusion else ""
        yield f"{retriever.part:7.3f}  {name}{share}  (rank {retriever.rank}, score {retriever.score:.3f})"
    for term in explanation.terms:
        yield f"{term.score:7.3f}  {visible_line(term.term)}  (tf {term.tf}, df {term.df}, idf {term.idf:.3f})"
    yield (f"length {explanation.length}, average {explanation.average_length:.1f} over {explanation.documents:,} thoughts")


def print_remarks(results: Results) -> None:
    """Print the warnings of the search."""
    for warning in results.warnings:
        note(warning)
