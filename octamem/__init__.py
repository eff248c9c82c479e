"""The OctaMem SDK: search, add and details behind one API key, sync and async.

Each name is loaded when it is first used, so importing the package costs almost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict

from ._lazy import lazy_names
from ._version import __version__

if TYPE_CHECKING:
    from ._add_many.outcome import AddOutcome, AddProgress
    from ._async_client import AsyncOctaMem
    from ._attempts import AttemptRecord
    from ._client import OctaMem
    from ._errors import (
        APIConnectionError,
        APIError,
        APITimeoutError,
        AuthenticationError,
        InternalServerError,
        MethodNotSupportedError,
        NotFoundError,
        OctaMemError,
        RateLimitError,
        ValidationError,
    )
    from ._models import AddParams, AddResult, GetParams, MemoryDetails, MemoryRecord, SearchResult
    from ._results.http_info import HttpInfo

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AddOutcome",
    "AddParams",
    "AddProgress",
    "AddResult",
    "AsyncOctaMem",
    "AttemptRecord",
    "AuthenticationError",
    "GetParams",
    "HttpInfo",
    "InternalServerError",
    "MemoryDetails",
    "MemoryRecord",
    "MethodNotSupportedError",
    "NotFoundError",
    "OctaMem",
    "OctaMemError",
    "RateLimitError",
    "SearchResult",
    "ValidationError",
    "__version__",
]

_ERRORS = [name for name in __all__ if name.endswith("Error")]
_HOMES: Dict[str, str] = {
    "AddOutcome": "octamem._add_many.outcome",
    "AddParams": "octamem._models",
    "AddProgress": "octamem._add_many.outcome",
    "AddResult": "octamem._models",
    "AsyncOctaMem": "octamem._async_client",
    "AttemptRecord": "octamem._attempts",
    "GetParams": "octamem._models",
    "HttpInfo": "octamem._results.http_info",
    "MemoryDetails": "octamem._models",
    "MemoryRecord": "octamem._models",
    "OctaMem": "octamem._client",
    "SearchResult": "octamem._models",
    **dict.fromkeys(_ERRORS, "octamem._errors"),
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
