from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.forms.former import Kept, Restored
from tests.postgres.conftest import _servers, newest
from tests.postgres.server import for_test, fresh_database
from tests.tools.make_database import restore

__all__ = ["_servers", "newest"]


@pytest.fixture
def restored(_servers: None, tmp_path: Path) -> Iterator[Restored]:
    """Makes the database of a file; its URL."""
    with ExitStack() as stack:

        def make(kept: Kept) -> str:
            if kept.version is None:
                url = str(tmp_path / "thoughts.db")
            else:
                url = stack.enter_context(fresh_database(for_test(kept.version)))
            restore(kept.path, url)
            return url

        yield make
