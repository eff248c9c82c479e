"""One scenario, every way in: in process, over ASGI and over a real socket; and many callers at once."""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Tuple

import anyio
import httpx
import pytest

from fake_server import create_app
from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing.context import TestContext, build
from octamem_testing.marker import Plan
from octamem_testing.wiring.server import Host, hosting
from octamem_testing.wiring.transport import FakeTransport

if TYPE_CHECKING:
    from octamem_testing.virtual_time.clock import VirtualClock

Steps = List[Tuple[str, Dict[str, Any]]]

LABEL = "Q1 planning"
CALM: Steps = [
    ("details", {}),
    ("add", {"content": "The launch is on April 15.", "previous_context": LABEL}),
    ("add", {"content": "Crème brûlée, 東京, 🐙: any script."}),
    ("get", {"query": "when is the launch?", "previous_context": LABEL}),
    ("get", {"query": "when is the lanuch?"}),
    ("get", {"query": "launch", "previous_context": "another"}),
    ("add", {"content": "One more, tried again after a 429."}),
    ("add", {"content": "Beyond the limit."}),
    ("get", {"query": "refused for ever"}),
    ("details", {}),
]
CALM_FAULTS = "add: ok x2, 429(retry-after=30); search: ok x3, 503 x4; details: ok, garbage"
STORM: Steps = [
    ("add", {"content": "Stored, and the answer reset."}),
    ("add", {"content": "Closed before it was heard."}),
    ("get", {"query": "answer"}),
    ("add", {"content": "Half an answer."}),
    ("details", {}),
]
STORM_FAULTS = (
    "add: reset @after, ok, close, ok, truncate; search: hang, reset x3; details: wrong-type, 500(body=html), empty"
)
WAYS = (("process", "sync"), ("process", "async"), ("asgi", "async"), ("socket", "sync"), ("socket", "async"))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Run one server for all scenarios."""
    with hosting() as running:
        yield running


def told(fake: Fake) -> Dict[str, Any]:
    """Return all that the fake knows afterwards, except times."""
    return {
        "journal": [{**entry.as_dict(), "at": None} for entry in fake.requests()],
        "memories": [memory._replace(created=0, found_at=0) for memory in fake.memories()],
    }


async def play(client: Any, steps: Steps) -> List[Any]:
    """Make the calls one after the other, and give each result or error as plain values."""
    return [await ask(client, method, arguments) for method, arguments in steps]


async def ask(client: Any, method: str, arguments: Dict[str, Any]) -> Any:
    """Make one call, and give its result or error."""
    try:
        answer = getattr(client, method)(**arguments)
        result = await answer if inspect.isawaitable(answer) else answer
    except OctaMemError as error:
        # Without an answer the words are those of the library that holds the socket, and change with its version.
        words = str(error) if error.status_code else ""
        return type(error), words, error.code, error.status_code, error.retry_after
    return result.model_dump()


def run(way: str, kind: str, steps: Steps, context: TestContext, host: Host) -> List[Any]:
    """Play the steps through one way in, with one kind of client."""
    options: Dict[str, Any] = {"clock": context.clock, "timeout": 1.0}
    with host.serving(context.fake) as server:
        if way == "socket":
            options["base_url"] = server.url
        elif way == "asgi":
            options["transport"] = httpx.ASGITransport(create_app(context.fake))
        else:
            options["transport"] = FakeTransport(context.fake, context.clock)
        if kind == "sync":
            # A loop that never waits for anything: the sync client blocks as it does in a program without one.
            with OctaMem(server.api_key, **options) as client:
                return anyio.run(play, client, steps)

        async def main() -> List[Any]:
            async with AsyncOctaMem(server.api_key, **options) as client:
                return await play(client, steps)

        return anyio.run(main)


@pytest.mark.parametrize("wire", ["flat", "envelope"])
def test_a_calm_day_is_the_same_every_way_in(host: Host, request: pytest.FixtureRequest, wire: str) -> None:
    """Results, errors, memories and journal are the same in process, over ASGI and over a socket, sync and async."""
    plan = Plan(faults=(CALM_FAULTS,), settings={"limit": 3, "wire": wire})
    seen = {}
    for way, kind in WAYS:
        context = build(request.node.nodeid, plan)
        seen[way, kind] = run(way, kind, CALM, context, host), told(context.fake), len(context.clock.waits)
    first = seen["process", "sync"]
    assert all(other == first for other in seen.values())
    assert [len(first[0]), len(first[1]["memories"]), first[2]] == [len(CALM), 3, 7]


@pytest.mark.slow
def test_a_stormy_day_is_the_same_every_way_in(host: Host, request: pytest.FixtureRequest) -> None:
    """Lost connections and spoiled answers give the same errors, memories and journal whatever way the calls go."""
    seen = {}
    for way, kind in WAYS:
        context = build(request.node.nodeid, Plan(faults=(STORM_FAULTS,)))
        seen[way, kind] = run(way, kind, STORM, context, host), told(context.fake), len(context.clock.waits)
    first = seen["process", "sync"]
    assert all(other == first for other in seen.values())
    contents = [memory.content for memory in first[1]["memories"]]
    assert contents.count("Stored, and the answer reset.") == 2


@pytest.mark.slow
@pytest.mark.parametrize("way", ["process", "socket"])
def test_threads_and_tasks_hammer_one_fake(host: Host, request: pytest.FixtureRequest, way: str) -> None:
    """Two threads and two tasks at once, a fifth of their adds refused: each add is stored once, every id is unique."""
    turns = 60
    plan = Plan(faults=("add: 503 20%; search: 429(retry-after=1) 10%",))
    context = build(request.node.nodeid, plan)
    options: Dict[str, Any] = {"clock": context.clock, "max_retries": 20, "retry_budget": None}
    pending: List[str] = []

    def options_for(url: str) -> Dict[str, Any]:
        if way == "socket":
            return {**options, "base_url": url}
        return {**options, "transport": FakeTransport(context.fake, context.clock)}

    def in_thread(key: str, url: str, name: str) -> None:
        with OctaMem(key, **options_for(url)) as client:
            for turn in range(turns):
                pending.append(str(client.add(content=f"{name} {turn}").pending_id))
                pending.append(str(client.get(query=f"{name} {turn}").pending_id))

    def in_tasks(key: str, url: str) -> None:
        async def task(client: AsyncOctaMem, name: str) -> None:
            for turn in range(turns):
                pending.append(str((await client.add(content=f"{name} {turn}")).pending_id))
                pending.append(str((await client.get(query=f"{name} {turn}")).pending_id))

        async def main() -> None:
            async with AsyncOctaMem(key, **options_for(url)) as client, anyio.create_task_group() as group:
                group.start_soon(task, client, "task one")
                group.start_soon(task, client, "task two")

        anyio.run(main)

    with host.serving(context.fake) as server:
        threads = [
            threading.Thread(target=in_thread, args=(server.api_key, server.url, "thread one")),
            threading.Thread(target=in_thread, args=(server.api_key, server.url, "thread two")),
            threading.Thread(target=in_tasks, args=(server.api_key, server.url)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    names = ("thread one", "thread two", "task one", "task two")
    memories = context.fake.memories()
    assert sorted(memory.content for memory in memories) == sorted(f"{n} {t}" for n in names for t in range(turns))
    assert len({memory.id for memory in memories}) == 4 * turns
    assert len(set(pending)) == len(pending) == 8 * turns
    answered = [entry for entry in context.fake.requests() if entry.status == 200]
    refused = [entry for entry in context.fake.requests() if entry.fault]
    assert len(answered) == 8 * turns
    assert len(refused) == len(context.clock.waits) > 0
    assert sum(len(entry.stored) for entry in answered) == 4 * turns


def test_waits_of_many_tasks_keep_their_order(async_octamem_client: AsyncOctaMem, octamem_clock: VirtualClock) -> None:
    """Tasks that the server holds off for different times come back in the order of those times."""
    order: List[int] = []

    async def call(seconds: int) -> None:
        fake = octamem_clock.fake
        fake.configure(key=f"key-of-{seconds}")
        fake.faults(f"add: 429(retry-after={seconds})", key=f"key-of-{seconds}")
        await async_octamem_client.with_options(api_key=f"key-of-{seconds}").add(content="tea")
        order.append(seconds)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for seconds in (40, 10, 30, 20):
                group.start_soon(call, seconds)

    anyio.run(main)
    assert order == [10, 20, 30, 40]
    assert octamem_clock.fake.now() == 40_000_000
