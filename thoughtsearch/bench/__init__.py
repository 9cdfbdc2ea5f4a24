"""Measures how fast each engine is with the same thoughts, in temporary databases that it removes afterwards."""

from .run import measured
from .table import table

__all__ = ["measured", "table"]
