"""One search: parse → retrieve → fuse → re-rank → present. Only retrieval holds a connection, for one transaction.

A search by meaning first asks the database which model made its vectors. Then it embeds the query, and retrieves.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..engines.contract.dialect import Dialect
from ..engines.contract.statement import Plan
from ..engines.contract.steps import Call, Run, Steps
from ..errors import InputError
from ..models import Results
from ..query.request import Request, checked_id
from . import models
from .present import present
from .query import SearchQuery, parse_request
from .ranked import fuse_candidates
from .rerank import as_retrieved
from .retrieval import Retrieved, retrieve
from .semantic import Meaning, Understood, understand

if TYPE_CHECKING:
    from ..embedders.lazy import LazyEmbedder


def search(dialect: Dialect, embedder: LazyEmbedder, request: Request) -> Steps[Results]:
    """Find one page of hits. Only reads the database."""
    query = parse_request(request)
    understood: Understood = yield from understand(dialect, embedder, query)
    plan = retrieve(dialect, query, understood.meaning, understood.coverage)
    found: Retrieved = yield Run(plan, deadline=query.deadline)
    if understood.warning:
        found = replace(found, warnings=(*found.warnings, understood.warning))
    results: Results = yield Call(partial(_ranked, dialect, query, found))
    return results


def similar(dialect: Dialect, thought_id: int, request: Request) -> Steps[Results]:
    """Find one page of the thoughts nearest in meaning to this one. Only reads the database."""
    query = parse_request(replace(request, mode="semantic"), like=checked_id(thought_id))
    found: Retrieved = yield Run(_neighbours(dialect, query, thought_id), deadline=query.deadline)
    results: Results = yield Call(partial(_ranked, dialect, query, found))
    return results


def _neighbours(dialect: Dialect, query: SearchQuery, thought_id: int) -> Plan[Retrieved]:
    if (yield from dialect.get(thought_id)) is None:
        raise InputError(f"There is no thought {thought_id} to compare with.")
    model, coverage = yield from models.active(dialect)
    vector = yield from dialect.embedding.vector(model.id, thought_id)
    if vector is None:
        raise InputError(
            f"Thought {thought_id} has no embedding yet to compare with: run thoughtsearch backfill --embeddings."
        )
    return (yield from retrieve(dialect, query, Meaning(model, vector), coverage))


def _ranked(dialect: Dialect, query: SearchQuery, found: Retrieved) -> Results:
    return present(dialect, query, found, as_retrieved(query, found, fuse_candidates(query, found)))
