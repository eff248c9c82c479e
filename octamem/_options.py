"""The signatures of the clients: the type of a hook, the defaults, and the mark of an option that was not given."""

from __future__ import annotations

from enum import Enum
from typing import Callable

from ._attempts import AttemptRecord

OnAttempt = Callable[[AttemptRecord], object]

DEFAULT_BASE_URL = "https://platform.octamem.com"
"""The host that the vendor's documentation names."""

DEFAULT_RETRY_BUDGET = 100.0
"""The retries that a client may make before it earns some back, chosen from the sweep in docs/storms.md.

Thirty failing calls in a row, with three retries each, spend 90: an ordinary script never exceeds it.
"""

DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Far more than any answer of a memory service, and far less than harms the process that reads it."""


class Unset(Enum):
    """The type of `UNSET`, the default of each option of `with_options`."""

    UNSET = "unset"


UNSET = Unset.UNSET
