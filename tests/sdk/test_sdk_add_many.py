"""Many memories at once: what is sent, what is read ahead, what comes of each item, and how it ends."""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from contextvars import ContextVar
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List

import anyio
import httpx
import pytest
from sdk_driver import KEY, Driver

from octamem import (
    AddOutcome,
    AddProgress,
    AsyncOctaMem,
    AuthenticationError,
    MethodNotSupportedError,
    OctaMem,
    OctaMemError,
    ValidationError,
)

PATIENCE = 30.0


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Store what comes, and hold each request until `hold` of them are in flight."""

    def __init__(self, hold: int = 1, **statuses: int) -> None:
        self.stored: List[str] = []
        self.sent: List[str] = []
        self.keys: List[str] = []
        self.in_flight = self.most = 0
        self.statuses = statuses
        self.held: Dict[str, threading.Event] = {}
        self.three_sent = threading.Event()
        self._hold = hold
        self._barrier = threading.Barrier(hold, timeout=PATIENCE)
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = self._begin(request, request.read())
        self._barrier.wait()
        if content in self.held:
            assert self.held[content].wait(PATIENCE)
        return self._end(content)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = self._begin(request, await request.aread())
        # All of a generation go on together, as from a barrier; trio takes its tasks in any order.
        generation = -(-len(self.sent) // self._hold) * self._hold
        try:
            while len(self.sent) < generation:
                await anyio.lowlevel.checkpoint()
            while content in self.held and not self.held[content].is_set():
                await anyio.lowlevel.checkpoint()
        except BaseException:
            self.in_flight -= 1
            raise
        return self._end(content)

    def _begin(self, request: httpx.Request, body: bytes) -> str:
        content: str = json.loads(body)["content"]
        with self._lock:
            self.sent.append(content)
            self.keys.append(request.headers["idempotency-key"])
            if len(self.sent) == 3:
                self.three_sent.set()
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
        return content

    def _end(self, content: str) -> httpx.Response:
        status = self.statuses.get(content, 200)
        with self._lock:
            self.in_flight -= 1
            if status == 200:
                self.stored.append(content)
        return httpx.Response(status, json={"id": f"rec_{content}"} if status == 200 else {"error": "no"})


def add_all(sdk: Driver, client: Any, items: Any, **options: Any) -> List[AddOutcome]:
    """Return every outcome, in the order in which they came."""
    if not sdk.is_async:
        return list(client.add_many(items, **options))

    async def step(client: Any) -> List[AddOutcome]:
        return [outcome async for outcome in client.add_many(items, **options)]

    outcomes: List[AddOutcome] = sdk.call(client, step)
    return outcomes


def names(count: int) -> List[str]:
    return [f"item{number}" for number in range(count)]


def test_each_item_has_its_outcome_in_its_place(sdk: Driver) -> None:
    """A content, a params dict and a pair are added with their contexts, and the outcomes keep the order."""
    seen: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"id": seen[-1]["content"]})

    items = [
        "one",
        {"content": "two", "previousContext": "Tea"},
        ("three", "Cake"),
        ["four", None],
        {"content": "five"},
    ]
    outcomes = add_all(sdk, sdk.client(handler=handler), items)
    assert [(each.index, each.result and each.result.id, each.error) for each in outcomes] == [
        (0, "one", None),
        (1, "two", None),
        (2, "three", None),
        (3, "four", None),
        (4, "five", None),
    ]
    assert {each["content"]: each["previousContext"] for each in seen} == {
        "one": "",
        "two": "Tea",
        "three": "Cake",
        "four": "",
        "five": "",
    }


@pytest.mark.parametrize("concurrency", [1, 3])
def test_as_many_calls_as_asked_for_are_in_flight(sdk: Driver, concurrency: int) -> None:
    """The calls in flight reach the concurrency, and never exceed it."""
    service = Service(hold=concurrency)
    outcomes = add_all(sdk, sdk.client(transport=service), names(12), concurrency=concurrency)
    assert service.most == concurrency
    assert [each.result is not None for each in outcomes] == [True] * 12
    assert sorted(service.stored) == sorted(names(12))


def test_every_item_has_an_idempotency_key_of_its_own(sdk: Driver) -> None:
    """No two items share a key, so that a service that honours keys stores them all."""
    service = Service()
    add_all(sdk, sdk.client(transport=service), ["the same"] * 20)
    assert len(set(service.keys)) == 20


def test_a_retry_keeps_the_key_of_its_item(sdk: Driver, clock: Any) -> None:
    """An item that is sent again carries its first key."""
    keys: List[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return httpx.Response(503 if len(keys) == 1 else 200, json={})

    (outcome,) = add_all(sdk, sdk.client(handler=handler, clock=clock), ["Tea"])
    assert outcome.result is not None
    assert len(outcome.result.attempts) == 2
    assert keys == [keys[0]] * 2


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_no_more_is_read_ahead_than_four_times_the_concurrency(sdk: Driver, concurrency: int) -> None:
    """An endless iterable is read as the outcomes are taken, and the memory that is held stays bounded."""
    read: List[int] = []

    def endless() -> Iterator[str]:
        while True:
            read.append(len(read))
            yield f"item{len(read)}"

    ahead: List[int] = []

    def take(outcome: AddOutcome) -> bool:
        ahead.append(len(read) - outcome.index)
        return outcome.index == 60

    iterate(sdk, sdk.client(transport=Service()), endless(), take, concurrency=concurrency)
    assert max(ahead) <= 4 * concurrency
    assert len(read) <= 61 + 4 * concurrency


def iterate(sdk: Driver, client: Any, items: Any, take: Callable[[AddOutcome], bool], **options: Any) -> None:
    """Take outcomes until one is enough, then close the generator."""
    if not sdk.is_async:
        outcomes = client.add_many(items, **options)
        for outcome in outcomes:
            if take(outcome):
                break
        outcomes.close()
        return

    async def step(client: Any) -> None:
        outcomes = client.add_many(items, **options)
        async for outcome in outcomes:
            if take(outcome):
                break
        await outcomes.aclose()

    sdk.call(client, step)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, MethodNotSupportedError)])
def test_a_refused_key_stops_the_rest(sdk: Driver, status: int, kind: type) -> None:
    """After a 401 or 403 nothing more is sent, and each item left says that it was not, and why."""
    service = Service(item2=status)
    outcomes = add_all(sdk, sdk.client(transport=service), names(40), concurrency=1)
    assert service.sent == names(3)
    assert [each.index for each in outcomes] == list(range(40))
    assert [type(each.error) for each in outcomes[:3]] == [type(None), type(None), kind]
    left = [each.error for each in outcomes[3:]]
    assert {type(error) for error in left} == {kind}
    assert {error.outcome for error in left if error} == {"not_sent"}
    assert str(left[0]).startswith("not sent, because item 2 failed: ")
    assert outcomes[2].error is not None
    assert outcomes[2].error.outcome == "refused"


def test_a_client_without_a_key_stops_at_the_first_item(sdk: Driver) -> None:
    """Without a key, no item is sent, and each says what is missing."""
    outcomes = add_all(sdk, sdk.client(None, transport=Service()), names(9))
    assert {type(each.error) for each in outcomes} == {AuthenticationError}
    assert all("api_key is required" in str(each.error) for each in outcomes)


@pytest.mark.parametrize("status", [400, 404, 413, 429, 500])
def test_another_failure_stops_nothing(sdk: Driver, clock: Any, status: int) -> None:
    """An item that fails in any other way has its error, and the others are stored."""
    service = Service(item1=status)
    outcomes = add_all(sdk, sdk.client(transport=service, clock=clock, max_retries=1), names(5))
    assert sorted(service.stored) == ["item0", "item2", "item3", "item4"]
    assert [each.index for each in outcomes if each.error is not None] == [1]
    assert outcomes[1].error is not None
    assert outcomes[1].error.status_code == status


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (17, "items[1] must be a str, a dict of params, or a pair of content and context, got 17"),
        (
            ("a", "b", "c"),
            "items[1] must be a str, a dict of params, or a pair of content and context, got a tuple of 3",
        ),
        (b"Tea", "items[1] must be a str, a dict of params, or a pair of content and context, got bytes"),
        (None, "items[1] must be a str, a dict of params, or a pair of content and context, got None"),
        (" ", "content must not be blank"),
        ({"text": "Tea"}, "params must only have the keys content and previousContext"),
        (("Tea", 5), "previous_context must be a str"),
        ("half \ud800", "content must be valid Unicode"),
    ],
)
def test_an_item_that_is_no_memory_has_its_error(sdk: Driver, item: Any, said: str) -> None:
    """A wrong item is refused by itself, with its index, and the others are stored."""
    service = Service()
    outcomes = add_all(sdk, sdk.client(transport=service), ["first", item, "last"])
    assert sorted(service.stored) == ["first", "last"]
    error = outcomes[1].error
    assert isinstance(error, ValidationError)
    assert str(error).startswith(said)
    assert error.outcome == "not_sent"


@pytest.mark.parametrize("items", ["Tea at four", b"Tea", {"content": "Tea"}, 17, None])
def test_one_item_in_the_place_of_many_is_refused(sdk: Driver, items: Any) -> None:
    """A text is not taken apart into its characters, nor a dict into its keys: nothing is read or sent."""
    service = Service()
    with pytest.raises(ValidationError, match="items must be an iterable of memories"):
        sdk.client(transport=service).add_many(items)
    assert service.sent == []


@pytest.mark.parametrize("concurrency", [0, -1, True, 2.5, "8", 401, None])
def test_an_invalid_concurrency_is_refused_at_once(sdk: Driver, concurrency: Any) -> None:
    """The options are checked when add_many is called, and not when the first outcome is asked for."""
    with pytest.raises(ValidationError, match="concurrency must be"):
        sdk.client(transport=Service()).add_many(["Tea"], concurrency=concurrency)


def test_an_async_iterable_needs_the_async_client() -> None:
    """The sync client says who can read an async iterable."""

    async def items() -> AsyncIterator[str]:
        yield "Tea"

    many: Any = items()
    with OctaMem(KEY, transport=Service()) as client, pytest.raises(ValidationError, match="needs AsyncOctaMem"):
        client.add_many(many)


def test_what_the_iterable_raises_comes_after_the_outcomes_before_it(sdk: Driver) -> None:
    """The items read before are stored and have their outcomes; then the iterable's own error is raised."""

    def items() -> Iterator[str]:
        yield from names(5)
        raise KeyError("the file is cut")

    service = Service()
    taken: List[int] = []
    with pytest.raises(KeyError, match="the file is cut"):
        iterate(sdk, sdk.client(transport=service), items(), lambda outcome: bool(taken.append(outcome.index)))
    assert taken == [0, 1, 2, 3, 4]
    assert sorted(service.stored) == names(5)


class Odd(BaseException):
    """What is no Exception, as a test framework's own failures are."""


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("error", [Odd("stop"), SystemExit(3), asyncio.CancelledError()], ids=repr)
def test_whatever_the_iterable_raises_hangs_nothing(async_sdk: Driver, error: BaseException, is_stream: Any) -> None:
    """An error that is no Exception, such as the cancellation of something else, comes after the outcomes too."""

    def items() -> Iterator[str]:
        yield from names(5)
        raise error

    async def stream() -> AsyncIterator[str]:
        for item in names(5):
            yield item
        raise error

    taken: List[int] = []

    async def step(client: AsyncOctaMem) -> BaseException:
        try:
            with anyio.fail_after(PATIENCE):
                async for outcome in client.add_many(stream() if is_stream else items()):
                    taken.append(outcome.index)  # noqa: PERF401 - those before the error count
        except BaseException as raised:  # noqa: BLE001 - it must not leave the event loop here
            return raised
        pytest.fail("nothing was raised")

    assert async_sdk.call(async_sdk.client(transport=Service()), step) is error
    assert taken == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("error", [Odd("stop"), SystemExit(3), asyncio.CancelledError()], ids=repr)
def test_whatever_a_transport_raises_hangs_nothing(async_sdk: Driver, error: BaseException) -> None:
    """An error of a transport that is no Exception, and no cancellation of the caller, reaches the caller."""

    class Broken(Service):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if b"item3" in await request.aread():
                raise error
            return await super().handle_async_request(request)

    async def step(client: AsyncOctaMem) -> BaseException:
        try:
            with anyio.fail_after(PATIENCE):
                async for _outcome in client.add_many(names(40), concurrency=4):
                    pass
        except BaseException as raised:  # noqa: BLE001 - it must not leave the event loop here
            return raised
        pytest.fail("nothing was raised")

    assert async_sdk.call(async_sdk.client(transport=Broken()), step) is error


def test_an_item_that_breaks_our_own_checks_is_raised_and_hangs_nothing(sdk: Driver) -> None:
    """An exception that is none of ours reaches the caller."""

    class OddText(str):
        __slots__ = ()

        def isspace(self) -> bool:
            raise RuntimeError("an odd str")

    with pytest.raises(RuntimeError, match="an odd str"):
        add_all(sdk, sdk.client(transport=Service()), ["Tea", OddText("Tea"), "Cake"])


def test_progress_counts_what_is_done(sdk: Driver) -> None:
    """Each item that is done is reported once, with the failures so far."""
    seen: List[AddProgress] = []
    add_all(sdk, sdk.client(transport=Service(item3=400)), names(6), on_progress=seen.append)
    assert [each.done for each in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1] == AddProgress(6, 1)


def test_progress_is_reported_while_the_first_outcome_is_waited_for(sdk: Driver) -> None:
    """A slow item holds up the outcomes after it, but not the report of what is done."""
    service = Service()
    service.held["item0"] = threading.Event()

    def report(progress: AddProgress) -> None:
        if progress.done == 3:
            service.held["item0"].set()

    outcomes = add_all(sdk, sdk.client(transport=service), names(4), on_progress=report)
    assert [each.index for each in outcomes] == [0, 1, 2, 3]
    assert service.stored[-1] == "item0"


def test_a_hook_that_fails_stops_nothing(sdk: Driver, caplog: pytest.LogCaptureFixture) -> None:
    """An exception of on_progress is logged by its type, and every item is stored."""

    def report(_progress: AddProgress) -> None:
        raise ValueError("secret")

    service = Service()
    add_all(sdk, sdk.client(transport=service), names(3), on_progress=report)
    assert len(service.stored) == 3
    assert "on_progress raised ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_closing_waits_for_what_is_in_flight_and_begins_nothing(sdk: Driver) -> None:
    """After the generator is closed, no request is in flight, and what was in flight is stored."""
    service = Service()
    service.held.update((name, threading.Event()) for name in names(40)[1:])
    service.held["item0"] = service.three_sent
    if sdk.is_async:
        in_flight = sdk.call(sdk.client(transport=service), lambda client: _close_async(client, service))
    else:
        in_flight = _close_sync(sdk.client(transport=service), service)
    assert in_flight
    assert service.in_flight == 0
    assert sorted(service.stored) == sorted(service.sent)
    assert len(service.sent) < 40


def _close_sync(client: Any, service: Service) -> List[str]:
    outcomes = client.add_many(names(40), concurrency=3)
    next(outcomes)
    in_flight = [name for name in service.sent if name != "item0"]
    left: List[int] = []

    def close() -> None:
        outcomes.close()
        left.append(service.in_flight)

    closing = threading.Thread(target=close)
    closing.start()
    for event in service.held.values():
        event.set()
    closing.join(PATIENCE)
    assert left == [0]
    return in_flight


async def _close_async(client: Any, service: Service) -> List[str]:
    outcomes = client.add_many(names(40), concurrency=3)
    await outcomes.__anext__()
    in_flight = [name for name in service.sent if name != "item0"]
    closed: List[bool] = []

    async def close() -> None:
        await outcomes.aclose()
        closed.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(close)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        assert closed == []
        for event in service.held.values():
            event.set()
    assert closed == [True]
    return in_flight


def test_nothing_is_read_or_sent_before_the_first_outcome_is_asked_for(sdk: Driver) -> None:
    """A generator that is never iterated over does nothing."""
    read: List[str] = []
    service = Service()
    outcomes = sdk.client(transport=service).add_many(read.append(name) or name for name in names(3))
    del outcomes
    assert (read, service.sent) == ([], [])


def test_an_async_stream_has_each_outcome_before_its_next_item(async_sdk: Driver) -> None:
    """An async iterable that waits for the outcome of one item before it gives the next is not waited for in turn."""
    taken: List[int] = []

    async def stream() -> AsyncIterator[str]:
        for number in range(4):
            while len(taken) < number:
                await anyio.lowlevel.checkpoint()
            yield f"item{number}"

    iterate(async_sdk, async_sdk.client(transport=Service()), stream(), lambda each: bool(taken.append(each.index)))
    assert taken == [0, 1, 2, 3]


def test_a_cancelled_task_cancels_its_calls(async_sdk: Driver) -> None:
    """A cancellation of the task that iterates ends the calls in flight, and leaves none behind."""
    service = Service()
    service.held.update((name, threading.Event()) for name in names(9))

    async def step(client: AsyncOctaMem) -> None:
        async def all_of_it() -> None:
            async for _outcome in client.add_many(names(9), concurrency=4):
                pytest.fail("no item was answered")

        async with anyio.create_task_group() as group:
            group.start_soon(all_of_it)
            while len(service.sent) < 4:
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()

    async_sdk.call(async_sdk.client(transport=service), step)
    assert service.in_flight == 0
    assert service.stored == []
    assert len(service.sent) == 4


def test_a_closed_client_stores_nothing_and_says_so(sdk: Driver) -> None:
    """Items of a closed client have its error."""
    client = sdk.client(transport=Service())
    sdk.call(client, lambda it: it.close())
    outcomes = add_all(sdk, client, names(3))
    assert [str(each.error).partition(":")[0] for each in outcomes] == ["this client is closed"] * 3


def test_threads_see_the_context_of_the_caller() -> None:
    """A context variable, such as the current span of a tracer, is seen by the calls that workers make."""
    span: ContextVar[str] = ContextVar("span", default="none")
    seen: List[str] = []

    def handler(_request: httpx.Request) -> httpx.Response:
        seen.append(span.get())
        return httpx.Response(200, json={})

    with OctaMem(KEY, transport=httpx.MockTransport(handler)) as client:
        token = span.set("import")
        list(client.add_many(names(6)))
        span.reset(token)
    assert seen == ["import"] * 6


def test_no_outcome_shows_a_text(sdk: Driver) -> None:
    """The error of an item, with the variables of its frames, holds no other item's text and not its own."""
    texts = [f"Petra keeps key {number} under stone {number}" for number in range(5)]
    client = sdk.client(handler=lambda _request: httpx.Response(400, json={"error": "no"}))
    for outcome in add_all(sdk, client, texts):
        error = outcome.error
        assert isinstance(error, OctaMemError)
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        own = [line for line in shown.splitlines() if "Petra" in line]
        assert own == []
        assert "Petra" not in repr(outcome)
