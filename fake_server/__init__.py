"""An in-memory fake of the OctaMem service, pure inside, served by Starlette outside.

The names load when they are first used: the core needs no Starlette, and the command can say what is not installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app
    from .core import (
        Clock,
        Drop,
        Fake,
        Reply,
        Request,
        ScriptError,
        SearchFailedError,
        SeedError,
        SettingError,
        UnknownKeyError,
        UnknownMemoryError,
    )

__all__ = [
    "Clock",
    "Drop",
    "Fake",
    "Reply",
    "Request",
    "ScriptError",
    "SearchFailedError",
    "SeedError",
    "SettingError",
    "UnknownKeyError",
    "UnknownMemoryError",
    "create_app",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".app" if name == "create_app" else ".core", __name__), name)
