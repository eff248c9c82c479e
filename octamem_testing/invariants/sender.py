"""Senders: whether the program itself repeats a failed request, as its frames and its source show."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from threading import get_ident
from types import FrameType
from typing import List, Optional, Tuple

from octamem_testing.static import name_of

from .places import is_library
from .source import is_handler_of, retry_loop_around

__all__ = ["Stop", "Trail", "common_frame", "is_one_call", "trail_of", "trail_over_http"]

_DEPTH = 200  # frames
_ENDS = ("_pytest.", "pluggy.", "unittest.case", "asyncio.events", "asyncio.runners", "trio._core.", "threading")
_RETRIES = (
    *("tenacity", "stamina", "backoff", "retry", "retrying", "retry_async", "aiohttp_retry", "httpx_retries"),
    *("opnieuw", "redo", "riprova", "celery.app.task", "langgraph.pregel"),
)
"""The modules of libraries that repeat a call; their loops are retries whatever they look like."""
_HTTP = ("httpcore", "http.client", "urllib3", "httpx", "httpcore2", "httpx2")
"""The modules of clients that block while the server answers."""
_LOOPS = ("asyncio.base_events", "trio._core.")
_EXPECTS = {"raises", "assertRaises", "assertRaisesRegex"}
"""The names that a test uses to expect each failure itself."""


@dataclass(frozen=True)
class Stop:
    """One frame below a request, held so that its identity stays its own, and the line at which it was."""

    frame: FrameType
    line: int


Trail = Tuple[Stop, ...]
"""The frames that led to a request, innermost first, up to pytest, the event loop or the start of the thread."""


def trail_of(frame: Optional[FrameType]) -> Trail:
    """Return the trail of a request, from the frame that sends it outwards."""
    found: List[Stop] = []
    while isinstance(frame, FrameType) and len(found) < _DEPTH and not name_of(frame.f_globals).startswith(_ENDS):
        found.append(Stop(frame, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def trail_over_http() -> Trail:
    """Return the trail of the one thread of this process that waits for an HTTP server, () if there is not just one."""
    stacks = [_stack(frame) for thread, frame in sys._current_frames().items() if thread != get_ident()]  # noqa: SLF001
    # A thread with an event loop is only now and then in the task that waits.
    waiting = [stack for stack in stacks if _is_in(stack, _HTTP) and not _is_in(stack, _LOOPS)]
    return trail_of(waiting[0][0]) if len(waiting) == 1 else ()


def _stack(frame: Optional[FrameType]) -> List[FrameType]:
    found: List[FrameType] = []
    while isinstance(frame, FrameType):  # the thread goes on meanwhile, and CPython 3.11 then may give what is no frame
        found.append(frame)
        frame = frame.f_back
    return found


def _is_in(stack: List[FrameType], modules: Tuple[str, ...]) -> bool:
    return any(name_of(frame.f_globals).startswith(modules) for frame in stack)


def common_frame(before: Trail, after: Trail) -> Optional[Tuple[Stop, Stop, Trail]]:
    """Return the innermost frame that two trails share, as each has it, and what `after` has inside it."""
    earlier = {id(stop.frame): stop for stop in before}
    for index, stop in enumerate(after):
        if id(stop.frame) in earlier:
            return earlier[id(stop.frame)], stop, after[:index]
    return None


def is_one_call(before: Trail, after: Trail, *, same_token: bool, key: Optional[str] = None) -> bool:
    """Whether two equal requests, of which the first failed, are known to be attempts of one call.

    They are if the program's own retry loop, error handler or recursion sent both. An Idempotency-Key that both carry
    says so too, unless a test sent both by hand. A loop that goes on after a success is no retry loop: it makes several
    calls. `key` is the API key of both.
    """
    shared = common_frame(before, after)
    if shared is None:  # nobody sees the sender, or there are two
        return same_token
    first, second, inside = shared
    frame = second.frame
    if _is_retry_library(frame):
        return True
    if is_library(frame) or any(_EXPECTS & {*stop.frame.f_code.co_names} for stop in (second, *inside)):
        return False
    if any(stop.frame.f_code is frame.f_code for stop in inside):
        return True
    if is_handler_of(frame.f_code, first.line, second.line):
        return True
    found = retry_loop_around(frame, first.line, second.line, key=key)
    if found is None:
        return same_token and not frame.f_code.co_name.startswith("test")
    return found


def _is_retry_library(frame: FrameType) -> bool:
    name = name_of(frame.f_globals)
    return is_library(frame) and name.startswith(_RETRIES) and _is_whole(name)


def _is_whole(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in _RETRIES)
