"""The findings of a hunt: the baseline is judged, all violated invariants are reported, by the plainest schedules."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from contextlib import suppress
from itertools import count

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.hunting import hunt
from octamem_testing.chaos.hunting.progress import Progress
from octamem_testing.chaos.hunting.shrink import size
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.world.runner import Runner

NOTE = "Tea is at four."
HONOURED = {"idempotency": True}


def adds(client, *contexts):
    for context in contexts:
        client.with_options(retry_unknown_writes=False).add(content=NOTE, previous_context=context)


def returns(claim, *contexts):
    """Make a program that adds the note under each context, and returns the claim."""

    def scenario(client):
        adds(client, *contexts)
        return claim

    return scenario


def races(client):
    """Look from two threads whether the note is there, and add it if it is not."""
    both_looked = threading.Barrier(2)

    def save():
        found = client.get(query=NOTE).results
        both_looked.wait()
        if not found:
            client.add(content=NOTE)

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return NOTE


@pytest.mark.parametrize(
    "scenario",
    [returns(NOTE, "", ""), returns([NOTE], "", ""), returns({NOTE}, "", ""), returns(NOTE, "a", "b", "b"), races],
)
def test_a_note_that_is_claimed_once_and_stored_twice_is_a_finding_of_the_baseline(scenario):
    """No fault is needed for it, and the evidence says how to claim it twice."""
    finding = chaos.hunt(scenario, rounds=3, settings=HONOURED).finding
    assert (finding.invariant.name, finding.schedule, finding.rounds) == ("acknowledged_once", "", 1)
    assert "once, but is stored 2 times" in finding.evidence
    assert "return it as often as it should be stored" in finding.evidence


@pytest.mark.parametrize(
    ("scenario", "memories"),
    [
        (returns(None, "", ""), ()),
        (returns([NOTE, NOTE], "", ""), ()),
        (returns(["another"], "", ""), ["another"]),
        (returns(NOTE, "a", "b"), ()),
        (returns(NOTE, ""), [NOTE]),
        (returns(NOTE), [NOTE, NOTE]),
    ],
)
def test_what_is_stored_twice_on_purpose_is_no_finding(scenario, memories):
    """A note may be claimed twice, or by nobody, have two contexts, or be there before."""
    finding = chaos.replay(scenario, "", memories=memories)
    assert finding.error is None


def test_the_same_note_under_two_accounts_is_no_finding():
    """Each account has its own memory."""

    def scenario(client):
        client.add(content=NOTE)
        client.with_options(api_key="sk-om-live-second-account-01").add(content=NOTE)
        return NOTE

    assert chaos.replay(scenario, "").error is None


def rude(client: OctaMem) -> str:
    """Send the note again at once, whatever the service asked for, and whatever became of the first."""
    once = client.with_options(max_retries=0)
    try:
        once.add(content=NOTE)
    except OctaMemError:
        once.add(content=NOTE)
    return NOTE


@pytest.fixture(scope="module")
def failure():
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.run(rude, rounds=40)
    return caught.value


def test_every_violated_invariant_is_reported_the_worst_first(failure):
    """Impatience does not hide a double write, although it comes first or in the same round."""
    names = [finding.invariant.name for finding in failure.report.findings]
    order = [invariant.name for invariant in chaos.INVARIANTS]
    assert {"acknowledged_once", "retry_after_honoured", "refusals_not_repeated", "delayed"} <= set(names)
    assert names == sorted(set(names), key=order.index)
    assert failure.finding is failure.findings[0] is failure.report.finding
    assert min(finding.rounds for finding in failure.findings) == 3
    assert all(finding.faults == 1 for finding in failure.findings)


def test_each_finding_is_in_the_message_the_page_and_the_tests(failure):
    """The worst is shown in full, each other one with its evidence, schedule and test."""
    shown = (str(failure), failure.report.html(), str(failure.report))
    for finding in failure.findings:
        assert all(f"{finding.invariant.name} is violated" in text for text in shown)
        assert finding.regression_test in str(failure) + "\n"
    assert failure.report.regression_tests == tuple(finding.regression_test for finding in failure.findings)


def test_each_pasted_test_fails_by_its_own_invariant(failure):
    """A test of one finding looks at that one, so that it passes once that one is corrected."""
    for finding in failure.findings:
        assert f"invariants=[chaos.{type(finding.invariant).__name__}()]" in finding.regression_test
        assert f'"{finding.schedule}"' in finding.regression_test
        with pytest.raises(chaos.ChaosFailure) as caught:
            chaos.replay(rude, finding.schedule, invariants=[finding.invariant])
        assert caught.value.finding.invariant == finding.invariant


def test_which_schedule_is_plainer_follows_from_the_faults_that_are_named():
    """The one that is named first is the plainest, so no later one is tried in its place."""

    def saves(client):
        client.add(content=NOTE)
        return NOTE

    report = chaos.hunt(saves, faults=["503 @after", "reset @after"], rounds=10)
    assert (report.finding.schedule, report.finding.found) == ("add: 503 @after", "add: 503 @after")
    assert "shrink" not in report.stages


def test_a_finding_is_shown_without_another_round(monkeypatch):
    """What a finding shows was learned by the hunt, so that it can be shown anywhere, as on a running event loop."""

    async def jittery(client):
        for _ in range(3):
            with suppress(OctaMemError):
                await client.with_options(max_retries=0).add(content=NOTE)
                return NOTE
            await asyncio.sleep(random.uniform(0.0, 0.0015))
        return None

    findings = chaos.hunt(jittery, rounds=20).findings
    monkeypatch.setattr(Runner, "play", None)
    assert "delayed" in [finding.invariant.name for finding in findings]
    assert all("invariants=[chaos." in finding.regression_test for finding in findings if not finding.alone)


def test_a_hunt_of_rounds_that_are_stopped_by_force_ends_early(monkeypatch):
    """A program that never ends after a fault takes no minutes, and the report says why the hunt ended."""

    def endless(client):
        once = client.with_options(max_retries=0)
        try:
            once.details()
        except OctaMemError:
            while True:
                with suppress(OctaMemError):
                    once.details()

    monkeypatch.setattr(hunt, "MOST_STOPPED", 2)
    report = chaos.hunt(endless, faults=["404", "403", "401"], rounds=200, invariants=[chaos.Bounded()])
    assert [finding.schedule for finding in report.findings] == ["details: 404"]
    assert report.ended == "2 rounds had to be stopped by force"
    assert report.stages["single"] == 2


def breaks_in_round(number, wait):
    """Make a program that stores twice, and has another bug in one round alone."""
    rounds = count(1)

    def scenario(client):
        wait()
        if next(rounds) == number:
            raise LookupError("no such tea")
        client.add(content=NOTE)
        return NOTE

    return scenario


def reads_a_socket():
    """Wait for a socket, which no virtual time can move."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"tea")
        ours.recv(3)


@pytest.mark.parametrize(
    ("wait", "reason"),
    [(lambda: None, "keeps state between rounds"), (reads_a_socket, "waits for something that virtual time cannot")],
)
def test_a_round_that_cannot_be_repeated_ends_a_hunt_that_has_found_something(wait, reason):
    """The failure shows what was found, and says why the hunt ended, as an error would without a finding."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.run(
            breaks_in_round(40, wait), rounds=60, invariants=[chaos.AcknowledgedOnce(), chaos.OnlyDocumentedErrors()]
        )

    assert [finding.invariant.name for finding in caught.value.findings] == ["acknowledged_once"]
    assert f"the hunt ended early: the scenario {reason}" in str(caught.value)


def test_progress_counts_the_rounds_of_the_search(monkeypatch):
    """The rounds that make a schedule smaller are none of the rounds that the hunt was given."""
    told = []
    monkeypatch.setattr(Progress, "tell", lambda _, rounds, findings: told.append((rounds, findings)))

    report = chaos.hunt(rude, rounds=15)
    assert report.stages["shrink"] > 0
    assert told[-1] == (15, len(report.findings))


def test_a_fault_is_plainer_than_a_closed_client():
    """Of two schedules of equal size, faults come before steps of chaos itself, and one kind before two."""
    order = ["add: 503", "add: 503 x4", "add: close-client", "search: 503, ok, 503", "search: 503, ok, reset"]
    assert sorted(order, key=lambda text: size(Schedule.of(text))) == order
