"""Brute force: of all schedules of one fault or two, none violates what a finding of two faults does and is smaller."""

from __future__ import annotations

import time
from itertools import chain

import pytest

from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.hunting.shrink import size
from octamem_testing.chaos.schedule.fault_catalogue import DATED, LENGTHS, FaultCatalogue
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.world.program import Program
from octamem_testing.chaos.world.runner import Runner

NOTE = "Tea at four."


def tries(call, *, again=lambda error: error.retryable, wait=lambda error: max(1.0, error.retry_after or 0.0)):
    """Try a call up to four times."""
    for attempt in range(4):
        try:
            return call()
        except OctaMemError as error:  # noqa: PERF203
            if attempt == 3 or not again(error):
                raise
            time.sleep(wait(error))
    raise AssertionError("the last attempt returns or raises")


def certainly_not_stored(error):
    """Whether a write may be sent again."""
    return error.retryable and error.outcome != "unknown"


def failed_before(client):
    """Ask for the usage, and say whether the first attempt failed."""
    failures = []
    tries(client.details, again=lambda error: failures.append(error) or error.retryable)
    return bool(failures)


def looks_in_vain(client):
    """Take a failed lookup for a note that is not stored, after an add of unknown outcome."""
    try:
        tries(lambda: client.add(content=NOTE), again=certainly_not_stored)
    except OctaMemError as error:
        if error.outcome != "unknown":
            raise
        try:
            found = client.get(query=NOTE).results or []
        except OctaMemError:
            found = []
        if not found:
            client.add(content=NOTE)
    return NOTE


def careless_after_a_failure(client):
    """Send a note again after any failure, if a call failed before."""
    careless = failed_before(client)
    tries(lambda: client.add(content=NOTE), again=lambda e: e.retryable if careless else certainly_not_stored(e))
    return NOTE


def claims_after_a_failure(client):
    """Claim a note that was not stored, if a call failed before."""
    careless = failed_before(client)
    try:
        tries(lambda: client.add(content=NOTE), again=certainly_not_stored)
    except OctaMemError:
        if not careless:
            raise
    return NOTE


def one_retry_for_both(client):
    """Spend the one retry on the first call that fails."""
    left = [0.5]
    for ask in (client.details, lambda: client.get(query="tea")):
        try:
            ask()
        except OctaMemError as error:  # noqa: PERF203
            if not left or not error.retryable:
                raise
            time.sleep(max(left.pop(), error.retry_after or 0.0))
            tries(ask)


def handler_crashes_the_second_time(client):
    """Take the next wait from a list that has one wait."""
    waits = [1.0]
    for ask in (client.details, lambda: client.get(query="tea")):
        try:
            ask()
        except OctaMemError as error:  # noqa: PERF203
            if not error.retryable:
                raise
            time.sleep(max(waits.pop(), error.retry_after or 0.0))
            tries(ask)


def at_once_after_a_failure(client):
    """Ask again without a wait, if a call failed before."""
    least = 0.0 if failed_before(client) else 1.0
    tries(lambda: client.get(query="tea"), wait=lambda error: max(least, error.retry_after or 0.0))


def impatient_after_a_failure(client):
    """Do not wait for as long as the service asks, if a call failed before."""
    impatient = failed_before(client)
    tries(
        lambda: client.get(query="tea"), wait=lambda error: max(1.0, 0.0 if impatient else (error.retry_after or 0.0))
    )


def stubborn_after_a_failure(client):
    """Send a refused request again, if a call failed before."""
    stubborn = failed_before(client)
    tries(lambda: client.get(query="tea"), again=lambda error: error.retryable or stubborn)


def other_question_after_a_failure(client):
    """Send the note under another context at the retry, if a call failed before."""
    contexts = iter(["house", "garden"] if failed_before(client) else ["house", "house"])
    at = {"context": next(contexts)}

    def again(error):
        at["context"] = next(contexts, at["context"])
        return certainly_not_stored(error)

    tries(lambda: client.add(content=NOTE, previous_context=at["context"]), again=again)
    return NOTE


def swears_after_a_failure(client):
    """End with an error of its own at a refusal, if a call failed before."""
    rude = failed_before(client)
    try:
        tries(lambda: client.get(query="tea"))
    except OctaMemError:
        if rude:
            raise LookupError("no tea") from None
        raise


def without_retries(program):
    """Give a program a client that leaves retries to it."""

    def scenario(client):
        return program(client.with_options(max_retries=0))

    scenario.__name__ = scenario.__qualname__ = program.__name__
    return scenario


TWO_FAULTS = {
    looks_in_vain: "acknowledged_once",
    careless_after_a_failure: "acknowledged_once",
    claims_after_a_failure: "acknowledged_once",
    one_retry_for_both: "recovers",
    handler_crashes_the_second_time: "only_documented_errors",
    at_once_after_a_failure: "delayed",
    impatient_after_a_failure: "retry_after_honoured",
    stubborn_after_a_failure: "refusals_not_repeated",
    other_question_after_a_failure: "nothing_unasked",
    swears_after_a_failure: "only_documented_errors",
}


class BruteForce:
    """Every schedule of one fault, and of two, at all requests that a program makes."""

    def __init__(self, program, faults, lasting):
        self.runner = Runner(Program(program))
        self.runner.baseline = self.runner.play("", stage="baseline")
        self.faults = faults
        self.lasting = [f"{fault} {length}" for fault in lasting for length in LENGTHS]
        self.compared = 0

    def requests_of(self, schedule):
        """Give each request of a round as (endpoint, number)."""
        over = self.runner.play(schedule, stage="test")
        return [(request.endpoint, int(request.name.rpartition(" ")[2])) for request in over.requests]

    def steps_at(self, endpoint):
        """Give the faults that may hit an endpoint."""
        return FaultCatalogue().at(endpoint, (*self.faults, *self.lasting))

    def singles(self):
        """Inject each fault at each request of the baseline."""
        for point in self.requests_of(""):
            for step in self.steps_at(point[0]):
                yield {point: step}

    def pairs(self):
        """Add each fault at each request that is made under a first one."""
        for first in list(self.singles()):
            for point in self.requests_of(str(Schedule.at(first))):
                if point not in first:
                    yield from ({**first, point: step} for step in self.steps_at(point[0]))

    def violates(self, invariant, schedule):
        """Whether a schedule violates the invariant."""
        return invariant.check(self.runner.play(schedule, stage="test")) is not None

    def smaller(self, invariant, found):
        """Give every schedule that violates the invariant and is smaller than the one that was found.

        Schedules that are not smaller need no round: whatever they do, they are not what is sought.
        """
        for injected in chain([{}], self.singles(), self.pairs()):
            self.compared += 1
            schedule = Schedule.at(injected)
            if size(schedule) < size(Schedule.of(found)) and self.violates(invariant, str(schedule)):
                yield str(schedule)


def nothing_is_smaller(program, name, faults, lasting, *, rounds):
    """Compare what the hunt found with what brute force finds; give the number of schedules that were compared."""
    scenario = without_retries(program)
    found = next(each for each in chaos.hunt(scenario, rounds=rounds).findings if each.invariant.name == name)
    assert found.faults == 2
    force = BruteForce(scenario, faults, lasting)
    assert force.violates(found.invariant, found.schedule)
    assert list(force.smaller(found.invariant, found.schedule)) == []
    return force.compared


CASES = [pytest.param(*each, id=each[0].__name__) for each in TWO_FAULTS.items()]


QUICK = [case for case in CASES if case.id == "one_retry_for_both"]


@pytest.mark.parametrize(("program", "name"), QUICK)
def test_no_schedule_of_a_few_kinds_is_smaller(program, name):
    """Of all schedules of the high-yield faults, none is smaller than what the hunt gives."""
    assert nothing_is_smaller(program, name, FaultCatalogue().high_yield, (), rounds=30) > 50


@pytest.mark.proof
@pytest.mark.parametrize(("program", "name"), CASES)
def test_no_schedule_is_smaller(program, name):
    """Of all schedules of one fault or two, of every kind, once or lasting, none is smaller than the finding."""
    catalogue = FaultCatalogue()
    faults = [step for step in catalogue.default if step != DATED]
    assert nothing_is_smaller(program, name, faults, catalogue.persistent, rounds=200) > 1000
