"""Lazy imports: modules loaded at their first use and kept, since numpy cannot be loaded twice in a process."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["load", "load_all"]

_LATE = (".spelling", ".postings", ".ranking.ranking", "snowballstemmer", "numpy")


@cache
def load(name: str) -> Any:
    """Return a module by its name, which begins with a dot for one of this package.

    It is kept even if somebody restores `sys.modules` afterwards, as tests do.
    """
    return import_module(name, __package__)


def load_all() -> None:
    """Load every module that the first search would load."""
    for name in _LATE:
        load(name)
    # numpy imports what these are made of at the first use of each, and never again.
    sample = load("numpy").zeros(1)
    for reduction in ("max", "min", "sum", "any", "all", "prod", "mean"):
        getattr(sample, reduction)()
