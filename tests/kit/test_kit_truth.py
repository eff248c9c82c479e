"""The calls as the fake recorded them, and the same faults for the same seed, from any caller in any order."""

from __future__ import annotations

import json
import threading
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import anyio
import pytest
from kit_project import outcomes

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import assert_stored_once
from octamem_testing.context import OctaMemServer, TestContext, build
from octamem_testing.marker import Plan
from octamem_testing.wiring.server import Host, hosting
from octamem_testing.wiring.transport import FakeTransport

PATIENCE = 3.0  # seconds in which a loaded machine answers a retry
RANDOM_FAULTS = "add: 503 30%, reset @after 15%; search: 429(retry-after=1) 25%, close 10%"
PATIENT: Dict[str, Any] = {"max_retries": 20, "retry_budget": None, "retry_delay": 0.01}
# Some twice over: the same body sent again is another call, with faults of its own.
TEXTS = [f"note {number}" for number in range(40)] + ["the same note"] * 10


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Run one server for the module."""
    with hosting() as running:
        yield running


def add(way: str, **options: Any) -> Optional[OctaMemError]:
    """Add one memory with the server that the environment names, and give the error if there is one."""

    async def main() -> None:
        async with AsyncOctaMem(**options) as client:
            await client.add(content="tea")

    try:
        if way == "sync":
            with OctaMem(**options) as client:
                client.add(content="tea")
        else:
            anyio.run(main)
    except OctaMemError as error:
        return error
    return None


def told(fake: Fake) -> List[Tuple[str, Optional[str], Optional[int], int]]:
    """Return the attempts of the only call."""
    (call,) = fake.calls
    return [(each.kind, each.fault, each.status, len(each.stored)) for each in call.attempts]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.octamem(faults="add: hang @after")
class TestAnAnswerThatNeverCame:
    """Over a real socket, with a client that waits for seconds: less, and a loaded machine would miss the retry."""

    def test_is_stored_more_than_once(self, octamem_server: OctaMemServer, way: str) -> None:
        """With the default retries and a service that ignores Idempotency-Key both attempts store it."""
        assert add(way, timeout=PATIENCE) is None
        assert told(octamem_server.fake) == [("first", "hang @after", None, 1), ("retry", None, 200, 1)]
        assert [memory.content for memory in octamem_server.fake.memories()] == ["tea"] * 2

    @pytest.mark.octamem(idempotency=True)
    def test_is_stored_once_where_the_key_is_honoured(self, octamem_server: OctaMemServer, way: str) -> None:
        """A service that honours Idempotency-Key answers the retry with the first answer."""
        assert add(way, timeout=PATIENCE) is None
        assert told(octamem_server.fake) == [("first", "hang @after", None, 1), ("retry", None, 200, 0)]
        assert "replayed" in octamem_server.fake.calls[0].attempts[1].notes[0]
        assert_stored_once(octamem_server.fake, "tea")

    def test_is_not_repeated_by_a_careful_client(self, octamem_server: OctaMemServer, way: str) -> None:
        """With retry_unknown_writes=False there is one attempt, one memory, and an error that says it is unknown."""
        error = add(way, timeout=PATIENCE, retry_unknown_writes=False)
        assert error is not None
        assert error.outcome == "unknown"
        assert told(octamem_server.fake) == [("first", "hang @after", None, 1)]
        assert_stored_once(octamem_server.fake, "tea")


def met(fake: Fake) -> Dict[str, List[List[Optional[str]]]]:
    """Give the faults that each text met: a list a call, in no order."""
    found: Dict[str, List[List[Optional[str]]]] = {}
    for call in fake.calls:
        faults = [attempt.fault for attempt in call.attempts]
        found.setdefault(f"{call.endpoint}: {call.content or call.query}", []).append(faults)
    return {text: sorted(calls, key=str) for text, calls in found.items()}


def ask(client: OctaMem, text: str) -> None:
    """Make the two calls of a text."""
    client.add(content=text)
    client.get(query=text)


def one_by_one(client: OctaMem, _: AsyncOctaMem) -> None:
    """Make all calls in this thread."""
    for text in TEXTS:
        ask(client, text)


def in_threads(client: OctaMem, _: AsyncOctaMem) -> None:
    """Make the calls in four threads, backwards."""
    threads = [
        threading.Thread(target=lambda part=part: [ask(client, text) for text in TEXTS[part::4][::-1]])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def in_tasks(_: OctaMem, client: AsyncOctaMem) -> None:
    """Make the calls of each text in a task of its own: fifty at once."""

    async def both(text: str) -> None:
        await client.add(content=text)
        await client.get(query=text)

    async def main() -> None:
        async with client, anyio.create_task_group() as group:
            for text in TEXTS:
                group.start_soon(both, text)

    anyio.run(main)


Runner = Callable[[OctaMem, AsyncOctaMem], None]


def under_random_faults(runner: Runner, context: TestContext, **options: Any) -> Dict[str, List[List[Optional[str]]]]:
    """Make all calls in one way, and give what each met."""
    given = {**PATIENT, "api_key": context.fake.api_key, "clock": context.clock, **options}
    with OctaMem(**given) as client:
        runner(client, AsyncOctaMem(**given))
    return met(context.fake)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_faults(host: Host, request: pytest.FixtureRequest) -> None:
    """One after the other, in four threads, in fifty tasks, in process and over HTTP each call meets the same."""
    plan = Plan(faults=(RANDOM_FAULTS,), settings={"seed": 5})
    seen = []
    for runner in (one_by_one, in_threads, in_tasks):
        context = build(request.node.nodeid, plan)
        seen.append(under_random_faults(runner, context, transport=FakeTransport(context.fake, context.clock)))
        context = build(request.node.nodeid, plan)
        with host.serving(context.fake) as server:
            seen.append(under_random_faults(runner, context, base_url=server.url))
    assert all(each == seen[0] for each in seen)
    faults = [fault for calls in seen[0].values() for call in calls for fault in call]
    assert {"503 @before", "reset @after", "429(retry-after=1) @before", "close @before", None} == set(faults)


def test_the_faults_of_a_seed_never_change() -> None:
    """On every interpreter and machine the same seed, key and calls meet the faults that are written down here."""
    fake = Fake(seed=7)
    fake.faults("add: 503 40%")
    with OctaMem("sk-of-the-golden-faults", transport=FakeTransport(fake), **PATIENT) as client:
        for number in range(12):
            client.add(content=f"note {number}")
    assert [len(call.attempts) for call in fake.calls] == [2, 1, 1, 1, 1, 3, 5, 2, 1, 1, 1, 3]


@pytest.mark.slow
def test_the_same_faults_in_two_workers(project: pytest.Pytester) -> None:
    """Under `-n 2` each test meets the faults that it meets alone."""
    project.makepyfile(
        test_spread="""
        import json, pytest

        @pytest.mark.octamem(faults="add: 503 40%; search: close 30%")
        @pytest.mark.parametrize("turn", range(6))
        def test_it(octamem_client, octamem_fake, turn, pytestconfig):
            client = octamem_client.with_options(max_retries=20, retry_budget=None)
            for number in range(8):
                client.add(content=f"note {number}")
                client.get(query=f"note {number}")
            told = [
                [call.id, [[each.fault, each.waited, each.stored] for each in call.attempts]]
                for call in octamem_fake.calls
            ]
            mode = "spread" if hasattr(pytestconfig, "workerinput") else "alone"
            (pytestconfig.rootpath / f"{mode}-{turn}.json").write_text(json.dumps(told))
        """
    )
    assert outcomes(project.runpytest_inprocess("-n0")) == {"passed": 6}
    assert outcomes(project.runpytest_inprocess("-n2")) == {"passed": 6}
    for turn in range(6):
        alone, spread = (json.loads((project.path / f"{mode}-{turn}.json").read_text()) for mode in ("alone", "spread"))
        assert alone == spread
        assert any(attempt[0] for _, attempts in alone for attempt in attempts)
