"""The fleet of a storm: every call is the SDK's own generator, in virtual time, against one service."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import Any, Generator, Optional, Set, Tuple

from octamem import OctaMemError
from octamem.testing import Answer, Call, SendOutcome, add_call, call_settings, call_steps, get_call

from .arrivals import arrivals
from .clients import Client, Clients
from .event_queue import EventQueue, Process
from .hedging import hedging_delay
from .policies import Policy
from .scenario import Scenario
from .service import LATE, Service
from .storm import Storm

__all__ = ["play"]

WRITE = add_call(content="tea")
READ = get_call(query="tea")

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
        self._kind: Call[Any] = READ if scenario.reads else WRITE
        self._settings = call_settings(timeout=scenario.timeout, max_retries=policy.retries, retry_delay=policy.delay)
        self._clients = Clients(scenario, policy, self.events.time)
        hedges = scenario.reads and policy.hedge is not None
        self._hedge_after = hedging_delay(scenario, policy.hedge or 0.0) if hedges else None
        # The SDK makes no retry that it is asked to wait too long for.
        self._asks_too_much = (scenario.retry_after or 0.0) > self._settings.max_retry_delay
        seconds = scenario.seconds
        self._begun, self._tried, self._prompt, self._well = ([0] * seconds for _ in range(4))
        self._sent, self._answered, self._lost, self._emptied = ([0] * seconds for _ in range(4))
        self._rejected = [0] * seconds
        self._empty: Set[int] = set()
        self._suppressed = 0

    def arrivals(self) -> Process:
        """Start the calls of the whole fleet."""
        for since, client in arrivals(self._scenario):
            if since:
                yield since
            self.events.resume(self._call(self._clients[client]))

    def _call(self, client: Client) -> Process:
        events, sent_in, take, done = self.events, self._sent, self._service.take, self._service.done
        environment, throttled = client
        began = second = int(events.now)
        self._begun[began] += 1
        if throttled is not None and not throttled.throttle.begin():
            self._reject(began)
            return
        steps = call_steps(self._kind, self._settings, environment)
        next(steps)
        number = 1
        # Whether the last failure was a timeout; None before the first.
        timed_out: Optional[bool] = None
        while True:
            sent_in[second] += 1
            if self._hedge_after is None:
                outcome, takes = take(events.now)
            else:
                outcome, takes = yield from self._hedged(client, self._hedge_after)
            if takes:
                yield takes
            if number == 1:
                self._tried[began] += 1
                self._prompt[began] += outcome is done
            if throttled is not None:
                if outcome is done:
                    throttled.throttle.succeed(after=timed_out)
                else:
                    timed_out = throttled.timed_out = outcome is LATE
                    throttled.throttle.fail()
            try:
                attempt = steps.send(outcome)
            except StopIteration:
                self._well[began] += 1
                self._answered[int(events.now)] += 1
                return
            except OctaMemError:
                self._lost[int(events.now)] += 1
                self._count_suppressed(client, number, outcome)
                return
            number = attempt.number
            yield attempt.wait
            second = int(events.now)

    def _reject(self, began: int) -> None:
        """Count a call that the client's own throttle rejected."""
        self._tried[began] += 1
        self._rejected[began] += 1
        self._lost[began] += 1

    def _hedged(self, client: Client, delay: float) -> Generator[float, None, Tuple[SendOutcome, float]]:
        """Send a request, and once more after the delay, or when it has failed; return the first good outcome.

        The second must be answered before the limit of the first has passed.
        """
        done, limit = self._service.done, self._scenario.timeout
        outcome, takes = self._service.take(self.events.now)
        waits, failed = min(delay, takes), takes <= delay
        if failed:
            if outcome is done:
                return outcome, takes
            self._count_failed(client)
            # What the service asks to wait counts for a hedge as well.
            waits += (self._scenario.retry_after or 0.0) if isinstance(outcome, Answer) else 0.0
        if waits >= limit:
            return outcome, takes
        if waits:
            yield waits
        left = max(0.0, takes - waits)
        budget = client.environment.budget
        if budget is not None and not budget.spend():
            return outcome, left
        self._sent[int(self.events.now)] += 1
        second, more = self._service.take(self.events.now)
        if more > limit - waits:
            second, more = LATE, limit - waits
        if outcome is not done and second is not done and not failed:
            self._count_failed(client)
        if (outcome is done) == (second is done):
            earlier = min if outcome is done else max
            return earlier((outcome, left), (second, more), key=lambda end: end[1])
        return (outcome, left) if outcome is done else (second, more)

    @staticmethod
    def _count_failed(client: Client) -> None:
        """Count the failure of the first of two requests; that of the second is the failure of the call."""
        if client.throttled is not None:
            client.throttled.timed_out = False
            client.throttled.throttle.fail()

    def _count_suppressed(self, client: Client, number: int, outcome: SendOutcome) -> None:
        """Count a lost call whose client had a retry left that its budget or throttle suppressed."""
        if number > self._policy.retries or (self._asks_too_much and isinstance(outcome, Answer)):
            return
        self._suppressed += 1
        if id(client) not in self._empty:
            self._empty.add(id(client))
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
            rejected=tuple(self._rejected),
            suppressed_retries=self._suppressed,
        )
