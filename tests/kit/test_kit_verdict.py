"""The verdict: retry bugs that the calls of an ordinary test show, and correct programs that look like them."""

from __future__ import annotations

import asyncio
import functools
import time
from contextlib import suppress
from typing import Any, Callable, List
from unittest import mock

import httpx
import pytest
import verdict_programs
from verdict_programs import RIGHT, WRONG, Retrier, ask, once, sends, swallows_refusals

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import FakeTransport, OctaMemServer, VirtualClock, assert_invariants
from octamem_testing.invariants.sightings import sightings_of
from octamem_testing.invariants.verdict import violations

pytestmark = pytest.mark.octamem(verdict="off", unused="allow")


def found(fake: Fake) -> List[str]:
    """Give the invariants that the calls so far violate."""
    return [violation.invariant for violation in violations(fake)]


@pytest.mark.parametrize(
    ("program", "script", "expected"), WRONG, ids=[f"{each[0].__name__}-{each[1]}" for each in WRONG]
)
def test_a_retry_bug_is_found(
    program: Callable[[OctaMem, VirtualClock], Any],
    script: str,
    expected: List[str],
    octamem_client: OctaMem,
    octamem_fake: Fake,
    octamem_clock: VirtualClock,
) -> None:
    """A program that the fault leads to a wrong retry is found by the invariant that it violates."""
    octamem_fake.faults(script)
    with suppress(OctaMemError):
        program(octamem_client, octamem_clock)
    assert found(octamem_fake) == expected
    with pytest.raises(AssertionError, match=f"the calls show a retry bug:\n  {expected[0]}: "):
        assert_invariants(octamem_fake)


@pytest.mark.octamem(faults="search: 503; add: 401")
def test_an_async_program_is_judged_by_its_own_frames(async_octamem_client: AsyncOctaMem, octamem_fake: Fake) -> None:
    """Tasks that send the same at the same time are no retries, and a loop in one of them is one."""

    async def patient() -> Any:
        for _ in range(3):
            try:
                return await async_octamem_client.with_options(max_retries=0).get(query="tea")
            except OctaMemError:  # noqa: PERF203 - a retry loop
                await asyncio.sleep(0)
        return None

    async def asks() -> None:
        with suppress(OctaMemError):
            await async_octamem_client.add(content="tea")

    async def several() -> None:
        await asyncio.gather(asks(), asks(), asks())

    asyncio.run(several())
    assert found(octamem_fake) == []
    asyncio.run(patient())
    assert found(octamem_fake) == ["delayed"]


@pytest.mark.parametrize(("program", "script"), RIGHT, ids=[f"{each[0].__name__}-{each[1]}" for each in RIGHT])
def test_a_correct_program_is_not_suspected(
    program: Callable[[OctaMem, VirtualClock], Any],
    script: str,
    octamem_client: OctaMem,
    octamem_fake: Fake,
    octamem_clock: VirtualClock,
) -> None:
    """A program that is right under the fault, or whose requests are not known to be one call's, is left alone."""
    octamem_fake.faults(script)
    with suppress(OctaMemError):
        program(octamem_client, octamem_clock)
    assert_invariants(octamem_fake)


def no_sleep(_: float) -> None:
    """Wait for nothing, in the place of a sleep."""


@pytest.mark.parametrize(
    "run",
    [
        lambda client: Retrier(client, sleep=lambda _: None).ask(),
        lambda client: Retrier(client, sleep=[].append).ask(),
        lambda client: Retrier(client, sleep=mock.Mock()).ask(),
        lambda client: Retrier(client, delay=0).ask(),
        lambda client: ask(client, 0),
        mock.patch("time.sleep")(lambda client, _: ask(client)),
        mock.patch.object(time, "sleep", no_sleep)(ask),
        mock.patch.object(verdict_programs, "time")(lambda client, _: ask(client)),
    ],
    ids=["lambda", "append", "mock", "zero", "argument", "patched", "replaced", "module"],
)
@pytest.mark.octamem(faults="search: 429(retry-after=7), 503 x2")
def test_waits_that_a_test_took_out_are_not_judged(
    run: Callable[[OctaMem], Any], octamem_client: OctaMem, octamem_fake: Fake
) -> None:
    """If the test replaced the sleep, or chose a wait of 0, no wait is missed."""
    assert run(octamem_client) is not None
    assert_invariants(octamem_fake)


@pytest.mark.octamem(faults="search: 503 x3, 401 x3")
def test_refusals_that_a_test_expects_are_its_own(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A helper that expects each failure is a part of the test."""

    def fails(times: int) -> None:
        for _ in range(times):
            with pytest.raises(OctaMemError):
                once(octamem_client).get(query="tea")

    fails(6)
    assert_invariants(octamem_fake)


@pytest.mark.octamem(faults="add: 401, 429(retry-after=5)")
def test_a_program_without_an_sdk_is_judged(octamem_mock: Fake, octamem_clock: VirtualClock) -> None:
    """The mock sees whose requests belong together, whatever client sends them."""
    with httpx.Client() as client:
        sends(client, octamem_mock.api_key, "one", functools.partial(octamem_clock.sleep, 1))
    assert found(octamem_mock) == ["refusals_not_repeated", "retry_after_honoured"]


# A minute: a loaded machine takes a second for two attempts, which then would be a wait.
@pytest.mark.octamem(faults="add: 429(retry-after=60), 503")
@pytest.mark.parametrize(("token", "expected"), [("one", ["retry_after_honoured"]), ("", [])])
def test_over_http_an_idempotency_key_says_what_is_one_call(
    token: str, expected: List[str], octamem_server: OctaMemServer
) -> None:
    """If nobody sees the sender, such as in a task, requests with one Idempotency-Key alone are judged."""
    headers = {"Authorization": f"Bearer {octamem_server.api_key}", **({"Idempotency-Key": token} if token else {})}

    async def program() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(3):
                await client.post(f"{octamem_server.url}/api/memory/add", json={"content": "tea"}, headers=headers)

    asyncio.run(program())
    assert found(octamem_server.fake) == expected


@pytest.mark.octamem(faults="search: 401, 429(retry-after=60)")
def test_over_http_a_thread_that_waits_for_the_answer_is_the_sender(octamem_server: OctaMemServer) -> None:
    """A loop in a thread of this process is judged, and what a test sends by hand is not."""
    headers = {"Authorization": f"Bearer {octamem_server.api_key}", "Idempotency-Key": "one"}
    octamem_server.fake.faults("details: 401")
    with httpx.Client(trust_env=False, headers=headers) as client:
        for _ in range(2):
            client.post(f"{octamem_server.url}/api/memory/details", json={})
    assert found(octamem_server.fake) == []
    with OctaMem() as client:
        swallows_refusals(client, VirtualClock(Fake()))
    assert found(octamem_server.fake) == ["refusals_not_repeated", "retry_after_honoured"]


@pytest.mark.octamem(faults="search: 503; details: 401; add: reset @after", unused="allow")
@pytest.mark.parametrize(("call", "expected"), [("get", []), ("details", []), ("add", ["acknowledged_once"])])
def test_another_gateway_may_be_asked_at_once(
    call: str, expected: List[str], octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second host needs no wait and may answer otherwise, but stores in the same memory."""
    gateway, service = "https://gateway.example", "https://platform.octamem.com"
    monkeypatch.setenv("OCTAMEM_BASE_URL", gateway)

    def tries(base_url: str) -> None:
        with OctaMem(octamem_mock.api_key, base_url=base_url, max_retries=0) as client:
            getattr(client, call)(**{"get": {"query": "tea"}, "add": {"content": "tea"}}.get(call, {}))

    try:
        tries(gateway)
    except OctaMemError:
        tries(service)
    assert found(octamem_mock) == expected


def test_frames_are_let_go_with_the_next_attempt(octamem_fake: Fake) -> None:
    """What a function held is free once its request was repeated, or the test has been judged."""
    octamem_fake.faults("search: 503 x2")
    with OctaMem(octamem_fake.api_key, transport=FakeTransport(octamem_fake), max_retries=0) as client:
        for _ in range(2):
            with suppress(OctaMemError):
                client.get(query="tea")
    sightings = sightings_of(octamem_fake)
    first, second = (sightings.of(entry) for entry in octamem_fake.requests())
    assert first is not None and second is not None  # noqa: PT018 - both are seen
    assert (first.trail, bool(second.trail)) == ((), True)
    sightings.forget_senders()
    assert second.trail == ()
