"""Retry bugs of public reports, in ordinary tests that pass: the verdict names the bug, and lets its cure be."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, List

import pytest
from reported_programs import Agent, recall_in_layers

from fake_server.core import Fake
from octamem import OctaMem, OctaMemError
from octamem_testing import VirtualClock
from octamem_testing.invariants.verdict import violations

pytestmark = pytest.mark.octamem(verdict="off")


@pytest.fixture(params=["reported", "cured"])
def cured(request: pytest.FixtureRequest) -> bool:
    """Give whether the program has the cure."""
    return bool(request.param == "cured")


def found(fake: Fake, run: Callable[[], Any]) -> List[str]:
    """Run a program as an app that lives with its errors, and give the invariants that its calls violate."""
    with suppress(OctaMemError):
        run()
    return [violation.invariant for violation in violations(fake)]


@pytest.mark.octamem(faults="search: 401 x5", unused="allow")
def test_an_invalid_key_that_is_retried(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, *, cured: bool
) -> None:
    """A desktop app for agents was reported to retry an invalid API key again and again."""
    agent = Agent(octamem_client, octamem_clock.sleep)
    expected = [] if cured else ["refusals_not_repeated"]
    assert found(octamem_fake, lambda: agent.recall("when is tea?", cured=cured)) == expected


@pytest.mark.octamem(faults="search: 429(retry-after=30)")
def test_a_retry_after_that_is_captured_and_not_used(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, *, cured: bool
) -> None:
    """A core of MCP servers was reported to put Retry-After into its error, and to wait for its own back-off alone."""
    agent = Agent(octamem_client, octamem_clock.sleep)
    expected = [] if cured else ["retry_after_honoured"]
    assert found(octamem_fake, lambda: agent.recall_slowly("when is tea?", cured=cured)) == expected


@pytest.mark.octamem(faults="add: hang @after")
def test_a_write_that_timed_out_and_is_made_twice(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, *, cured: bool
) -> None:
    """A portfolio service was reported to create a second portfolio when a timed-out create was sent again."""
    agent = Agent(octamem_client, octamem_clock.sleep)
    expected = [] if cured else ["acknowledged_once"]
    assert found(octamem_fake, lambda: agent.save("Tea is at four.", cured=cured)) == expected


@pytest.mark.octamem(faults="search: 429 x16", unused="allow")
def test_retries_of_an_app_around_those_of_the_sdk(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, *, cured: bool
) -> None:
    """A bot framework was reported to send three requests for one, since its retries and those of its SDK stack up."""
    expected = [] if cured else ["bounded"]
    run = lambda: recall_in_layers(octamem_client, octamem_clock.sleep, "when is tea?", cured=cured)  # noqa: E731
    assert found(octamem_fake, run) == expected


@pytest.mark.octamem(faults="details: reset x2, close")
def test_a_lost_connection_that_is_retried_at_once(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, *, cured: bool
) -> None:
    """A runtime was asked to retry at once if it cannot connect: all its retries then fall into one short outage."""
    agent = Agent(octamem_client, octamem_clock.sleep)
    expected = [] if cured else ["delayed"]
    assert found(octamem_fake, lambda: agent.connect(cured=cured)) == expected
