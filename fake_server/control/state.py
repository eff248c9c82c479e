"""Control of the server itself: its health, settings, time, and the reset."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Mapping

from fake_server.core.clock import iso

from .asked import Asked, only

__all__ = ["advance", "change_settings", "health", "read_settings", "reset"]


def health(asked: Asked) -> Mapping[str, Any]:
    """Return that the server is ready, with its version and time."""
    try:
        number = version("octamem")
    except PackageNotFoundError:  # run from a source tree that was never installed
        number = "unknown"
    return {"status": "ready", "version": number, "now": iso(asked.fake.now(key=asked.key))}


def read_settings(asked: Asked) -> Mapping[str, Any]:
    """Return the settings in force."""
    return asked.fake.public_settings(key=asked.key)


def change_settings(asked: Asked) -> Mapping[str, Any]:
    """Change the settings given, and return all."""
    asked.fake.change(asked.fields, key=asked.key)
    return read_settings(asked)


def reset(asked: Asked) -> Mapping[str, Any]:
    """Reset all to how it was built, or one key."""
    asked.fake.reset(key=asked.key)
    return {}


def advance(asked: Asked) -> Mapping[str, Any]:
    """Move time forward, and return it."""
    return {"now": iso(asked.fake.advance(only(asked.fields, ("seconds",), "seconds"), key=asked.key))}
