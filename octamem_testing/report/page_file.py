"""The file that a command is to write its page to: refused before any work is done, where it could not be written."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["can_be_written"]


def can_be_written(file: Path) -> bool:
    """Say whether a page can be written there: over a file, or into a folder, that is there and may be written to."""
    try:
        return file.parent.is_dir() and os.access(file if file.exists() else file.parent, os.W_OK)
    except OSError:  # of a folder that may not even be looked into
        return False
