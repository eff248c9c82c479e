"""The OctaMem SDK: search, add and details behind one API key, sync and async.

The names load when they are first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Dict, List

from ._version import __version__

if TYPE_CHECKING:
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

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AddParams",
    "AddResult",
    "AsyncOctaMem",
    "AttemptRecord",
    "AuthenticationError",
    "GetParams",
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

_MODULES: Dict[str, str] = {
    "AddParams": "_models",
    "AddResult": "_models",
    "AsyncOctaMem": "_async_client",
    "AttemptRecord": "_attempts",
    "GetParams": "_models",
    "MemoryDetails": "_models",
    "MemoryRecord": "_models",
    "OctaMem": "_client",
    "SearchResult": "_models",
}


def __getattr__(name: str) -> object:
    module = _MODULES.get(name) or ("_errors" if name in __all__ else None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
