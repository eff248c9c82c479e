"""What the signatures of the clients are written in: the type of a hook, the defaults, and the option not given."""

from __future__ import annotations

from enum import Enum
from typing import Callable

from ._attempts import AttemptRecord

OnAttempt = Callable[[AttemptRecord], object]

DEFAULT_RETRY_BUDGET = 100.0
"""Retries that a client may have spent and not earned back: chosen from the sweep of docs/storms.md.

Thirty calls in a row that all fail, with three retries each, take 90: an ordinary script never meets it.
"""

DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Far above any answer of a memory service, and far below what harms the process that reads it."""


class Unset(Enum):
    """The type of `UNSET`, which stands for an option that `with_options` was not given."""

    UNSET = "unset"


UNSET = Unset.UNSET
