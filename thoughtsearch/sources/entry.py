"""What a reader yields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..errors import InputError

#: The number of the record's first line, from 1, and its fields; or why it can't be read.
Entry: TypeAlias = tuple[int, "Mapping[str, Any] | InputError"]
