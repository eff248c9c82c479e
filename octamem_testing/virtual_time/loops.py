"""Loops: an event loop that a program makes, or runs, in virtual time follows it until it ends."""

from __future__ import annotations

import asyncio
from asyncio import events
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Callable, Generator

from octamem_testing.patches import Patch, Patches, Target, wrapping
from octamem_testing.static import is_a

from .bounds import loop_refused
from .event_loop import RoundClock, VirtualLoop, adopt

__all__ = ["patched_loops", "refuse_running_loop"]


def refuse_running_loop() -> None:
    """Raise LoopRefusedError if an event loop runs in this thread: its waits have begun in real time."""
    running = events._get_running_loop()  # noqa: SLF001 - raises nothing
    if running is not None:
        raise loop_refused(type(running).__module__, running=True)


@contextmanager
def patched_loops(clock: RoundClock) -> Generator[None, None, None]:
    """Let the program's event loops follow the clock until the block ends, and the machine's time after it.

    A loop from before is in virtual time while the program runs it.
    """
    here = clock.scheduler.runs_here
    real_make, real_run = events.new_event_loop, asyncio.BaseEventLoop.run_forever
    real_call_at = asyncio.BaseEventLoop.call_at

    def make() -> Any:
        return VirtualLoop(clock) if here() else real_make()

    @wraps(real_run)
    def run(self: asyncio.BaseEventLoop) -> None:
        if not here() or (is_a(self, VirtualLoop) and self in clock.loops):
            real_run(self)
            return
        adopt(self, clock)
        try:
            real_run(self)
        finally:
            if is_a(self, VirtualLoop):
                self.release()  # type: ignore[attr-defined]

    def call_at(self: asyncio.BaseEventLoop, when: float, *args: Any, **options: Any) -> asyncio.TimerHandle:
        if is_a(self, VirtualLoop) or not _runs_for(clock, self):
            return real_call_at(self, when, *args, **options)
        return self.call_at(when + adopt(self, clock), *args, **options)

    with ExitStack() as stack:
        for owner, name, value in (
            (events, "new_event_loop", make),
            (asyncio, "new_event_loop", make),
            (asyncio.BaseEventLoop, "run_forever", run),
            (asyncio.BaseEventLoop, "call_at", call_at),
        ):
            stack.callback(_restore, owner, name, vars(owner).get(name))
            setattr(owner, name, value)
        if not clock.scheduler.judged:  # a round of chaos is stopped as a whole instead, by its transport
            stack.enter_context(_refusing(here))
        try:
            yield
        finally:
            for loop in list(clock.loops):
                if is_a(loop, VirtualLoop) and not loop.is_closed():
                    loop.release()


def _runs_for(clock: RoundClock, loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether a loop runs in this thread for the program, such as one that it keeps in a thread of its own."""
    here = events._get_running_loop() is loop and is_a(loop, asyncio.SelectorEventLoop)  # noqa: SLF001 - raises nothing
    return here and clock.scheduler.takes_part()


def _restore(owner: Any, name: str, own: object) -> None:
    if own is None:  # inherited
        delattr(owner, name)
    else:
        setattr(owner, name, own)


@contextmanager
def _refusing(here: Callable[[], bool]) -> Generator[None, None, None]:
    """Refuse the loops of libraries that cannot be in virtual time, even of those that are imported in the block."""

    def refused(library: str) -> Patch:
        def run(real: Callable[..., Any], *args: Any, **options: Any) -> Any:
            if here():
                raise loop_refused(library)
            return real(*args, **options)

        return wrapping(run)

    patches = Patches(
        [
            Target("uvloop", lambda module: [(module.Loop, "run_forever", refused("uvloop"))]),
            Target("trio", lambda module: [(module, "run", refused("trio"))]),
            # Whoever has imported `trio.run` by name, or starts a guest run, comes by here.
            Target("trio._core._run", lambda module: [(module, "setup_runner", refused("trio"))]),
        ]
    )
    patches.install()
    try:
        yield
    finally:
        patches.remove()
