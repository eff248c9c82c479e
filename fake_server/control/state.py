"""Control of the server itself: its health, settings, time, and the reset."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Mapping

from fake_server.core.clock import iso

from .asked import Asked, only
from .undo import can_undo

__all__ = ["advance", "change_settings", "health", "package_version", "read_settings", "reset"]


@cache  # it is read from a file, and a busy server may have no descriptor left for one
def package_version() -> str:
    """Return the version of the package."""
    try:
        return version("octamem")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"


def health(asked: Asked) -> Mapping[str, Any]:
    """Return that the server is ready, with its version and time."""
    return {"status": "ready", "version": package_version(), "now": iso(asked.fake.now(key=asked.key))}


def read_settings(asked: Asked) -> Mapping[str, Any]:
    """Return the settings in force."""
    return asked.fake.public_settings(key=asked.key)


def change_settings(asked: Asked) -> Mapping[str, Any]:
    """Change the settings given, and return all."""
    asked.fake.change(asked.fields, key=asked.key)
    return read_settings(asked)


def reset(asked: Asked) -> Mapping[str, Any]:
    """Reset all to how it was built, or one key."""
    fake = asked.fake
    with fake.lock:
        size = fake.undo_size(key=asked.key)
        put_back = fake.reset(key=asked.key)

        def lost() -> int:
            return len(fake.snapshot(key=asked.key))

        return {"undo": can_undo(asked, "reset", put_back, lost=lost, size=size, resets=True)}


def advance(asked: Asked) -> Mapping[str, Any]:
    """Move time forward, and return it."""
    return {"now": iso(asked.fake.advance(only(asked.fields, ("seconds",), "seconds"), key=asked.key))}
