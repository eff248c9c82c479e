"""The forced stop: for a program that catches every error, one is raised in the program's own frames."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, List, Optional

from fake_server.core.faults.lies import chance
from octamem_testing.static import name_of

__all__ = ["force"]

_BELOW = ("octamem", "octamem_testing", "httpx", "httpcore", "anyio", "asyncio", "contextlib", "threading")


def force(error: BaseException, times: int, *, runner: str) -> None:
    """Raise an error at the next line that runs in a frame of the program: in the handler that catches everything.

    `runner` is the name of the module that runs the program: its callers are not the program. `times` is how often the
    error was raised so far. The frame is drawn from it, so that a handler further out is met at another time.
    """
    frames: List[FrameType] = []
    frame: Optional[FrameType] = sys._getframe(1)  # noqa: SLF001 - the only way to the frames of a running program
    while frame is not None and name_of(frame.f_globals) != runner:
        if name_of(frame.f_globals).partition(".")[0] not in _BELOW:
            frames.append(frame)
        frame = frame.f_back
    if not frames:
        return
    chosen = frames[int(chance(times) * len(frames))]
    before: Optional[Callable[..., Any]] = sys.gettrace()

    def trace(_: FrameType, event: str, __: object) -> Any:
        if event == "line":
            sys.settrace(before)
            raise error
        return trace

    chosen.f_trace = trace
    sys.settrace(lambda *_: None)
