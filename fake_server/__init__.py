"""An in-memory fake of the OctaMem service: a pure core, and a Starlette app that serves it.

The names load when they are first used, since the core needs no Starlette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__, {name: ".app" if name == "create_app" else ".core" for name in __all__})
