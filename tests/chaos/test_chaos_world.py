"""What a scenario may use in a round beside the fake: threads and loops, sockets and child processes, modules."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime as held_datetime
from datetime import timezone

import httpx
import pytest
from pydantic import BaseModel

from octamem import OctaMem
from octamem_testing import chaos


def replayed(scenario, schedule=""):
    """Make one round without invariants."""
    return chaos.replay(scenario, schedule, invariants=())


def test_a_loop_in_a_thread_of_its_own_is_not_stuck():
    """A coroutine may be given to a loop that runs in another thread of the scenario."""

    def scenario(client):
        client.details()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.sleep(30, "tea"), loop).result(60)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    result = replayed(scenario)
    assert (result.returned, result.error, result.seconds) == ("tea", None, pytest.approx(30, abs=1e-3))


def test_an_async_scenario_may_meet_the_world():
    """Sockets and child processes of an async scenario are waited for before time moves."""

    async def scenario(client):
        child = await asyncio.create_subprocess_exec("sh", "-c", "echo 7", stdout=subprocess.PIPE)
        told, _ = await asyncio.wait_for(child.communicate(), 5)
        await client.details()
        return told

    result = replayed(scenario)
    assert (result.error, result.returned) == (None, b"7\n")


def test_a_socket_of_another_thread_is_waited_for():
    """Bytes from a thread of before the round arrive before a timeout of the round's own thread."""
    ours, theirs = socket.socketpair()
    asked = threading.Event()

    def answers():
        if asked.wait(10):
            theirs.sendall(b"tea")

    async def scenario(client):
        await client.details()
        ours.setblocking(False)
        asked.set()
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 3), 5)

    thread = threading.Thread(target=answers)
    thread.start()
    with ours, theirs:
        result = replayed(scenario)
        thread.join()
    assert (result.error, result.returned, result.seconds) == (None, b"tea", 0.0)


def test_trio_is_refused():
    """A scenario on trio, which does not follow the round's clock, is refused rather than judged."""
    trio = pytest.importorskip("trio")

    def scenario():
        async def ask():
            async with httpx.AsyncClient(base_url="https://platform.octamem.com") as client:
                await client.post("/api/memory/details", json={})
                await trio.sleep(0.01)

        trio.run(ask)

    with pytest.raises(chaos.ScenarioError, match=r"^trio is not supported: run the scenario on asyncio$"):
        chaos.hunt(scenario)


def test_a_hunt_inside_a_scenario_is_refused():
    """A hunt inside a scenario is refused, since rounds take turns and it would wait for itself."""

    def scenario(client):
        client.details()
        chaos.hunt(lambda inner: inner.details())

    with pytest.raises(chaos.ScenarioError, match="cannot be called inside a scenario"):
        chaos.hunt(scenario)


def test_a_fake_that_fails_ends_the_hunt():
    """An error of the fake itself is neither a fault nor the scenario's, and ends the hunt."""

    def search(*_):
        raise LookupError("no index")

    with pytest.raises(chaos.ScenarioError, match="as the fake could not answer") as caught:
        chaos.hunt(lambda client: client.get(query="tea"), memories=["tea"], settings={"search": search})
    assert caught.value.__cause__ is not None


def test_close_client_hits_only_the_given_client():
    """`close-client` closes the client that the scenario was given, and lets a request of its own client pass."""

    def scenario(client):
        client.details()
        with OctaMem() as own:
            own.details()

    result = chaos.replay(scenario, "details: ok, close-client", unmet="allow")
    assert (result.error, result.hits) == (None, ())
    result = replayed(scenario, "details: close-client")
    assert [request.of_client for request in result.requests] == [True]


def test_what_the_cancelled_task_sends_is_told_apart():
    """A request record says whether the scenario's own task sent the request."""

    async def scenario(client):
        try:
            await asyncio.gather(client.get(query="tea"), client.get(query="milk"))
        finally:
            await client.details()

    result = replayed(scenario, "details: 429(retry-after=1)")
    assert [(request.endpoint, request.of_scenario) for request in result.requests] == [
        ("search", False),
        ("search", False),
        ("details", True),
        ("details", True),
    ]


def test_threads_of_asyncio_are_waited_for_before_a_scenario_ends():
    """As in asyncio.run, a call in a thread cannot be cancelled, so it is waited for."""

    async def scenario(client):
        def ask(query):
            with OctaMem() as own:
                own.get(query=query)

        await asyncio.gather(*(asyncio.to_thread(ask, query) for query in "abcd"))

    assert chaos.replay(scenario, "search: 401").leftover == ()


def test_datetimes_can_be_pickled_and_modelled():
    """In a round a moment can be pickled, and a pydantic model may hold one."""

    def scenario(client):
        client.details()

        class Note(BaseModel):
            at: held_datetime

        now = held_datetime.now(timezone.utc)
        return pickle.loads(pickle.dumps(now)) == now == Note(at=now).at

    assert replayed(scenario).returned is True


def test_a_module_imported_in_a_round_keeps_nothing_of_it(tmp_path, monkeypatch):
    """A module that is imported in a round has virtual time during the round, and the machine's after it."""
    (tmp_path / "chaos_lazy.py").write_text(
        "from datetime import datetime\nfrom time import sleep\nclass Stamp(datetime):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def scenario(client):
        import chaos_lazy

        client.details()
        chaos_lazy.sleep(3600)
        return type(chaos_lazy.Stamp(2026, 1, 1)).__name__

    try:
        assert [replayed(scenario).seconds, replayed(scenario).returned] == [3600.0, "Stamp"]
        lazy = sys.modules["chaos_lazy"]
        assert (lazy.sleep, lazy.datetime) == (time.sleep, held_datetime)
    finally:
        sys.modules.pop("chaos_lazy", None)


def test_a_scenario_may_take_the_key_away():
    """A scenario may remove the key from the environment."""

    def scenario(client):
        client.details()
        os.environ.pop("OCTAMEM_API_KEY")

    assert replayed(scenario).error is None


def test_a_generator_s_exit_is_how_a_scenario_ended():
    """GeneratorExit is judged like any error, and does not end the hunt."""

    def scenario(client):
        client.details()
        raise GeneratorExit

    assert isinstance(replayed(scenario).error, GeneratorExit)
