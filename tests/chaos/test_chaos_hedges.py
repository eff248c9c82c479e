"""A call that is hedged is two calls, whoever wins; a call that is begun again is one, whatever sends it."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import anyio
import anyio.to_thread
import pytest

from octamem import APITimeoutError, OctaMem, OctaMemError
from octamem_testing import chaos

QUESTION = "when is tea?"
LATE = 2.0
LIMITED = "search: 429(retry-after=7)"


def is_transient(error):
    """Whether another attempt may help."""
    return error.status_code is None or error.status_code == 429 or error.status_code >= 500


async def first_of(tasks):
    """Give the first answer, and cancel whatever still asks."""
    error = APITimeoutError("late")
    while tasks:
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is None:
                for other in tasks:
                    other.cancel()
                return {QUESTION: task.result()}
            error = task.exception()
    raise error


async def hedged(ask):
    """Ask in a task, and once more in another if the answer is late."""
    tasks = {asyncio.create_task(ask())}
    done, _ = await asyncio.wait(tasks, timeout=LATE)
    return await first_of(tasks if done else {*tasks, asyncio.create_task(ask())})


async def retried(once, sleep=asyncio.sleep):
    """Ask up to four times, and wait for as long as is asked for."""
    for attempt in range(4):
        try:
            return await once()
        except asyncio.TimeoutError:
            error = APITimeoutError("late")
        except OctaMemError as failed:
            error = failed
        if attempt == 3 or not is_transient(error):
            raise error
        await sleep(max(2.0**attempt, error.retry_after or 0.0))
    raise AssertionError


async def by_the_sdk(client):
    """Leave the retries to the client."""
    return await hedged(lambda: client.get(query=QUESTION))


async def by_hand(client):
    """Retry in a loop of each leg."""
    once = client.with_options(max_retries=0)
    return await hedged(lambda: retried(lambda: once.get(query=QUESTION)))


async def with_time_limits(client):
    """Give each attempt a time limit, for which Python up to 3.11 makes a task."""
    once = client.with_options(max_retries=0)
    return await hedged(lambda: retried(lambda: asyncio.wait_for(once.get(query=QUESTION), 10.0)))


async def shielded(client):
    """Wait for the first task with a limit that does not end it."""
    first = asyncio.ensure_future(client.get(query=QUESTION))
    with suppress(asyncio.TimeoutError):
        return {QUESTION: await asyncio.wait_for(asyncio.shield(first), LATE)}
    return await first_of({first, asyncio.ensure_future(client.get(query=QUESTION))})


async def in_a_group(client):
    """Let two legs race in a task group of anyio."""
    answers = []
    over = anyio.Event()
    async with anyio.create_task_group() as group:

        async def leg():
            with suppress(OctaMemError):
                answers.append(await client.get(query=QUESTION))
                group.cancel_scope.cancel()
            over.set()

        group.start_soon(leg)
        with anyio.move_on_after(LATE):
            await over.wait()
        if not over.is_set():
            group.start_soon(leg)
    return {QUESTION: answers[0]} if answers else None


async def in_threads_of_asyncio():
    """Let a thread send what a task asks; the same thread may send what another task asks."""
    with OctaMem(max_retries=0) as client:
        return await hedged(lambda: retried(lambda: asyncio.to_thread(client.get, query=QUESTION)))


async def in_threads_of_anyio():
    """Do the same with the threads of anyio."""
    with OctaMem(max_retries=0) as client:
        return await hedged(
            lambda: retried(lambda: anyio.to_thread.run_sync(lambda: client.get(query=QUESTION)), anyio.sleep)
        )


def in_threads(client, *, waits=True):
    """Ask in a thread with a loop of its own, and once more in another if the answer is late."""
    once, answers = client.with_options(max_retries=0), queue.Queue()

    def leg():
        for attempt in range(4):
            try:
                return answers.put(once.get(query=QUESTION))
            except OctaMemError as error:  # noqa: PERF203
                if attempt == 3 or not is_transient(error):
                    return answers.put(error)
                time.sleep(max(2.0**attempt, (error.retry_after or 0.0) if waits else 0.0))
        return None

    threads = [threading.Thread(target=leg) for _ in range(2)]
    threads[0].start()
    try:
        answer = answers.get(timeout=LATE)
    except queue.Empty:
        threads[1].start()
        answer = answers.get()
        answer = answers.get() if isinstance(answer, OctaMemError) else answer
    for thread in threads:
        if thread.ident is not None:
            thread.join()
    if isinstance(answer, OctaMemError):
        raise answer
    return {QUESTION: answer}


HEDGES = [
    *(by_the_sdk, by_hand, with_time_limits, shielded, in_a_group),
    *(in_threads_of_asyncio, in_threads_of_anyio, in_threads),
]


@pytest.mark.parametrize(
    "schedule", [LIMITED, f"{LIMITED}, 401", "search: hang, 401", "search: 429(retry-after=30) x7"]
)
@pytest.mark.parametrize("program", HEDGES)
def test_a_leg_is_no_retry_of_another_that_is_still_at_work(program, schedule):
    """A leg that another one overtakes while it waits was not given up, so nobody came too soon."""
    chaos.replay(program, schedule)


@pytest.mark.parametrize("program", [by_hand, in_threads])
def test_a_leg_that_waits_for_a_day_after_it_was_overtaken_has_waited_as_asked(program):
    """What a leg was asked to wait is no time of the program's own, although another leg sent the same meanwhile."""
    chaos.replay(program, "search: 429(retry-after=86400)")


async def begun_again_by_itself(client):
    """Cancel the task that waits, and ask at once."""
    task = asyncio.create_task(client.get(query=QUESTION))
    done, _ = await asyncio.wait({task}, timeout=LATE)
    if done:
        return {QUESTION: task.result()}
    task.cancel()
    return {QUESTION: await client.get(query=QUESTION)}


async def begun_again_in_a_task(client):
    """Cancel the task that waits, and begin another."""
    for _ in range(3):
        task = asyncio.create_task(client.get(query=QUESTION))
        done, _ = await asyncio.wait({task}, timeout=LATE)
        if done:
            return {QUESTION: task.result()}
        task.cancel()
        await asyncio.sleep(0.5)
    raise APITimeoutError("late")


async def begun_again_after_a_limit(client):
    """Ask again once a time limit has ended the first call."""
    with anyio.move_on_after(LATE):
        return {QUESTION: await client.get(query=QUESTION)}
    return {QUESTION: await client.get(query=QUESTION)}


async def begun_again_in_a_thread():
    """Give each attempt to a thread, and wait for a second only."""
    with OctaMem(max_retries=0) as client:
        for attempt in range(3):
            try:
                return {QUESTION: await asyncio.to_thread(client.get, query=QUESTION)}
            except OctaMemError as error:  # noqa: PERF203
                if attempt == 2 or not is_transient(error):
                    raise
                await asyncio.sleep(1.0)
    raise AssertionError


def begun_again_in_a_pool(client):
    """Give each attempt to a pool, and wait for a second only."""
    once = client.with_options(max_retries=0)
    with ThreadPoolExecutor(4) as pool:
        for attempt in range(3):
            try:
                return {QUESTION: pool.submit(once.get, query=QUESTION).result()}
            except OctaMemError as error:  # noqa: PERF203
                if attempt == 2 or not is_transient(error):
                    raise
                time.sleep(1.0)
    raise AssertionError


def in_hasty_threads(client):
    """Hedge with legs that do not wait as they are asked to."""
    return in_threads(client, waits=False)


@pytest.mark.parametrize(
    "program",
    [
        *(begun_again_by_itself, begun_again_in_a_task, begun_again_after_a_limit),
        *(begun_again_in_a_thread, begun_again_in_a_pool, in_hasty_threads),
    ],
)
def test_a_call_that_is_begun_again_is_a_retry(program):
    """A call that was given up before another task or thread sends it again comes too soon."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, LIMITED)
    assert "retry_after_honoured" in {each.invariant.name for each in caught.value.findings}


KEPT = []
"""What rounds leave behind, so that no task or coroutine of the next has an address of theirs."""


async def whichever_is_first(client):
    """Take the leg that the set of those that are done happens to give, although it may have failed."""
    once = client.with_options(max_retries=0)
    legs = [asyncio.create_task(once.get(query=QUESTION)) for _ in range(2)]
    KEPT.append(legs)
    done, rest = await asyncio.wait(legs, return_when=asyncio.FIRST_COMPLETED)
    for other in rest:
        other.cancel()
    return {QUESTION: done.pop().result()}


@pytest.mark.parametrize("seed", range(3))
def test_a_set_of_tasks_has_the_same_order_in_each_round(seed):
    """Whoever takes any leg that is done, rather than one that was answered, is found: its rounds do not differ."""
    finding = chaos.hunt(whichever_is_first, seed=seed, rounds=20).finding
    assert (finding.invariant.name, finding.schedule) == ("recovers", "search: 503")


def test_coroutines_are_begun_in_their_order():
    """asyncio.as_completed makes a set of the coroutines that it is given, whose order is that of their addresses."""
    began = []

    async def ask(number):
        began[-1].append(number)

    async def program(client):
        await client.details()
        began.append([])
        asked = [ask(number) for number in range(8)]
        KEPT.append(asked)
        for each in asyncio.as_completed(asked, timeout=60):
            await each

    chaos.replay(program, "", unmet="allow")
    assert began == [list(range(8))]
