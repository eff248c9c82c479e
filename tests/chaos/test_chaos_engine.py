"""run, hunt and replay: what a scenario may be, what it claims, and when there is nothing to judge."""

from __future__ import annotations

import asyncio
import itertools
import os
from contextlib import suppress
from functools import partial

import anyio
import pytest
from chaos_programs import both, saves_and_asks

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos


def adds(client):
    """Save one note."""
    client.add(content="tea")
    return "tea"


async def adds_async(client):
    """Save one note."""
    await client.add(content="tea")
    return "tea"


class Adds:
    """A callable object."""

    def __call__(self, client):
        return adds(client)


class AddsAsync:
    """A callable object that is async."""

    async def __call__(self, client):
        return await adds_async(client)


def builds_its_own():
    """Save one note with a client from the environment."""
    with OctaMem() as client:
        return adds(client)


async def builds_its_own_async():
    """Save one note with a client from the environment."""
    async with AsyncOctaMem() as client:
        return await adds_async(client)


@pytest.mark.parametrize(
    "scenario",
    [
        adds,
        adds_async,
        Adds(),
        AddsAsync(),
        partial(adds),
        partial(adds_async),
        lambda client: adds_async(client),  # noqa: PLW0108 - a function that is not async gives the coroutine
        lambda client, _times=1: adds(client),
        builds_its_own,
        builds_its_own_async,
        lambda: builds_its_own_async(),  # noqa: PLW0108 - as above
    ],
    ids=[
        "function", "async function", "object", "async object", "partial", "async partial",
        "lambda that gives a coroutine",
        "lambda with a default", "its own client", "its own async client", "its own, by a coroutine",
    ],
)  # fmt: skip
def test_a_scenario_is_whatever_can_be_called(scenario):
    """Functions, partials, objects and lambdas are scenarios, sync or async, with a client or one of their own."""
    over = chaos.replay(scenario, "add: 429(retry-after=7)")
    assert [(request.name, request.status) for request in over.requests] == [("add 1", 429), ("add 2", 200)]
    assert (over.seconds, over.claims.saved, over.error) == (7.0, ("tea",), None)
    with pytest.raises(chaos.ChaosFailure, match="acknowledged_once"):
        chaos.run(scenario, rounds=10)


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (lambda client, note: None, "expected at most one required argument .*, got client, note of .*<lambda>"),
        (lambda *, client: None, "expected the client as a positional argument, got client of .*<lambda> by keyword"),
        (7, "expected a function of one client or of none, got 7"),
    ],
    ids=["two parameters", "by keyword alone", "no function"],
)
def test_a_scenario_takes_a_client_or_nothing(scenario, message):
    """A function that takes more, or a value that cannot be called, is refused before anything runs."""
    with pytest.raises(chaos.ScenarioError, match=f"^scenario: {message}"):
        chaos.run(scenario)


@pytest.mark.parametrize("rounds", [0, -1, True, 1.5])
def test_a_number_of_rounds_is_one_or_more(rounds):
    """A hunt of no rounds is refused."""
    with pytest.raises(ValueError, match="rounds must be an int of at least 3, got "):
        chaos.run(adds, rounds=rounds)


@pytest.mark.parametrize("seed", ["7", True, 1.5])
def test_a_seed_is_an_int(seed):
    """What cannot seed a hunt, or a single round, is refused before anything runs."""
    with pytest.raises(ValueError, match="seed must be an int, got "):
        chaos.run(adds, seed=seed)
    with pytest.raises(ValueError, match="seed must be an int, got "):
        chaos.replay(adds, "add: 503", seed=seed)


def test_a_failure_carries_its_finding_and_the_report():
    """ChaosFailure is an AssertionError with the smallest schedule, its round, and how the search went."""
    with pytest.raises(AssertionError) as caught:
        chaos.run(adds, rounds=30, seed=5)
    failure = caught.value
    assert isinstance(failure, chaos.ChaosFailure)
    assert failure.finding is failure.report.finding
    assert (failure.finding.schedule, failure.finding.seed) == ("add: reset @after", 5)
    assert [request.fault for request in failure.finding.round.requests] == ["reset @after", None]
    assert failure.finding.timeline == failure.finding.round.timeline
    assert failure.findings == failure.report.findings
    number = [schedule for schedule, _ in failure.report.trail].index("add: reset @after")
    assert failure.report.trail[number] == ("add: reset @after", "acknowledged_once")


def test_hunt_reports_what_run_raises():
    """The same search, without an exception for what it found."""
    report = chaos.hunt(adds, rounds=30)
    assert report.finding.invariant.name == "acknowledged_once"
    assert report.rounds == sum(report.stages.values())


def test_a_replay_makes_one_round_of_one_schedule():
    """The finding's schedule violates the same invariant when it is replayed, and the baseline none."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(adds, "add: reset @after")
    assert caught.value.finding.invariant.name == "acknowledged_once"
    assert chaos.replay(adds, "").hits == ()


@pytest.mark.parametrize(
    ("scenario", "schedule", "error", "said"),
    [
        (
            adds,
            "search: 503",
            chaos.ChaosFailure,
            "no fault of the schedule 'search: 503' was injected: the scenario sent add 1",
        ),
        (adds, "add: cancel", ValueError, "needs an async scenario"),
        (builds_its_own, "add: close-client", ValueError, "needs a scenario that is given its client"),
        (adds, "add: 503 @nowhere", ValueError, "column"),
    ],
)
def test_a_replay_refuses_a_schedule_that_cannot_hit(scenario, schedule, error, said):
    """A schedule that hits no request, or that this scenario cannot meet, is an error."""
    with pytest.raises(error, match=said):
        chaos.replay(scenario, schedule)


def test_a_replay_may_allow_a_schedule_that_is_not_met():
    """For schedules that are drawn: the round is then one without faults."""
    assert chaos.replay(adds, "search: 503", unmet="allow").hits == ()
    with pytest.raises(ValueError, match="unmet: expected 'fail' or 'allow', got 'maybe'"):
        chaos.replay(adds, "search: 503", unmet="maybe")


@pytest.mark.parametrize("scenario", [lambda client: None, lambda: None])
def test_a_scenario_that_sends_nothing_fails(scenario):
    """If no fault can be injected, a green run would mean nothing."""
    with pytest.raises(chaos.ChaosFailure, match="no fault could be injected: the scenario sent no request"):
        chaos.hunt(scenario)


def test_faults_that_fit_no_call_fail():
    """The same holds for faults that the scenario's endpoints cannot meet."""
    with pytest.raises(
        chaos.ChaosFailure, match=r"no fault could be injected: the scenario sent add 1, and none of faults="
    ):
        chaos.hunt(adds, faults="stale", settings={"idempotency": True})


def test_a_scenario_asks_for_the_same_each_time():
    """A scenario whose texts change from round to round cannot be judged, and the error says why."""
    numbers = itertools.count()
    with pytest.raises(chaos.ScenarioError, match="two rounds without faults differ"):
        chaos.hunt(lambda client: client.add(content=f"note {next(numbers)}"))


def test_what_breaks_without_a_fault_is_found_with_the_empty_schedule():
    """The round without faults is judged too."""

    def crashes(client):
        client.add(content="tea")
        raise LookupError("no such tea")

    finding = chaos.hunt(crashes).finding
    assert (finding.invariant.name, finding.schedule, finding.faults) == ("only_documented_errors", "", 0)
    assert finding.evidence.startswith("the scenario ended with LookupError: no such tea; ")


def test_an_interrupt_is_nobodys_finding():
    """Ctrl-C ends the search, as it ends any test."""

    def interrupted(client):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chaos.hunt(interrupted)


@pytest.mark.parametrize(
    ("returned", "saved", "answers"),
    [
        (None, (), ()),
        ("tea", ("tea",), ()),
        (["tea", "milk"], ("tea", "milk"), ()),
        ([1, 2], (), ()),
        (b"tea", (), ()),
        (7, (), ()),
    ],
)
def test_what_a_scenario_returns_is_what_it_claims(returned, saved, answers):
    """A text or several are notes that are saved; anything that is neither claims nothing."""

    def scenario(client):
        client.details()
        return returned

    claims = chaos.replay(scenario, "", invariants=()).claims
    assert (claims.saved, claims.answers) == (saved, answers)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_mapping_claims_answers_and_saved_notes(kind):
    """Of the answers by text those of an add claim that the note is saved."""
    claims = chaos.replay(both(saves_and_asks, kind), "").claims
    assert claims.saved == ("tea", "milk")
    assert [text for text, _ in claims.answers] == ["tea", "milk", "what is there?"]


def test_each_round_holds_the_memories_and_settings_given():
    """Memories stand in the fake before each round, and the settings are those of Fake."""
    over = chaos.replay(
        lambda client: client.get(query="tea"), "search: 503", memories=["green tea"], settings={"wire": "envelope"}
    )
    assert [record.content for record in over.returned.results] == ["green tea"]
    assert b'"data"' in over.requests[-1].entry.response


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("scenario", [adds, adds_async])
def test_a_search_runs_from_inside_a_running_loop(backend, scenario):
    """From an async test the rounds run in a thread, whatever loop that test is in."""

    async def test():
        return chaos.hunt(scenario, rounds=5).finding.schedule

    assert anyio.run(test, backend=backend) == "add: reset @after"


def test_a_cancelled_scenario_sends_nothing_more():
    """`cancel` cancels the scenario's task while a request is in flight; who tries again all the same is found."""

    async def stubborn(client):
        while True:
            try:
                return await adds_async(client)
            except asyncio.CancelledError:  # noqa: PERF203 - the bug
                continue

    over = chaos.replay(adds_async, "add: cancel @after")
    assert isinstance(over.error, asyncio.CancelledError)
    assert (over.interrupted_at, over.requests[0].known, [memory.content for memory in over.fake.memories()]) == (
        1,
        None,
        ["tea"],
    )
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(stubborn, "add: cancel")
    assert "bounded" in [finding.invariant.name for finding in caught.value.findings]


def test_cancelling_spares_what_other_tasks_had_under_way():
    """A cancelled scenario with several requests in flight breaks nothing, and leaves none of its tasks."""

    async def several(client):
        await asyncio.gather(*(client.add(content=f"note {number}") for number in range(5)))

    over = chaos.replay(several, "add: ok x2, cancel")
    assert over.leftover == ()
    assert isinstance(over.error, asyncio.CancelledError)


def test_a_scenario_that_waits_is_cancelled_there():
    """`cancel-wait` answers 503 and cancels the wait that follows; who swallows that and goes on is found."""

    async def stubborn(client):
        with suppress(asyncio.CancelledError):
            await adds_async(client)
        await adds_async(client)

    over = chaos.replay(adds_async, "add: cancel-wait")
    (request,) = over.requests
    assert isinstance(over.error, asyncio.CancelledError)
    assert (over.interrupted_at, request.fault, request.status, over.fake.memories()) == (
        1,
        "cancel-wait @before",
        503,
        [],
    )
    with pytest.raises(chaos.ChaosFailure, match="add 2 was sent after the cancel-wait @before at add 1"):
        chaos.replay(stubborn, "add: cancel-wait")
    stored = chaos.replay(adds_async, "add: cancel-wait @after").fake.memories()
    assert [memory.content for memory in stored] == ["tea"]


@pytest.mark.parametrize("asks_on", [True, False])
def test_a_scenario_that_does_not_wait_is_not_cancelled(asks_on):
    """Who gave up at the 503, or is at another call already, meets a 503 and nothing else."""

    async def hasty(client):
        with suppress(OctaMemError):
            await client.with_options(max_retries=0).add(content="tea")
        if asks_on:
            await client.details()
            await asyncio.sleep(1)

    over = chaos.replay(hasty, "add: cancel-wait")
    assert (over.interrupted_at, over.error, len(over.requests)) == (None, None, 1 + asks_on)


def test_what_a_scenario_leaves_behind_is_cancelled_and_sends_nothing():
    """Tasks left over are cancelled as asyncio.run does; one that sends all the same breaks bounded."""

    async def leaves(client, *, stubborn=False):
        async def background():
            try:
                await asyncio.sleep(3600)
            finally:
                if stubborn:
                    await post_later()

        async def post_later():
            async with AsyncOctaMem() as own:
                await own.details()

        client_task = asyncio.ensure_future(background())
        await client.add(content="tea")
        return None if client_task.done() else "tea"

    assert chaos.replay(leaves, "add: 429").leftover == ()
    with pytest.raises(chaos.ChaosFailure, match="details 1 was sent after the scenario had ended"):
        chaos.replay(partial(leaves, stubborn=True), "")


def test_a_closed_client_takes_no_more_calls():
    """`close-client` closes the client under way: the SDK neither repeats that call nor makes another."""

    def two(client):
        client.add(content="tea")
        client.get(query="tea")

    over = chaos.replay(two, "add: close-client")
    assert isinstance(over.error, OctaMemError)
    assert [request.endpoint for request in over.requests] == ["add"]


def test_the_environment_is_as_it_was(monkeypatch):
    """A scenario that builds its own client finds a key in the environment, and nothing is left of it."""
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    chaos.replay(builds_its_own, "")
    assert "OCTAMEM_API_KEY" not in os.environ


def test_no_key_is_in_what_is_shown():
    """Neither a round nor a finding nor a report shows the key in its repr."""
    report = chaos.hunt(adds, rounds=30)
    key = report.finding.round.fake.api_key
    assert not [shown for shown in (repr(report), repr(report.finding), repr(report.finding.round)) if key in shown]
