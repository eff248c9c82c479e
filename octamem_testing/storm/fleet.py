"""The fleet of a storm: every call is the SDK's own generator, in virtual time, against one service."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from random import Random
from typing import Callable, Generator, List, Optional, Set

from octamem import OctaMemError
from octamem.testing import Environment, RetryBudget, add_call, call_settings, call_steps

from .arrivals import arrivals
from .event_queue import EventQueue, Process
from .policies import Policy
from .scenario import Scenario
from .service import DONE, Service
from .storm import Storm

__all__ = ["play"]

CALL = add_call(content="tea")
"""The call of every client: an add, whose answer may be empty and so is the fastest to read."""

TICK = 0.01
"""The seconds of a tick of the event queue, the fastest from ten clients to a million."""


def play(scenario: Scenario, policy: Policy) -> Storm:
    """Simulate the fleet with a policy, from the first second to the last."""
    fleet = _Fleet(scenario, policy)
    with _uncollected():
        fleet.events.start(fleet.arrivals(), after=scenario.lead)
        fleet.events.run(until=scenario.back_second + scenario.after)
    return fleet.result()


@contextmanager
def _uncollected() -> Generator[None, None, None]:
    """Turn the garbage collector off: a call leaves no cycles, and looking for them takes as long as the rest."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Fleet:
    """All clients of one run, and the counters of each second."""

    def __init__(self, scenario: Scenario, policy: Policy) -> None:
        self.events = EventQueue(tick=TICK)
        self._scenario = scenario
        self._policy = policy
        self._service = Service(scenario)
        self._settings = call_settings(timeout=scenario.timeout, max_retries=policy.retries, retry_delay=policy.delay)
        chance = Random(f"{scenario.seed} jitter").random  # noqa: S311 - repeats on purpose
        self._random: Callable[[], float] = chance if policy.jitter else lambda: 1.0
        self._common = Environment(self.events.time, self._random)
        # An environment is built at a client's first call: of a large fleet, most may not call at all.
        self._environments: List[Optional[Environment]] = [None] * (0 if policy.budget is None else scenario.clients)
        seconds = scenario.seconds
        self._begun, self._tried, self._prompt, self._well = ([0] * seconds for _ in range(4))
        self._sent, self._answered, self._lost, self._emptied = ([0] * seconds for _ in range(4))
        self._empty: Set[int] = set()
        self._suppressed = 0

    def arrivals(self) -> Process:
        """Start the calls of the whole fleet."""
        for since, client in arrivals(self._scenario):
            if since:
                yield since
            self.events.resume(self._call(self._environment(client)))

    def _environment(self, client: int) -> Environment:
        if self._policy.budget is None:
            return self._common
        environment = self._environments[client]
        if environment is None:
            budget = RetryBudget(self._policy.budget, earned_per_success=self._policy.paid_in)
            environment = Environment(self.events.time, self._random, budget=budget)
            self._environments[client] = environment
        return environment

    def _call(self, environment: Environment) -> Process:
        events, sent_in, take = self.events, self._sent, self._service.take
        steps = call_steps(CALL, self._settings, environment)
        next(steps)
        began = second = int(events.now)
        self._begun[began] += 1
        number = 1
        while True:
            sent_in[second] += 1
            outcome, takes = take(events.now)
            if takes:
                yield takes
            if number == 1:
                self._tried[began] += 1
                self._prompt[began] += outcome is DONE
            try:
                attempt = steps.send(outcome)
            except StopIteration:
                self._well[began] += 1
                self._answered[int(events.now)] += 1
                return
            except OctaMemError:
                self._lost[int(events.now)] += 1
                # Every failure here is retryable: a call with retries left ended because the budget suppressed one.
                if number <= self._policy.retries:
                    self._suppress(environment)
                return
            number = attempt.number
            yield attempt.wait
            second = int(events.now)

    def _suppress(self, environment: Environment) -> None:
        self._suppressed += 1
        if id(environment) not in self._empty:
            self._empty.add(id(environment))
            self._emptied[int(self.events.now)] += 1

    def result(self) -> Storm:
        """Return the storm with its counters."""
        return Storm(
            self._scenario,
            self._policy,
            begun=tuple(self._begun),
            tried=tuple(self._tried),
            prompt=tuple(self._prompt),
            well=tuple(self._well),
            sent=tuple(self._sent),
            served=tuple(self._service.served),
            answered=tuple(self._answered),
            lost=tuple(self._lost),
            longest=tuple(self._service.longest),
            emptied=tuple(self._emptied),
            suppressed_retries=self._suppressed,
        )
