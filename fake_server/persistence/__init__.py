"""Persistence: what a served fake keeps in a file from one run to the next."""

from __future__ import annotations

from .file import SYNC, UnfitFileError, open_file, target_of
from .keeper import Keeper
from .loading import Resumed, resume

__all__ = ["SYNC", "Keeper", "Resumed", "UnfitFileError", "open_file", "resume", "target_of"]
