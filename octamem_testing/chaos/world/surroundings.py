"""The surroundings of a run: its fake with the schedule armed, and the key in the environment."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any, Generator, Optional, Tuple

from fake_server.core import Fake
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.schedule.steps import INTERLEAVE, armable
from octamem_testing.context import HANDED_OUT
from octamem_testing.virtual_time.threads.order import Order
from octamem_testing.wiring import KEY_VARIABLE

from .program import Program

__all__ = ["key_in_environment", "new_fake", "ordered"]

PERTURBED = 2017.0
"""Seconds by which a perturbed round begins later: whole, so that waits stay equal."""


def new_fake(program: Program, schedule: str, *, perturbed: bool) -> Fake:
    """Return the fake of a new round, with its schedule armed."""
    settings: Any = {"seed": program.seed, **program.settings}
    fake = Fake(aliases=HANDED_OUT, **settings)
    if perturbed:
        fake.advance(PERTURBED)
    if program.memories:
        fake.remember(program.memories)
    if schedule:
        fake.faults(armable(schedule))
    return fake


def ordered(schedule: str) -> Tuple[Optional[Order], str]:
    """Return the order that a schedule says, None for none, and what happens to the requests."""
    parsed = Schedule.of(schedule) if INTERLEAVE in schedule else Schedule()
    return (Order(parsed.order), str(parsed.without_order())) if parsed.interleaves else (None, schedule)


@contextmanager
def key_in_environment(api_key: str) -> Generator[None, None, None]:
    """Let clients of the program find the key in the environment until the block ends."""
    before = os.environ.get(KEY_VARIABLE)
    os.environ[KEY_VARIABLE] = api_key
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(KEY_VARIABLE, None)
        else:
            os.environ[KEY_VARIABLE] = before
