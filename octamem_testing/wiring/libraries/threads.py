"""Threads, pools and queues: each thread works for the test that started it, or that gave it its work."""

from __future__ import annotations

import threading
from typing import Any, List, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.wiring.blocks import Owner, own, owner_here

__all__ = ["TARGETS"]

_GIVER = "_octamem_giver"


def _threads(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.Thread, "start", wrapping(_start))]


def _start(original: Any, thread: threading.Thread) -> None:
    own(thread, owner_here())
    original(thread)


def _pools(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.ThreadPoolExecutor, "submit", wrapping(_submit))]


def _submit(original: Any, pool: Any, function: Any, /, *arguments: Any, **options: Any) -> Any:
    return original(pool, _Work(function, owner_here()), *arguments, **options)


class _Work:
    """A function that a thread of a pool calls for whoever submitted it."""

    def __init__(self, function: Any, owner: Any) -> None:
        self._function = function
        self._owner: Owner = owner

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        own(threading.current_thread(), self._owner)
        return self._function(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def _queues(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.Queue, "put", wrapping(_put)), (module.Queue, "get", wrapping(_get))]


def _put(original: Any, queue: Any, *arguments: Any, **options: Any) -> Any:
    vars(queue)[_GIVER] = owner_here()
    return original(queue, *arguments, **options)


def _get(original: Any, queue: Any, *arguments: Any, **options: Any) -> Any:
    found = original(queue, *arguments, **options)
    thread = threading.current_thread()
    if _GIVER in vars(queue) and thread is not threading.main_thread():
        own(thread, vars(queue)[_GIVER])
    return found


TARGETS = (
    Target("threading", _threads),
    Target("concurrent.futures.thread", _pools),
    Target("queue", _queues),
)
