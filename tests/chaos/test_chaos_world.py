"""What a scenario may meet in a round beside the fake: threads and loops, sockets and children, and its own modules."""

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


def played(scenario, schedule=""):
    """Make one round and hold it to no promise."""
    return chaos.replay(scenario, schedule, invariants=())


def test_a_loop_in_a_thread_of_its_own_is_not_stuck():
    """run_coroutine_threadsafe to a loop that runs in another thread works as ever."""

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

    over = played(scenario)
    assert (over.returned, over.error, over.seconds) == ("tea", None, pytest.approx(30, abs=1e-3))


def test_an_async_scenario_may_meet_the_world():
    """Sockets and child processes of an async scenario are waited for before time moves."""

    async def scenario(client):
        child = await asyncio.create_subprocess_exec("sh", "-c", "echo 7", stdout=subprocess.PIPE)
        told, _ = await asyncio.wait_for(child.communicate(), 5)
        await client.details()
        return told

    over = played(scenario)
    assert (over.error, over.returned) == (None, b"7\n")


def test_a_socket_of_another_thread_is_waited_for():
    """What comes from a thread that was there before the round comes before a time-out of the round's."""
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
        over = played(scenario)
        thread.join()
    assert (over.error, over.returned, over.seconds) == (None, b"tea", 0.0)


def test_trio_is_refused():
    """A scenario on trio, whose clock is not the round's, is told so rather than judged or hung."""
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
    """Rounds take turns, and one inside another would wait for itself."""

    def scenario(client):
        client.details()
        chaos.hunt(lambda inner: inner.details())

    with pytest.raises(chaos.ScenarioError, match="cannot be called inside a scenario"):
        chaos.hunt(scenario)


def test_a_fake_that_fails_ends_the_hunt():
    """An error of what answers is neither a fault nor the scenario's."""

    def search(*_):
        raise LookupError("no index")

    with pytest.raises(chaos.ScenarioError, match="as the fake could not answer") as caught:
        chaos.hunt(lambda client: client.get(query="tea"), memories=["tea"], settings={"search": search})
    assert caught.value.__cause__ is not None


def test_close_client_strikes_the_given_client_alone():
    """A request of a client that the scenario built itself is answered, and only the given one is closed."""

    def scenario(client):
        client.details()
        with OctaMem() as own:
            own.details()

    over = chaos.replay(scenario, "details: ok, close-client", unmet="allow")
    assert (over.error, over.hits) == (None, ())
    over = played(scenario, "details: close-client")
    assert [arrival.of_client for arrival in over.requests] == [True]


def test_what_the_cancelled_task_sends_is_told_apart():
    """An arrival says whether the scenario's own task sent it."""

    async def scenario(client):
        try:
            await asyncio.gather(client.get(query="tea"), client.get(query="milk"))
        finally:
            await client.details()

    over = played(scenario, "details: 429(retry-after=1)")
    assert [(arrival.endpoint, arrival.of_scenario) for arrival in over.requests] == [
        ("search", False),
        ("search", False),
        ("details", True),
        ("details", True),
    ]


def test_threads_of_asyncio_are_waited_for_before_a_scenario_is_over():
    """As asyncio.run does: what a thread has under way cannot be cancelled."""

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

    assert played(scenario).returned is True


def test_a_module_imported_in_a_round_keeps_nothing_of_it(tmp_path, monkeypatch):
    """What it holds of time is the round's while the round lasts, and the machine's after it."""
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
        assert [played(scenario).seconds, played(scenario).returned] == [3600.0, "Stamp"]
        lazy = sys.modules["chaos_lazy"]
        assert (lazy.sleep, lazy.datetime) == (time.sleep, held_datetime)
    finally:
        sys.modules.pop("chaos_lazy", None)


def test_a_scenario_may_take_the_key_away():
    """A key that is gone from the environment at the end is no error of ours."""

    def scenario(client):
        client.details()
        os.environ.pop("OCTAMEM_API_KEY")

    assert played(scenario).error is None


def test_a_generator_s_exit_is_how_a_scenario_ended():
    """GeneratorExit is judged as any error is, and does not end the search."""

    def scenario(client):
        client.details()
        raise GeneratorExit

    assert isinstance(played(scenario).error, GeneratorExit)
