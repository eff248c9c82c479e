"""A package that is not installed, told as the line that installs it."""

from __future__ import annotations

from typing import Optional

__all__ = ["missing_told"]

_OURS = ("octamem", "octamem_testing", "fake_server")


def missing_told(what: str, error: ModuleNotFoundError, extra: str = "server") -> Optional[str]:
    """Say which package `what` needs and which extra brings it; None where it is none of another distribution."""
    missing = (error.name or "").partition(".")[0]
    if missing in ("", *_OURS):
        return None
    return (
        f'{what} needs {missing}, which is not installed: pip install ".[{extra}]"\n'
        "(in a checkout of our repository: the octamem of the public index is the vendor's, and has no such extra)"
    )
