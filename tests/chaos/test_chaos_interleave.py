"""Interleavings: other orders of threads and tasks are tried, written down, replayed and shrunk."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest

from fake_server.core.faults.script import ScriptError
from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.hunting.shrink import shrunk
from octamem_testing.chaos.judge.invariant import violations
from octamem_testing.chaos.scenario.trial import ROUNDS
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.world.program import Program
from octamem_testing.chaos.world.runner import Runner
from octamem_testing.virtual_time.threads.order import SERIAL, Order

NOTE = "Tea is at four."
ORDERS = range(1, 40)
ENOUGH = 60
"""Rounds of a hunt that has a stage of orders, if the program has threads or tasks."""


def in_threads(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def seen_by_threads(client, lock=None):
    """Add a note unless a thread has noted that it is added: a race, unless a lock is held."""
    careful, seen = client.with_options(max_retries=0), set()

    def save():
        with lock or nullcontext():
            if NOTE not in seen:
                careful.add(content=NOTE)
                seen.add(NOTE)

    def later():
        for question in "abc":
            careful.get(query=question)
        save()

    in_threads(save, later)


def seen_by_threads_under_a_lock(client):
    seen_by_threads(client, threading.Lock())


async def seen_by_tasks(client, lock=None):
    """Do the same in two tasks."""
    careful, seen = client.with_options(max_retries=0), set()

    async def save():
        async with lock or asyncio.Semaphore(2):
            if NOTE not in seen:
                await careful.add(content=NOTE)
                seen.add(NOTE)

    async def later():
        for question in "abcdef":
            await careful.get(query=question)
        await save()

    await asyncio.gather(save(), later())


async def seen_by_tasks_under_a_lock(client):
    await seen_by_tasks(client, asyncio.Lock())


def seen_by_a_pool(client):
    """Do the same in a pool, for a list of notes that has one twice."""
    careful, seen = client.with_options(max_retries=0), set()

    def save(note):
        if note not in seen:
            careful.add(content=note)
            seen.add(note)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(save, ["a", "b", "c", "a"]))


RACES = (seen_by_threads, seen_by_tasks, seen_by_a_pool)
CURED = (seen_by_threads_under_a_lock, seen_by_tasks_under_a_lock)


def judged_runner(scenario):
    """Make a runner whose rounds are judged by a baseline."""
    runner = Runner(Program(scenario), chaos.INVARIANTS)
    runner.judge_by(runner.play("", stage="baseline"))
    return runner


def round_of(scenario, schedule):
    return judged_runner(scenario).play(schedule, stage="replay")


def right_in_every_order(scenario):
    """Give the round of each order; it must violate nothing."""
    runner = judged_runner(scenario)
    for number in ORDERS:
        over = runner.play(f"*: interleave({number})", stage="replay")
        assert not violations(chaos.INVARIANTS, over), number
        yield over


def trace(over):
    return [(each.name, each.text, each.sender, each.at, each.status) for each in over.requests], over.stored


@pytest.mark.parametrize("scenario", RACES)
def test_a_race_is_found_in_an_order_that_is_made_readable(scenario):
    """The finding of a race says at which request all others go first."""
    finding = chaos.hunt(scenario, faults="interleave", rounds=40, seed=3).finding

    assert finding.invariant.name == "acknowledged_once"
    assert "interleave" in finding.schedule
    assert "(" not in finding.schedule
    assert finding.faults == 1
    assert "with another order of threads or tasks" in str(finding)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", RACES)
def test_a_race_is_found_by_default(scenario):
    """The orders come after the single faults, within the rounds of a hunt."""
    report = chaos.hunt(scenario, rounds=140, seed=3, invariants=(chaos.INVARIANTS[0],))

    assert report.finding is not None
    assert report.finding.rounds < 140 < ROUNDS


@pytest.mark.parametrize("scenario", CURED)
def test_a_program_with_a_lock_passes_every_order(scenario):
    """What holds a lock from the check to the note of it adds once."""
    assert len(list(right_in_every_order(scenario))) == len(ORDERS)


@pytest.mark.parametrize("scenario", [*RACES, *CURED])
def test_an_order_repeats_itself(scenario):
    """The same number makes the same requests in the same order, whichever rounds come before it."""
    for number in (1, 2, 7, 4711):
        schedule = f"add: 503; *: interleave({number})"
        first = trace(round_of(scenario, schedule))
        assert first == trace(round_of(scenario, schedule))


def test_the_test_to_paste_fails_and_passes_after_the_fix():
    """The schedule of a finding violates the invariant again, and is no error where the race is gone."""
    finding = chaos.hunt(seen_by_threads, faults="interleave", rounds=40).finding

    with pytest.raises(chaos.ChaosFailure, match="acknowledged_once"):
        chaos.replay(seen_by_threads, finding.schedule)
    chaos.replay(seen_by_threads_under_a_lock, finding.schedule)
    chaos.replay(lambda client: client.add(content=NOTE) and None, "search: ok x9, interleave")


def test_an_order_is_combined_with_faults():
    """A fault hits the same request as without an order, and both are read from one text."""
    over = round_of(seen_by_a_pool, "add: ok, 503; *: interleave(2)")

    assert [each.name for each in over.hits] == ["add 2"]
    assert over.interleaved
    assert over.choices


def test_others_go_first_before_a_request_is_carried_out_and_after():
    """At `interleave` the others come before the write, with @after before its answer arrives."""

    def scenario(client):
        read = []
        in_threads(
            lambda: client.add(content=NOTE),
            lambda: read.append(len(client.get(query=NOTE).results or [])),
        )
        return {str(read[0]): None}

    assert chaos.replay(scenario, "add: interleave", invariants=()).returned == {"0": None}
    assert chaos.replay(scenario, "add: interleave @after", invariants=()).returned == {"1": None}


def test_tasks_keep_their_order_except_at_requests():
    """Steps of tasks without a request between them stay in the order in which asyncio runs them."""

    async def scenario(client):
        steps = []

        async def walk(name):
            for step in range(3):
                steps.append(f"{name}{step}")
                await asyncio.sleep(0)
            await client.get(query=name)
            steps.append(f"{name}!")

        await asyncio.gather(walk("a"), walk("b"))
        return dict.fromkeys(steps)

    orders = set()
    for over in right_in_every_order(scenario):
        steps = list(over.returned)
        assert steps[:6] == ["a0", "b0", "a1", "b1", "a2", "b2"]
        orders.add(tuple(steps[6:]))
    assert orders == {("a!", "b!"), ("b!", "a!")}


def test_a_loop_that_never_rests_holds_no_request_up():
    """A task that goes round its loop until another has its answer ends in any order."""

    async def scenario(client):
        answered = []

        async def ask():
            answered.append(await client.get(query="tea?"))

        async def look():
            while not answered:  # noqa: ASYNC110 - as programs do
                await asyncio.sleep(0)

        await asyncio.gather(ask(), look(), ask())

    assert len(list(right_in_every_order(scenario))) == len(ORDERS)


def test_a_held_request_can_be_given_up():
    """A task that is cancelled while others go first leaves its answer undelivered."""

    async def scenario(client):
        task = asyncio.ensure_future(client.add(content=NOTE))
        other = asyncio.ensure_future(client.get(query="tea?"))
        await other
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    over = chaos.replay(scenario, "add: interleave @after", invariants=())
    assert [each.delivered for each in over.requests if each.endpoint == "add"] == [False]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_program_of_one_thread_is_given_no_order(way):
    """A program whose requests come one after the other loses no round to orders."""

    def scenario(client):
        client.add(content=NOTE)
        client.get(query=NOTE)

    async def async_scenario(client):
        await asyncio.wait_for(client.add(content=NOTE), 60)
        await asyncio.wait_for(client.get(query=NOTE), 60)

    report = chaos.hunt(
        scenario if way == "sync" else async_scenario,
        rounds=ENOUGH,
        settings={"idempotency": True},
        invariants=chaos.without("acknowledged_once", "recovers"),
    )
    assert report.stages.get("interleave", 0) == 0
    assert chaos.hunt(seen_by_threads, rounds=ENOUGH, invariants=chaos.without("acknowledged_once")).stages[
        "interleave"
    ]


def test_texts_that_an_order_makes_are_no_evidence():
    """Numbers that threads draw under a lock go to another note in another order, which is correct."""

    def scenario(client):
        careful, lock, drawn = client.with_options(retry_unknown_writes=False), threading.Lock(), []

        def save(name):
            with lock:
                drawn.append(name)
                number = len(drawn)
            with suppress(OctaMemError):
                careful.add(content=f"{name} is number {number}")

        in_threads(lambda: save("a"), lambda: save("b"))

    report = chaos.hunt(scenario, seed=5)
    assert report.finding is None
    assert report.stages["interleave"] >= 10


def test_a_lost_update_costs_a_note():
    """A list that two threads read, extend and write loses what one of them appended."""

    def scenario(client):
        careful, notes = client.with_options(max_retries=0), {"all": []}

        def collect(before, note):
            for question in range(before):
                careful.get(query=str(question))
            mine = list(notes["all"])
            careful.get(query=note)
            notes["all"] = [*mine, note]

        in_threads(lambda: collect(0, "a"), lambda: collect(4, "b"))
        for note in notes["all"]:
            careful.add(content=note)

    finding = chaos.hunt(scenario, faults="interleave", rounds=60).finding
    assert finding.invariant.name == "recovers"
    assert "another order of threads or tasks lost" in finding.evidence


def test_the_change_points_follow_from_the_number():
    """The first orders have no change point, and each other number has the same ones each time."""
    actors = "abc"
    for number in ORDERS:
        orders = []
        for _ in range(2):
            order = Order(number)
            begin = [order.rank(each) for each in actors]
            steps = [[order.rank(each) for each in actors] for _ in range(40) if order.step("a") is None]
            orders.append([begin, *steps])
        assert orders[0] == orders[1]
        assert (len({tuple(ranks) for ranks in orders[0]}) == 1) is (number in SERIAL)


def test_the_plainest_order_is_kept():
    """An order that still violates with the lowest number is written with that."""
    found = round_of(seen_by_threads, "*: interleave(4000)")

    def violates(schedule):
        return round_of(seen_by_threads, schedule) if Schedule.of(schedule).order else None

    assert shrunk(found, violates).schedule == "*: interleave(1)"


@pytest.mark.parametrize("text", ["*: interleave(x)", "*: interleave()", "*: interleave(-1)", "interleave(3)"])
def test_an_order_that_cannot_be_read_is_an_error_of_the_script(text):
    """What is no number of an order is refused with the column."""
    with pytest.raises(ScriptError, match="column"):
        chaos.replay(seen_by_threads, text)


@pytest.mark.parametrize("fault", ["503", "401"])
def test_the_add_of_another_thread_is_no_retry(fault):
    """A thread of its own that adds what another failed to add neither retries nor repeats it."""

    def scenario(client):
        careful, lock, kept = client.with_options(max_retries=0), threading.Lock(), []

        def save():
            with lock, suppress(OctaMemError):
                if not kept:
                    kept.append(careful.add(content=NOTE))

        in_threads(save, save)

    over = chaos.replay(scenario, f"add: {fault}")
    assert [(each.name, each.sender, each.caller) for each in over.requests] == [("add 1", 1, 1), ("add 2", 2, 2)]


@pytest.mark.parametrize("way", ["thread", "task"])
def test_a_retry_in_a_thread_or_task_of_its_own_is_one(way):
    """What is started after the failure, or started the one that failed, retries its call."""

    def attempt(client):
        with suppress(OctaMemError):
            client.with_options(max_retries=0).add(content=NOTE)

    def in_new_threads(client):
        for _ in range(2):
            in_threads(lambda: attempt(client))

    async def in_new_tasks(client):
        with suppress(OctaMemError):
            await asyncio.ensure_future(client.with_options(max_retries=0).add(content=NOTE))
        with suppress(OctaMemError):
            await client.with_options(max_retries=0).add(content=NOTE)

    scenario = in_new_threads if way == "thread" else in_new_tasks
    over = round_of(scenario, "add: 503")
    assert [each.caller for each in over.requests] == [1, 1]
    assert len({each.sender for each in over.requests}) == 2
