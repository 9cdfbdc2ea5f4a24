"""The version of the package, which its parts can know without importing all of it."""

from __future__ import annotations

__version__ = "0.1.0"
