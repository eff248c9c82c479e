"""Scenarios that are not the same each time: told with what differs, rather than hunted in vain."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import ClassVar, Optional

import httpx
import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.judge.invariant import compares_texts

AT_FIRST = f"{datetime(2026, 1, 1, tzinfo=timezone.utc).astimezone():%H:%M:%S} the job ran"
"""What a program writes when a round begins, in the time zone of the machine."""


def by_the_clock(client):
    """Write the moment into a note, which is another where what went before was late."""
    client.get(query="tea")
    client.with_options(retry_unknown_writes=False).add(content=f"{datetime.now():%H:%M:%S} the job ran")  # noqa: DTZ005 - as programs do


def by_chance(client):
    """Write a number into a note, which is another where a wait before it was drawn too."""
    for _ in range(3):
        try:
            client.with_options(max_retries=0).get(query="tea")
            break
        except OctaMemError as error:
            if error.status_code in (400, 401, 403, 404):
                raise
            time.sleep((error.retry_after or 1) + random.random())
    client.with_options(retry_unknown_writes=False).add(content=f"job {random.randrange(10**6)}")


@pytest.mark.parametrize(("scenario", "said"), [(by_the_clock, AT_FIRST), (by_chance, "job ")])
def test_texts_that_depend_on_the_moment_or_on_chance_are_told(scenario, said):
    """Where a promise seems broken by a text alone, a round at another time and with another seed shows which."""
    with pytest.raises(chaos.ScenarioError, match="depends on the time or on random: .*" + said):
        chaos.hunt(scenario)


@dataclass(frozen=True)
class AsWithoutFaults:
    """Whatever the round without faults stores is stored: a promise of a user's own."""

    name: ClassVar[str] = "as_without_faults"

    def check(self, over: chaos.Round, /) -> Optional[str]:
        lost = over.baseline.stored - over.stored
        return f"not stored: {next(iter(lost))[0]}" if lost and over.error is None else None


@dataclass(frozen=True)
class AsWithoutFaultsByText(AsWithoutFaults):
    """The same, which says of itself that it compares texts."""

    compares_texts: ClassVar[bool] = True


def test_a_promise_says_of_itself_that_it_compares_texts():
    """One of a user's own is told of such texts too where it says so; one that says nothing is taken at its word."""
    with pytest.raises(chaos.ScenarioError, match=f"on the time or on random: .*{AT_FIRST}"):
        chaos.hunt(by_the_clock, invariants=[AsWithoutFaultsByText()])
    assert chaos.hunt(by_the_clock, rounds=40, invariants=[AsWithoutFaults()]).finding.invariant == AsWithoutFaults()


def test_the_promises_that_compare_texts_are_those_of_the_documents():
    """Where another round decides whether the fault has moved a text is told by the page, by the promises' names."""
    page = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text(encoding="utf-8")
    *those, last = [f"`{invariant.name}`" for invariant in chaos.INVARIANTS if compares_texts(invariant)]
    assert f"if {', '.join(those)} or {last} would be violated" in " ".join(page.split())


def test_a_moment_in_a_text_hides_no_bug():
    """What breaks a promise whatever the text is found as ever, and so is a body made anew for each attempt."""

    def stored_twice(client):
        client.add(content=f"{datetime.now():%H:%M:%S} the job ran")  # noqa: DTZ005 - as programs do

    def made_anew():
        with httpx.Client(headers={"Authorization": "Bearer " + os.environ["OCTAMEM_API_KEY"]}) as http:
            for number in range(3):
                note = {"content": f"{datetime.now():%H:%M:%S} the job ran"}  # noqa: DTZ005 - the bug
                with suppress(httpx.TransportError):
                    answer = http.post(
                        "https://platform.octamem.com/api/memory/add", json=note, headers={"Idempotency-Key": "one"}
                    )
                    if answer.status_code not in (408, 425, 429, 500, 502, 503, 504):
                        answer.raise_for_status()
                        return
                    time.sleep(float(answer.headers.get("Retry-After", 0)))
                time.sleep(2**number)
            raise OctaMemError("not saved")

    assert chaos.hunt(stored_twice, rounds=40).finding.invariant.name == "acknowledged_once"
    assert chaos.hunt(made_anew, rounds=60, invariants=[chaos.SameCall()]).finding.invariant.name == "same_call"


def test_jitter_and_dates_are_no_such_dependence():
    """How long is waited may be drawn, and the day may stand in a note."""

    def scenario(client):
        time.sleep(random.random())
        client.with_options(retry_unknown_writes=False).add(content=f"{datetime.now():%Y-%m-%d} the job ran")  # noqa: DTZ005 - as above

    report = chaos.hunt(scenario, rounds=20)
    assert (report.finding, report.rounds, report.stages["baseline"]) == (None, 20, 2)


def uses_up():
    """Make a program whose waits are shared by all its rounds."""

    def scenario(client, delays=[1, 2, 4]):  # noqa: B006 - the bug
        while True:
            try:
                return client.with_options(max_retries=0).get(query="tea") and None
            except OctaMemError as error:  # noqa: PERF203 - that is what it does
                if error.status_code in (400, 401, 403, 404) or not delays:
                    raise
                time.sleep(max(delays.pop(0), error.retry_after or 0))

    return scenario


def slows_down():
    """Make a program that waits before each call once it was refused."""
    slow = []

    def scenario(client):
        time.sleep(5 * len(slow))
        try:
            client.get(query="tea")
        except OctaMemError:
            slow[:] = [True]

    return scenario


def does_without():
    """Make a program that does no more after the first refusal."""
    down = []

    def scenario(client):
        try:
            client.details()
            if not down:
                client.get(query="tea")
        except OctaMemError:
            down.append(1)

    return scenario


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (uses_up, "with the schedule '.*', recovers held in one round, but was violated in another"),
        (slows_down, "it took 0 s in the first, 5 s in the second"),
        (does_without, "was sent to search once in the first and not at all in the second"),
    ],
)
def test_state_that_a_round_leaves_behind_is_told(make, said):
    """What an earlier round changed is found by rounds that are made again, before a finding and at the end."""
    with pytest.raises(chaos.ScenarioError, match="keeps state between rounds: .*" + said):
        chaos.hunt(make(), rounds=60)


def test_a_schedule_that_struck_nothing_covers_nothing():
    """Those that were not met are counted apart, and said."""

    def scenario(client):  # what closes the client that is given strikes no other
        with OctaMem() as own:
            own.details()

    report = chaos.hunt(scenario, rounds=80)
    ran, of = report.covered["single"]
    assert (of - ran, report.unmet) == (1, {"single": 1})
    assert f"single {ran} of {of} (1 not met)" in str(report)


URL = "https://platform.octamem.com/api/memory/search"
HEADERS = {"Authorization": "Bearer sk-om-live-any-0000001"}


def one_shot(*, fresh):
    """Make a program that sends a body which can be read once, in a loop that tries again."""

    def scenario():
        def body():
            yield b'{"query": "tea"}'

        with httpx.Client(trust_env=False, verify=False) as client:
            made = None
            for _ in range(2):
                if made is None or fresh:
                    made = client.build_request("POST", URL, content=body(), headers=HEADERS)
                if client.send(made).status_code == 200:
                    return
                time.sleep(1)

    return scenario


def one_shot_async(*, fresh):
    """Make the same program, async."""

    async def scenario():
        async def body():
            yield b'{"query": "tea"}'

        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            made = None
            for _ in range(2):
                if made is None or fresh:
                    made = client.build_request("POST", URL, content=body(), headers=HEADERS)
                if (await client.send(made)).status_code == 200:
                    return
                await asyncio.sleep(1)

    return scenario


@pytest.mark.parametrize("make", [one_shot, one_shot_async])
def test_a_body_that_can_be_read_once_is_sent_once(make):
    """A second attempt with a generator for its body fails as over a socket, and that is the program's error."""
    settings = {"keys": ["sk-om-live-any-0000001"]}
    with pytest.raises(chaos.ChaosFailure, match="the scenario ended with StreamConsumed"):
        chaos.replay(make(fresh=False), "search: 503", settings=settings)
    assert chaos.replay(make(fresh=True), "search: 503", settings=settings).error is None


@pytest.fixture
def interruptible():
    """Python's own handler of SIGINT, which is not there where a shell began the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_is_swallowed_ends_the_hunt_all_the_same(interruptible):
    """A SIGINT where nothing can be raised is seen before the next round, and the handler is put back."""
    rounds = []

    def scenario(client):
        rounds.append(1)
        try:
            if len(rounds) == 5:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            pass
        client.details()

    with pytest.raises(KeyboardInterrupt):
        chaos.hunt(scenario)
    assert (len(rounds), signal.getsignal(signal.SIGINT)) == (5, interruptible)
