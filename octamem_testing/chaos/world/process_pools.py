"""Process pools: a scenario that uses one is refused, since its processes have neither virtual time nor the faults.

So is one that starts a process by another interpreter (`spawn`, `forkserver`), which would call the real service.
"""

from __future__ import annotations

import sys
from concurrent.futures.process import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_start_method
from multiprocessing.pool import Pool, ThreadPool
from multiprocessing.process import BaseProcess
from typing import Any, Callable, Dict, Generator, Tuple

from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.static import is_a
from octamem_testing.virtual_time.places import past_wiring, place_in_program

from .child_calls import child_refused

__all__ = ["refused_pools"]

_MADE_OR_USED: Tuple[Tuple[Any, str, str], ...] = (
    (ProcessPoolExecutor, "__init__", "concurrent.futures.ProcessPoolExecutor"),
    (ProcessPoolExecutor, "submit", "concurrent.futures.ProcessPoolExecutor"),
    (Pool, "_setup_queues", "multiprocessing.Pool"),
    (Pool, "_check_running", "multiprocessing.Pool"),
)
"""What every pool comes by when it is made, and when it is given work: class, function, and name in messages."""
_REAL: Dict[Tuple[Any, str], Callable[..., Any]] = {
    (kind, name): vars(kind)[name] for kind, name, _ in _MADE_OR_USED if name in vars(kind)
}


_START = "start"  # a name that is assigned to, as those of the pools are


@contextmanager
def refused_pools(
    is_of_round: Callable[[], bool], note: Callable[[ScenarioError], None]
) -> Generator[None, None, None]:
    """Refuse process pools in the block, in threads of the round; `note` is told, whatever the program makes of it."""

    def refusing(real: Callable[..., Any], shown: str) -> Callable[..., Any]:
        def refused(self: Any, *args: Any, **options: Any) -> Any:
            if is_of_round() and not is_a(self, ThreadPool):
                error = _refusal(shown)
                note(error)
                raise error
            return real(self, *args, **options)

        return refused

    def starting(process: BaseProcess) -> None:
        if is_of_round() and _is_spawned(process):
            place = place_in_program(past_wiring(sys._getframe(2)))  # noqa: SLF001 - as below; the start was noted
            error = child_refused("a multiprocessing.Process that is spawned", place)
            note(error)
            raise error
        start(process)

    for kind, name, shown in _MADE_OR_USED:
        if (kind, name) in _REAL:
            setattr(kind, name, refusing(_REAL[kind, name], shown))
    start = BaseProcess.start
    setattr(BaseProcess, _START, starting)
    try:
        yield
    finally:
        setattr(BaseProcess, _START, start)
        for (kind, name), real in _REAL.items():
            setattr(kind, name, real)


def _is_spawned(process: BaseProcess) -> bool:
    """Whether a process begins with a new interpreter, which knows nothing of the round."""
    method = getattr(process, "_start_method", None) or get_start_method()
    return method != "fork"


def _refusal(shown: str) -> ScenarioError:
    place = place_in_program(sys._getframe(2))  # noqa: SLF001 - nobody says who asks
    return ScenarioError(
        f"scenario: expected work in threads or tasks, got a process pool, {shown}{f' ({place})' if place else ''}; "
        "its processes cannot be in virtual time, and meet none of the faults: use threads in the scenario, "
        "such as a ThreadPoolExecutor or a multiprocessing.pool.ThreadPool, or do that work before the hunt"
    )
