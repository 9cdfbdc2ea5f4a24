# What a contributor runs; `just` alone lists it. CONTRIBUTING.md says how to get it.

_list:
    @just --list --unsorted

# Install the package in place with all that the tests need
setup:
    python -m pip install -e ".[test,dev]"
    pre-commit install

# All tests, on SQLite and PostgreSQL; or those that are named
test *ARGS:
    python -m pytest -n auto {{ARGS}}

# The contract suite on one engine: sqlite, postgresql or found (a table that another program made)
engine NAME *ARGS:
    python -m pytest -n auto tests/contract -k {{NAME}} {{ARGS}}

# Lint, formatting, types, import layers
lint:
    ruff check .
    ruff format --check .
    mypy
    lint-imports

# What CI runs, on every PostgreSQL version
ci:
    bash .ci/run

# A query's way through the files, and its statements
trace TARGET *TEXT:
    python -m tests.tools.trace_query {{TARGET}} {{TEXT}}
