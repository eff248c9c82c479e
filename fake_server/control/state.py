"""Control of the server itself: its health, settings, time, and the reset."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Mapping, Optional

from fake_server.core import Fake
from fake_server.core.clock import iso

from .asked import Fields, only

__all__ = ["advance", "change_settings", "health", "read_settings", "reset"]


def health(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return that the server is ready, with its version and time."""
    try:
        number = version("octamem")
    except PackageNotFoundError:  # run from a source tree that was never installed
        number = "unknown"
    return {"status": "ready", "version": number, "now": iso(fake.now(key=key))}


def read_settings(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return the settings in force."""
    return fake.settings(key=key).public(of_key=key is not None)


def change_settings(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    """Change the settings given, and return all."""
    fake.change(fields, key=key)
    return read_settings(fake, key, {})


def reset(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Reset all to how it was built, or one key."""
    fake.reset(key=key)
    return {}


def advance(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    """Move time forward, and return it."""
    return {"now": iso(fake.advance(only(fields, ("seconds",), "seconds"), key=key))}
