"""The outcome of a run: what a round is judged by; and what a life that crashed leaves to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Tuple
from typing import Counter as CounterOf

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem_testing.chaos.scenario.trace import Trace
    from octamem_testing.chaos.scenario.trial import Claims, RequestRecord

__all__ = ["Life", "Outcome"]

Calls = Tuple[CounterOf[str], CounterOf[Tuple[str, str]]]
"""The calls to other hosts that were sent, by host, and those that were refused, by method and host."""


@dataclass(frozen=True)
class Outcome:
    """What a run showed, as the round has it: `life` is the number of its last life, `error` what that ended with.

    `starved` is for how many seconds of CPU time threads ran on before others had a turn beside them.
    """

    fake: Fake
    requests: Tuple[RequestRecord, ...]
    outside: Calls
    claims: Claims
    returned: Any
    error: Optional[BaseException]
    seconds: float
    interrupted_at: Optional[int] = None
    leftover: Tuple[RequestRecord, ...] = ()
    stopped: Optional[str] = None
    life: int = 1
    used_random: bool = False
    concurrent: bool = False
    interleaved: bool = False
    choices: int = 0
    in_series: bool = False
    starved: float = 0.0
    trace: Optional[Trace] = None


@dataclass(frozen=True)
class Life:
    """A life that crashed: its number, the fake and the requests up to then.

    `began` is when the first life began, in ticks of the fake, and `uptime` what the machine's clock showed at the
    crash.
    """

    number: int
    fake: Fake
    requests: Tuple[RequestRecord, ...]
    outside: Calls
    began: int
    uptime: int
    interrupted_at: Optional[int] = None
