"""What a call needs from outside: time, chance, the retry budget, and the functions that watch it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from octamem._attempts import AttemptRecord

from .advice import NOWHERE, Destination
from .budget import RetryBudget


def _ignore(*_: object) -> None:
    pass


def _unchanged(message: str) -> str:
    return message


def _never() -> bool:
    return False


def _nowhere() -> Destination:
    return NOWHERE


@dataclass(frozen=True)
class Environment:
    """Everything that a call needs from outside.

    `now` returns the time and `random` a number from 0 to below 1. `observe` is called after each attempt, `retrying`
    before each wait, and `notice` with an operation, a field of its answer that is not as expected, and what to say of
    it. `redact` blanks the key and the texts of the call in a message. `closed` tells whether no more attempts may
    begin. `destination` is what an error says of the service's address.
    """

    now: Callable[[], float]
    random: Callable[[], float]
    observe: Callable[[AttemptRecord], None] = _ignore
    retrying: Callable[[AttemptRecord, float], None] = _ignore
    notice: Callable[[str, str, str], None] = _ignore
    redact: Callable[[str], str] = _unchanged
    closed: Callable[[], bool] = _never
    budget: Optional[RetryBudget] = None
    destination: Callable[[], Destination] = _nowhere
