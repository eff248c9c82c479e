"""An in-memory fake of the OctaMem service, pure inside, served by Starlette outside.

The names load when they are first used: the core needs no Starlette, and the command can say what is not installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .missing import missing_told

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
    """Load a public name; raises ModuleNotFoundError with the line that installs what it needs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(".app" if name == "create_app" else ".core", __name__), name)
    except ModuleNotFoundError as error:
        told = missing_told(f"{__name__}.{name}", error)
        if told is None:
            raise
        raise ModuleNotFoundError(told, name=error.name) from None
