"""The command `octamem-fake`: serve the fake, print exports, and add the commands of other packages."""

from __future__ import annotations

from .group import main

__all__ = ["main"]
