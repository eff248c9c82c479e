"""The values of `add_many`: what it takes, what came of each item, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Tuple, Union

from octamem._errors import OctaMemError
from octamem._models import AddParams, AddResult

Item = Union[str, AddParams, Tuple[str, Optional[str]]]
"""A memory as `add_many` takes it: a content, the params dict of `add`, or a pair of content and context."""


@dataclass(frozen=True)
class AddOutcome:
    """What came of one item of `add_many`: its result, or the error that `add` would have raised.

    `index` counts the items from 0.
    """

    index: int
    result: Optional[AddResult] = None
    error: Optional[OctaMemError] = None


@dataclass(frozen=True)
class AddProgress:
    """How far `add_many` is: the items that are done, and those among them that failed."""

    done: int
    failed: int


OnProgress = Callable[[AddProgress], object]
