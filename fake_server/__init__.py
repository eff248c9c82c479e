"""An in-memory fake of the OctaMem service, pure inside, served by Starlette outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .core import (
    Clock,
    Drop,
    Fake,
    Reply,
    Request,
    ScriptError,
    SeedError,
    SettingError,
    UnknownKeyError,
)

if TYPE_CHECKING:
    from .app import create_app

__all__ = [
    "Clock",
    "Drop",
    "Fake",
    "Reply",
    "Request",
    "ScriptError",
    "SeedError",
    "SettingError",
    "UnknownKeyError",
    "create_app",
]


def __getattr__(name: str) -> Any:
    """Load Starlette only for who serves: the core works without it."""
    if name == "create_app":
        from .app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
