"""How a round may end: by errors that are no Exception, from outside, and with texts that cannot be had."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from contextlib import suppress

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos


class Odd(BaseException):
    """An error of the program's own that is no Exception."""


@pytest.mark.parametrize("ends", [pytest.fail, pytest.skip, Odd], ids=["fail", "skip", "own"])
@pytest.mark.parametrize("way", ["sync", "async"])
def test_whatever_a_scenario_raises_is_how_it_ended(ends, way):
    """pytest.fail, a skip and any BaseException under a fault are found with their schedule."""

    def sync(client):
        try:
            client.get(query="tea")
        except OctaMemError:
            raise ends("no tea") from None

    async def asynchronous(client):
        try:
            await client.get(query="tea")
        except OctaMemError:
            raise ends("no tea") from None

    finding = chaos.hunt(sync if way == "sync" else asynchronous, rounds=40).finding
    assert (finding.invariant.name, finding.schedule) == ("only_documented_errors", "search: 401")
    assert "no tea" in finding.evidence


def test_a_skip_without_any_fault_skips_the_test():
    """What is not to be run here is not hunted; and whoever ends the whole run ends it at any time."""

    def skips(client):
        pytest.skip("not here")

    def leaves(client):
        try:
            client.get(query="tea")
        except OctaMemError:
            pytest.exit("enough")

    with pytest.raises(pytest.skip.Exception, match="not here"):
        chaos.hunt(skips)
    with pytest.raises(pytest.exit.Exception, match="enough"):
        chaos.hunt(leaves, rounds=40)


def polls_in_a_thread(wait):
    """Make a program that looks for what a thread has done, which dies of the first refusal."""

    def scenario(client):
        done = []
        thread = threading.Thread(target=lambda: done.append(client.get(query="tea")))
        thread.start()
        while not done:
            time.sleep(wait)
        thread.join()

    return scenario


def polls_in_a_task(wait):
    """Make the same program of tasks."""

    async def scenario(client):
        done = []

        async def work():
            done.append(await client.get(query="tea"))

        task = asyncio.ensure_future(work())
        while not done:  # noqa: ASYNC110 - as programs do
            await asyncio.sleep(wait)
        await task

    return scenario


SLOWLY, OFTEN = "it waited for longer than 3,601 s in all", "it waited 100,000 times and sent nothing in between"


@pytest.mark.parametrize(
    ("make", "wait", "why"),
    [(polls_in_a_thread, 1, SLOWLY), (polls_in_a_task, 1, SLOWLY), (polls_in_a_thread, 0.001, OFTEN)],
)
def test_who_looks_for_what_never_comes_is_stopped(make, wait, why):
    """The text says why, where the program waited, and what its thread or task had died of."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(make(wait), "search: 401")
    finding = caught.value.finding
    assert finding.invariant.name == "bounded"
    assert f"the round was stopped: {why} (at test_chaos_endings.py:" in finding.evidence
    assert "in scenario), after a thread or task of it had ended with AuthenticationError" in finding.evidence


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_loop_without_any_wait_is_stopped(way):
    """So is one that only yields."""

    async def asynchronous(client):
        await client.details()
        while client:  # noqa: ASYNC110 - as programs do
            await asyncio.sleep(0)

    def sync(client):
        client.details()
        while client:
            time.sleep(0)

    with pytest.raises(chaos.ChaosFailure, match="100,000 times"):
        chaos.replay(sync if way == "sync" else asynchronous, "")


def test_what_is_stuck_is_said_once_and_where():
    """The line of the wait is the program's own."""

    async def scenario(client):
        await client.details()
        await asyncio.Event().wait()

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(scenario, "")
    line = scenario.__code__.co_firstlineno + 2
    ended = next(text for text in str(caught.value).splitlines() if text.startswith("ended:"))
    assert ended.count("it waited for something that can never happen") == 1
    assert f"(at test_chaos_endings.py:{line} in scenario)" in ended


class Unreadable(Exception):
    """An error whose message cannot be read."""

    def __str__(self):
        raise LookupError("no text")


def test_an_error_without_a_text_is_judged_as_any():
    """It is the program's, and no mistake of the promise."""

    def scenario(client):
        try:
            client.get(query="tea")
        except OctaMemError:
            raise Unreadable from None

    with pytest.raises(chaos.ChaosFailure, match=r"ended with Unreadable: \(its message cannot be read: LookupError\)"):
        chaos.replay(scenario, "search: 401")


class Yields:
    """An object whose call is a generator."""

    def __call__(self, client):
        yield client.get(query="tea")


def asks(question, client):
    """Ask a question."""
    client.get(query=question)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (Yields(), "is a generator function"),
        (functools.partial(asks, question="tea"), r"got client of .*asks.* by keyword; wrap it .*it\(client=client\)"),
    ],
)
def test_what_is_no_scenario_is_told_what_to_do(scenario, said):
    """An object that yields, and a client that is taken by keyword, are named for what they are."""
    with pytest.raises(chaos.ScenarioError, match=said):
        chaos.hunt(scenario)


def test_cancelling_is_not_drawn():
    """A strategy of our own steps alone says where they belong."""
    with pytest.raises(ValueError, match=r"cancel, close-client, cancel-wait, crash.* cannot be drawn"):
        chaos.fault_schedules(faults="cancel")


def asked_again(reopen):
    """Ask, and once more after a failure that is taken for a broken connection."""

    def program():
        client = OctaMem(max_retries=1)
        try:
            client.get(query="when is tea?")
        except OctaMemError as error:
            client.close()
            if not error.retryable:
                raise
            time.sleep(max(2.0, error.retry_after or 0.0))
            client = OctaMem(max_retries=1) if reopen else client
            client.get(query="when is tea?")

    return program


def test_a_call_after_the_programs_own_close_is_found():
    """The error of a closed client is documented, but only a program that closed it too early ends with it."""
    finding = chaos.hunt(asked_again(reopen=False), rounds=60).finding
    assert finding.invariant.name == "only_documented_errors"
    assert "a client that it had closed itself" in finding.evidence
    assert "keep the client open" in finding.evidence


def test_a_client_that_is_built_again_passes():
    """The twin closes the broken client and builds another one."""
    assert chaos.hunt(asked_again(reopen=True), rounds=60).finding is None


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_client_that_chaos_closed_is_no_fault_of_the_program(way):
    """The step `close-client` makes a program end with the same error."""

    def ask(client):
        with suppress(OctaMemError):
            client.get(query="when is tea?")
        client.get(query="who comes?")

    async def ask_async(client):
        with suppress(OctaMemError):
            await client.get(query="when is tea?")
        await client.get(query="who comes?")

    over = chaos.replay(
        ask if way == "sync" else ask_async, "search: close-client", invariants=[chaos.OnlyDocumentedErrors()]
    )
    assert over.error.message == "this client is closed"
