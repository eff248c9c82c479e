"""Places: whether a piece of code belongs to the program, or to a library, the interpreter or this distribution."""

from __future__ import annotations

from functools import lru_cache
from sysconfig import get_paths
from types import FrameType
from typing import Tuple

from octamem_testing.static import name_of

__all__ = ["is_library"]

_OURS = ("octamem", "octamem_testing", "fake_server")
_INSTALLED = ("site-packages", "dist-packages")


def is_library(frame: FrameType) -> bool:
    """Whether a frame runs code that is not the program's own."""
    return name_of(frame.f_globals).partition(".")[0] in _OURS or _is_installed(frame.f_code.co_filename)


@lru_cache(maxsize=1024)
def _is_installed(file: str) -> bool:
    if file.startswith("<"):  # code without a file, such as that of a generated class, cannot be read
        return True
    return file.startswith(_folders()) or any(f"{folder}/" in file.replace("\\", "/") for folder in _INSTALLED)


@lru_cache(maxsize=1)
def _folders() -> Tuple[str, ...]:
    paths = get_paths()
    return tuple({paths[name] for name in ("stdlib", "platstdlib")})
