"""The same thoughts in each engine, in a place of their own that is gone afterwards: what each does in a second."""

from .run import measured
from .table import table

__all__ = ["measured", "table"]
