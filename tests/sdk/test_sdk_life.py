"""The life of a client: closing, loops, threads, forks, cancellation, and overrides."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import json
import pickle
import random
import socket
import subprocess
import sys
import threading
from functools import partial
from typing import Any, Callable, List

import anyio
import httpx
import pytest
import trio
from raw_server import Server, reply, silence
from sdk_driver import KEY, Driver, VirtualClock

from octamem import APITimeoutError, AsyncOctaMem, OctaMem, OctaMemError
from octamem._overrides import IN_FORCE
from octamem._registry import REGISTRY
from octamem.testing import base_urls, override

KEEP = reply(200, b'{"success": true}', connection="keep-alive")


class Closable(httpx.MockTransport):
    """A transport that counts how often it was closed."""

    def __init__(self, handler: Any = None) -> None:
        super().__init__(handler or (lambda _request: httpx.Response(200, json={"success": True})))
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def test_a_closed_client_says_so(sdk: Driver) -> None:
    """A call after close() is an OctaMemError in plain words, and closing again is nothing."""
    client = sdk.client(transport=Closable())
    sdk.run(client, lambda c: c.details(), lambda c: c.close(), lambda c: c.close())
    error = sdk.error(client, lambda c: c.details())
    assert type(error) is OctaMemError
    assert "this client is closed" in error.message


def test_close_closes_the_transport_that_was_given_once(sdk: Driver) -> None:
    """A client owns the transport that it was given, and closes it one time."""
    transport = Closable()
    sdk.run(sdk.client(transport=transport), lambda c: c.close(), lambda c: c.close())
    assert transport.closed == 1


class Entered:
    """A `with` block of a client, entered and left by hand, so that sync and async are one test."""

    def __init__(self, sdk: Driver, client: Any) -> None:
        self.enter = lambda: sdk.call(client, lambda c: c.__aenter__() if sdk.is_async else c.__enter__())
        gone = (None, None, None)
        self.leave = lambda: sdk.call(client, lambda c: c.__aexit__(*gone) if sdk.is_async else c.__exit__(*gone))


def test_leaving_an_inner_with_leaves_the_client_open(sdk: Driver) -> None:
    """A client closes when the outermost of its blocks ends, and a derived one has blocks of its own."""
    transport = Closable()
    client = sdk.client(transport=transport)
    block, inner, derived = (
        Entered(sdk, client),
        Entered(sdk, client),
        Entered(sdk, client.with_options(timeout=3)),
    )
    for step in (block.enter, inner.enter, derived.enter, derived.leave, inner.leave):
        step()
    assert sdk.call(client, lambda c: c.details())
    assert transport.closed == 0
    block.leave()
    assert transport.closed == 1
    assert "this client is closed" in str(sdk.error(client, lambda c: c.details()))


def test_close_inside_a_block_closes_at_once(sdk: Driver) -> None:
    """close() does not wait for the end of a block, and leaving a block that nobody entered closes too."""
    transport = Closable()
    client = sdk.client(transport=transport)
    block = Entered(sdk, client)
    block.enter()
    sdk.run(client, lambda c: c.close())
    assert transport.closed == 1
    block.leave()
    Entered(sdk, sdk.client(transport=transport)).leave()
    assert transport.closed == 2


def test_a_derived_client_leaves_the_connections_open(sdk: Driver) -> None:
    """Closing what with_options made ends only that; closing the origin ends both."""
    transport = Closable()
    client = sdk.client(transport=transport)
    derived = client.with_options(timeout=3)
    sdk.run(derived, lambda c: c.close())
    assert "closed" in str(sdk.error(derived, lambda c: c.details()))
    assert sdk.call(client, lambda c: c.details())
    other = client.with_options(timeout=4)
    sdk.run(client, lambda c: c.close())
    assert "closed" in str(sdk.error(other, lambda c: c.details()))
    assert transport.closed == 1


def test_derived_clients_share_a_retry_budget_unless_told_otherwise(sdk: Driver, clock: VirtualClock) -> None:
    """The budget of a client holds for what is derived from it, until one gets its own."""
    client = sdk.client(handler=lambda _request: httpx.Response(503), clock=clock, retry_budget=3)
    attempts = [
        len(sdk.error(one, lambda c: c.details()).attempts)
        for one in (
            client,
            client.with_options(timeout=1),
            client.with_options(retry_budget=None),
            client.with_options(retry_budget=2),
        )
    ]
    assert attempts == [4, 1, 4, 3]


def test_a_call_in_flight_ends_before_the_connections_close() -> None:
    """close() during a call lets it end, and the last call closes the transport."""
    transport = Closable()
    transport.handler = lambda _request: client.close() or httpx.Response(200, json={"closed": transport.closed})
    client = OctaMem(KEY, transport=transport)
    assert client.details().closed == 0
    assert transport.closed == 1


def test_a_call_is_not_repeated_once_its_client_is_closed(sdk: Driver, clock: VirtualClock) -> None:
    """Closed while an attempt is under way, a call ends with what that attempt came to, and nothing more is sent."""

    def close_and_fail(_request: httpx.Request) -> httpx.Response:
        client._state.session().closed = True
        return httpx.Response(503)

    client = sdk.client(handler=close_and_fail, clock=clock)
    error = sdk.error(client, lambda c: c.details())
    assert (len(error.attempts), error.status_code, clock.waits) == (1, 503, [])
    assert "not retried: the client was closed" in str(error)


def test_a_retry_is_called_off_where_the_client_is_closed_during_the_wait(sdk: Driver) -> None:
    """Closed during a back-off, a call ends with the error before it, and the retry is not sent."""

    class Closing(VirtualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            client._state.session().closed = True

    sent: List[httpx.Request] = []
    client = sdk.client(handler=lambda request: sent.append(request) or httpx.Response(503), clock=Closing())
    error = sdk.error(client.with_options(timeout=3), lambda c: c.details())
    assert (len(sent), len(error.attempts)) == (4, 4)  # closing one client of a pool is not closing the other
    error = sdk.error(client, lambda c: c.details())
    assert "this client is closed" in str(error)
    client._state.session().closed = False
    error = sdk.error(client, lambda c: c.details())
    assert (len(sent), len(error.attempts), error.status_code) == (5, 1, 503)
    assert "not retried: the client was closed" in str(error)


def test_an_async_call_in_flight_ends_before_the_connections_close(
    async_sdk: Driver, serve: Callable[..., Server]
) -> None:
    """The same for a task that is still waiting when another closes the client, own transport or not."""
    heard, gate = threading.Event(), threading.Event()

    def answer_when_told(connection: socket.socket) -> None:
        heard.set()
        if gate.wait(60):
            connection.sendall(reply())

    server = serve(answer_when_told)
    results: List[Any] = []

    async def call(client: Any) -> None:
        results.append(await client.details())

    async def main() -> None:
        arrived, answer = anyio.Event(), anyio.Event()

        async def handler(_request: httpx.Request) -> httpx.Response:
            arrived.set()
            await answer.wait()
            return httpx.Response(200, json={})

        slow = Closable(handler)
        client, mocked = AsyncOctaMem(KEY, base_url=server.url), AsyncOctaMem(KEY, transport=slow)
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call, client)
                tasks.start_soon(call, mocked)
                await arrived.wait()
                assert await anyio.to_thread.run_sync(heard.wait, 60)
                await client.close()
                await mocked.close()
                assert (slow.closed, results) == (0, [])
                gate.set()
                answer.set()
        assert slow.closed == 1

    anyio.run(main, backend=async_sdk.backend)
    assert len(results) == 2


def test_one_async_client_serves_one_event_loop_after_another(sdk: Driver, serve: Callable[..., Server]) -> None:
    """Three runs share a client, each closes its connections at its end, and nothing is left to warn about."""
    server = serve(KEEP)
    client = sdk.client(base_url=server.url)
    for _ in range(3):
        assert all(sdk.run(client, *[lambda c: c.add(content="tea")] * 2))
        gc.collect()
    assert server.connections == (3 if sdk.is_async else 1)
    assert len(server.requests) == 6


def test_one_async_client_serves_two_loops_at_once(serve: Callable[..., Server]) -> None:
    """Two threads, asyncio in one and trio in the other, use a client at the same time."""
    server = serve(KEEP)
    client = AsyncOctaMem(KEY, base_url=server.url)
    results: List[Any] = []

    async def main() -> None:
        results.extend([await client.add(content="tea") for _ in range(20)])

    threads = [threading.Thread(target=run, args=(main,)) for run in (anyio.run, trio.run, anyio.run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    gc.collect()
    assert len(results) == 60
    assert server.connections == 3


def test_a_client_that_is_dropped_without_closing_leaves_no_connection(serve: Callable[..., Server]) -> None:
    """An async client that nobody closed takes its connections with it, without a warning."""
    server = serve(KEEP)

    async def main() -> None:
        await AsyncOctaMem(KEY, base_url=server.url).details()
        gc.collect()

    asyncio.run(main())
    gc.collect()
    assert server.connections == 1


def test_a_sync_client_that_is_dropped_without_closing_leaves_no_connection(serve: Callable[..., Server]) -> None:
    """The shortest of scripts, which closes nothing, gets no warning of an unclosed socket."""
    server = serve(KEEP)
    OctaMem(KEY, base_url=server.url).details()
    gc.collect()
    assert server.connections == 1


def test_the_pool_of_a_loop_that_was_closed_in_the_middle_is_forgotten() -> None:
    """A loop that ended with calls under way is not kept alive by the client."""
    client = AsyncOctaMem(KEY, transport=Closable())
    loop = asyncio.new_event_loop()
    run = loop.run_until_complete(_enter(client))
    loop.close()
    assert len(client._state.session().pool._runs) == run.calls == 1
    asyncio.run(_call_once(client))
    assert loop not in client._state.session().pool._runs
    asyncio.run(client.close())


async def _enter(client: AsyncOctaMem) -> Any:
    return client._state.session().pool.enter()


async def _call_once(client: AsyncOctaMem) -> Any:
    return await client.details()


async def cancelled(call: Callable[[], Any], there: Callable[[], object]) -> bool:
    """Cancel a call as soon as `there` has returned, in a thread; say whether that ended it."""
    with anyio.CancelScope() as scope:

        async def until_there() -> None:
            await anyio.to_thread.run_sync(there)
            scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_there)
            await call()
    return scope.cancelled_caught


def test_cancellation_passes_at_once_and_the_client_stays_usable(
    async_sdk: Driver, serve: Callable[..., Server]
) -> None:
    """A call cancelled while it waits for an answer, or in a back-off, is gone at once; the next one works."""
    heard, resting = threading.Event(), threading.Event()

    def hear(connection: socket.socket) -> None:
        heard.set()
        silence(connection)

    class Resting(VirtualClock):
        async def sleep_async(self, seconds: float) -> None:
            resting.set()
            await anyio.sleep(seconds)

    server = serve(hear, reply(503, b""), KEEP)

    async def main() -> Any:
        async with AsyncOctaMem(KEY, base_url=server.url, retry_delay=600, clock=Resting()) as client:
            for there in (heard, resting):
                assert await cancelled(lambda: client.add(content="tea"), partial(there.wait, 60))
            with anyio.CancelScope() as scope:
                scope.cancel()
                await client.add(content="tea")
            assert client._state.session().pool._calls == 0
            return await client.add(content="tea")

    assert anyio.run(main, backend=async_sdk.backend).success


def test_a_cancelled_handshake_leaves_no_connection_open(
    async_sdk: Driver, serve: Callable[..., Server], until: Callable[..., None]
) -> None:
    """A call that is cancelled before TLS stands closes its socket, and one that times out there does too."""
    hellos: List[bytes] = []

    def hear(connection: socket.socket) -> None:
        hellos.append(connection.recv(1))  # so that the client is past connecting, which is another moment to cancel
        silence(connection)

    server = serve(at_once=hear)

    async def main() -> None:
        async with AsyncOctaMem(KEY, base_url=f"https://127.0.0.1:{server.port}", max_retries=0) as client:
            for number in range(1, 4):
                assert await cancelled(client.details, partial(until, lambda n=number: len(hellos) == n))
            with pytest.raises(APITimeoutError, match=r"connect timeout of 0\.5 s"):
                await client.with_options(timeout=0.5).details()

    anyio.run(main, backend=async_sdk.backend)
    gc.collect()
    until(lambda: server.connections == 4)


def test_a_storm_of_cancellations_leaves_a_client_that_works(async_sdk: Driver, serve: Callable[..., Server]) -> None:
    """Calls that are cancelled at whatever moment leave no call counted, no connection taken and nothing open."""
    if async_sdk.backend == "asyncio" and sys.version_info < (3, 10):
        pytest.skip("the last anyio for Python 3.9 drops a connection that is cancelled at the very end of connecting")
    server = serve(lambda connection: server.ending.wait(0.005) or connection.sendall(reply()))
    chance = random.Random(7)

    async def one(client: Any, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await client.add(content="tea")

    async def main() -> Any:
        async with AsyncOctaMem(KEY, base_url=server.url, max_retries=1, retry_delay=0.01) as client:
            async with anyio.create_task_group() as tasks:
                for _ in range(100):
                    tasks.start_soon(one, client, chance.random() * 0.2)
            assert client._state.session().pool._calls == 0
            return await client.add(content="tea")

    assert anyio.run(main, backend=async_sdk.backend).success
    gc.collect()


def test_a_cancellation_that_wins_over_the_deadline_is_no_timeout(
    async_sdk: Driver, serve: Callable[..., Server]
) -> None:
    """With a deadline too, a cancelled call ends cancelled, and one past its deadline ends with an error."""
    server = serve(silence)

    async def main() -> None:
        async with AsyncOctaMem(KEY, base_url=server.url, deadline=60) as client:
            with anyio.move_on_after(0.05) as scope:
                await client.add(content="tea")
            assert scope.cancelled_caught
            with pytest.raises(APITimeoutError, match="deadline"):
                await client.with_options(deadline=0.3).add(content="tea")

    anyio.run(main, backend=async_sdk.backend)


def test_an_override_holds_for_clients_without_an_argument_of_their_own(sdk: Driver, clock: VirtualClock) -> None:
    """An override replaces transport and clock of a client that was given none, for the length of the block."""
    answers = iter([httpx.Response(503), httpx.Response(200, json={"usage": 7})])
    transport = Closable(lambda _request: next(answers))
    client = sdk.client(base_url="http://127.0.0.1:1", max_retries=1)
    with override(transport=transport, async_transport=transport, clock=clock):
        assert sdk.call(client, lambda c: c.details()).usage == 7
        sdk.run(client, lambda c: c.close())
    assert len(clock.waits) == 1
    assert transport.closed == 0


@pytest.mark.parametrize("force", [False, True])
def test_force_holds_for_clients_with_arguments_of_their_own_too(sdk: Driver, clock: VirtualClock, force: Any) -> None:
    """Without force a client's own transport and clock hold, with it they do not."""
    own = Closable(lambda _request: httpx.Response(503))
    over = Closable(lambda _request: httpx.Response(503))
    own_clock = VirtualClock()
    client = sdk.client(transport=own, clock=own_clock, max_retries=2)
    with override(transport=over, async_transport=over, clock=clock, force=force):
        sdk.error(client, lambda c: c.details())
    assert (len(clock.waits), len(own_clock.waits)) == ((2, 0) if force else (0, 2))


def test_overrides_nest_and_end_in_any_order() -> None:
    """The one entered last holds for what it gives, and each end takes away its own alone."""
    tags: List[str] = []

    def tagged(tag: str) -> httpx.MockTransport:
        return httpx.MockTransport(lambda _request: tags.append(tag) or httpx.Response(200, json={}))

    with OctaMem(KEY) as client:
        one, two = override(transport=tagged("one")), override(transport=tagged("two"))
        one.__enter__()
        client.details()
        two.__enter__()
        with override(clock=VirtualClock()):
            client.details()
        one.__exit__(None, None, None)
        client.details()
        two.__exit__(None, None, None)
    assert tags == ["one", "two", "two"]


def test_overrides_of_many_threads_leave_nothing_behind() -> None:
    """Overrides that come and go in eight threads at once are all gone at the end."""

    def come_and_go() -> None:
        for _ in range(200):
            with override(clock=VirtualClock(), force=True), override(transport=Closable()):
                assert IN_FORCE.overrides.forced.clock is not None

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    before = IN_FORCE.blocks
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert IN_FORCE.blocks == before


def test_a_clock_that_fails_is_not_taken_for_the_end_of_a_call(sdk: Driver) -> None:
    """What a clock raises while a client waits comes out as it is, a StopIteration of a test's own iterator too."""

    class Broken(VirtualClock):
        def sleep(self, seconds: float) -> None:
            raise StopIteration if not sdk.is_async else EOFError

    client = sdk.client(handler=lambda _request: httpx.Response(503), clock=Broken())
    with pytest.raises(EOFError if sdk.is_async else StopIteration):
        sdk.run(client, lambda c: c.details())


def test_an_override_reaches_other_threads() -> None:
    """An override holds for the process, so a client in another thread is caught too."""
    with override(transport=Closable()), OctaMem(KEY) as client:
        results: List[Any] = []
        thread = threading.Thread(target=lambda: results.append(client.details()))
        thread.start()
        thread.join()
    assert len(results) == 1


def test_an_override_of_chance_decides_the_jitter(sdk: Driver, clock: VirtualClock) -> None:
    """The rng of an override is read at the call."""

    class Chance:
        def random(self) -> float:
            return 0.25

    client = sdk.client(handler=lambda _request: httpx.Response(503), clock=clock, max_retries=2)
    with override(rng=Chance()):
        sdk.error(client, lambda c: c.details())
    assert clock.waits == [0.625, 1.25]


def test_a_clock_is_told_of_each_call(sdk: Driver, clock: VirtualClock) -> None:
    """A clock with a call() has each call inside of it, from before its first attempt until after its last."""
    events: List[str] = []

    class Telling(VirtualClock):
        def call(self) -> Any:
            @contextlib.contextmanager
            def during() -> Any:
                events.append("in")
                yield
                events.append("out")

            return during()

    client = sdk.client(handler=lambda _request: events.append("sent") or httpx.Response(200, json={}), clock=Telling())
    sdk.call(client, lambda c: c.details())
    assert events == ["in", "sent", "out"]


def test_the_registry_keeps_no_client_alive() -> None:
    """A client that is gone is not listed, and was not kept."""
    client = OctaMem(KEY, base_url="http://gone.example")
    assert "http://gone.example" in base_urls()
    del client
    gc.collect()
    assert "http://gone.example" not in base_urls()


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_cannot_be_pickled_or_copied(sdk: Driver, way: Any) -> None:
    """The refusal says why, and names with_options."""
    with pytest.raises(TypeError, match="with_options"):
        way(sdk.client())


FORK = """
import json, os, sys
from octamem import OctaMem
client = OctaMem("sk-om-live-fork", base_url=sys.argv[1], max_retries=0)
calls = int(sys.argv[2])
client.get(query="warm")
child = os.fork()
name = "parent" if child else "child"
wrong = sum(client.get(query=f"{name} {n}").said != f"{name} {n}" for n in range(calls))
if child:
    _, status = os.waitpid(child, 0)
    print(json.dumps({"parent": wrong, "child": os.waitstatus_to_exitcode(status)}))
else:
    os._exit(min(wrong, 255))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    "calls", [pytest.param(100, id="short"), pytest.param(5000, id="long", marks=pytest.mark.proof)]
)
def test_a_fork_leaves_the_connection_to_the_parent(calls: int) -> None:
    """Many calls on both sides of a fork with a warm connection each get their own answer."""
    with contextlib.closing(Echo()) as server:
        ran = subprocess.run(
            [sys.executable, "-c", FORK, server.url, str(calls)],
            capture_output=True,
            text=True,
            timeout=600,
            check=True,
        )
    assert json.loads(ran.stdout) == {"parent": 0, "child": 0}
    assert server.connections == 2


class Echo(Server):
    """A server that answers with what was asked, on connections that stay open."""

    def __init__(self) -> None:
        super().__init__([b""], at_once=self.echo)

    def echo(self, connection: Any) -> None:
        from raw_server import read_request

        while True:
            request = read_request(connection)
            if request is None:
                return
            said = json.loads(request.partition(b"\r\n\r\n")[2])["query"]
            connection.sendall(reply(200, json.dumps({"said": said}).encode(), connection="keep-alive"))


def test_what_a_fork_leaves_behind_is_not_closed(sdk: Driver) -> None:
    """What Python calls in the child of a fork starts with new locks and no connections, and leaves the old ones be."""
    transport = Closable()
    client = sdk.client(transport=transport)
    sdk.call(client, lambda c: c.details())
    IN_FORCE.after_fork()
    REGISTRY.after_fork()
    assert transport.closed == 0
    assert sdk.call(client, lambda c: c.details())
