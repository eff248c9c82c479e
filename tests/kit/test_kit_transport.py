"""FakeTransport: what happens in process is what happens on a socket."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Dict, List, Optional, Tuple

import anyio
import httpx
import pytest

from fake_server.core import Fake, SearchFailedError
from octamem import OctaMem, OctaMemError
from octamem_testing.context import OctaMemServer, build
from octamem_testing.marker import Plan
from octamem_testing.virtual_time.clock import VirtualClock
from octamem_testing.wiring.transport import FakeTransport

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from octamem_testing.context import TestContext

Until = Callable[[Callable[[], object]], None]

IMPATIENCE = 0.15  # seconds of read timeout, for faults that outlast any
PATIENCE = 20.0  # and for all others, as a loaded machine may be slow to answer on loopback
SHOWN = ("content-type", "content-length", "transfer-encoding", "retry-after", "location")
FAULTS = [
    "ok",
    "503",
    "429(retry-after=2)",
    "500(body=html)",
    "502(body=empty)",
    "204",
    "503 @after",
    "reset",
    "reset @after",
    "close",
    "close @after",
    "hang",
    "hang @after",
    "slow(0.02s)",
    "slow(0.02s) @before",
    "slow(5s)",
    "slow(5s) @before",
    "truncate",
    "truncate @before",
    "truncate(chunked)",
    "drip(0.08s)",
    "drip(9s)",
    "garbage",
    "wrong-type",
    "empty",
    "redirect",
    "redirect @after",
    "503 @mid",
    "reset @mid",
    "close @mid",
    "hang @mid",
    "lost",
    "twice",
]
SEARCHES = ["stale(2)", "missing(2)", "shuffled", "foreign"]
PRESETS = ["outage(30s)", "brownout", "flapping", "rate-limited", "lost-answers"]


@dataclass(frozen=True)
class Seen:
    """What a client saw of one request: an answer, or an error."""

    error: Optional[type] = None
    message: str = ""
    status: int = 0
    headers: Tuple[Tuple[str, str], ...] = ()
    body: bytes = b""


def seen_of(response: httpx.Response) -> Seen:
    headers = tuple((name, response.headers[name]) for name in SHOWN if name in response.headers)
    return Seen(status=response.status_code, headers=headers, body=response.content)


def ask(
    transport: Optional[FakeTransport],
    url: str,
    key: str,
    way: str,
    endpoint: str = "add",
    text: str = "tea at four",
    patience: float = PATIENCE,
) -> Seen:
    """Send one add, or one search, sync or async, and tell what came of it."""
    body = {"content" if endpoint == "add" else "query": text}
    call: Dict[str, Any] = {"headers": {"Authorization": f"Bearer {key}"}, "json": body}
    timeout = httpx.Timeout(PATIENCE, read=patience)
    target = f"{url}/api/memory/{endpoint}"

    # Without certificates, which take longer to load than all else that a request over plain HTTP does.
    async def main() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, timeout=timeout, verify=False) as client:
            return await client.post(target, **call)

    try:
        if way == "sync":
            with httpx.Client(transport=transport, timeout=timeout, verify=False) as client:
                return seen_of(client.post(target, **call))
        return seen_of(anyio.run(main, backend=way))
    except httpx.HTTPError as error:
        return Seen(error=type(error), message="" if way == "trio" else str(error))


def journal(fake: Fake) -> List[Dict[str, Any]]:
    """Return the journal without times."""
    return [{**entry.as_dict(), "at": None} for entry in fake.requests()]


@pytest.fixture
def twin(request: pytest.FixtureRequest) -> TestContext:
    """Give a fake that is set up as octamem_fake is: same seed, same key."""
    return build(request.node.nodeid, Plan())


def compare(script: str, way: str, twin: TestContext, server: OctaMemServer, until: Until) -> None:
    twin.fake.faults(f"add: {script}")
    server.fake.faults(f"add: {script}")
    patience = IMPATIENCE if script.startswith(("hang", "slow(5s)", "drip(9s)")) else PATIENCE
    in_process = ask(FakeTransport(twin.fake, twin.clock), server.url, twin.fake.api_key, way, patience=patience)
    on_socket = ask(None, server.url, server.api_key, way, patience=patience)
    assert in_process == on_socket
    # A server takes up a request, and notices that its client has left, a little later than a client without patience.
    until(lambda: journal(twin.fake) == journal(server.fake))
    assert [memory.id for memory in twin.fake.memories()] == [memory.id for memory in server.fake.memories()]


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("script", FAULTS)
def test_a_fault_is_the_same_in_process_and_on_a_socket(
    script: str, way: str, twin: TestContext, octamem_server: OctaMemServer, until: Until
) -> None:
    """Every fault gives the same answer or httpx error, the same memories and the same journal, both ways in."""
    compare(script, way, twin, octamem_server, until)


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("script", SEARCHES)
def test_a_search_that_lies_is_the_same_both_ways_in(
    script: str, way: str, twin: TestContext, octamem_server: OctaMemServer, until: Until
) -> None:
    """A search that answers 200 and lies tells the same lie in process and on a socket, and the journal names it."""
    answers = []
    for fake, transport in ((twin.fake, FakeTransport(twin.fake, twin.clock)), (octamem_server.fake, None)):
        context = {"previousContext": "elsewhere"}
        fake.remember([f"tea number {number}" for number in range(5)])
        fake.remember([{"content": f"tea of another {number}", **context} for number in range(2)])
        fake.faults(f"search: {script}")
        answers.append([ask(transport, octamem_server.url, fake.api_key, way, "search", "tea") for _ in range(2)])
    assert answers[0] == answers[1]
    assert answers[0][0].body != answers[0][1].body
    until(lambda: journal(twin.fake) == journal(octamem_server.fake))
    assert twin.fake.requests()[0].fault == f"{script} @after"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_the_same_both_ways_in(
    preset: str, way: str, twin: TestContext, octamem_server: OctaMemServer, until: Until
) -> None:
    """Ten adds under the same preset get the same faults in process and on a socket, and leave the same behind."""
    texts = [f"tea number {number}" for number in range(10)]
    for fake in (twin.fake, octamem_server.fake):
        fake.faults(preset, seed=11)
    transport, url, key = FakeTransport(twin.fake), octamem_server.url, twin.fake.api_key
    in_process = [ask(transport, url, key, way, text=text, patience=IMPATIENCE) for text in texts]
    # Little patience for the answers of a brownout that take two seconds, and for no other.
    patience = [IMPATIENCE if each.error is httpx.ReadTimeout else PATIENCE for each in in_process]
    key = octamem_server.api_key
    on_socket = [ask(None, url, key, way, text=text, patience=most) for text, most in zip(texts, patience)]
    assert in_process == on_socket
    assert any(each.status != 200 for each in in_process)
    until(lambda: journal(twin.fake) == journal(octamem_server.fake))
    assert [memory.id for memory in twin.fake.memories()] == [memory.id for memory in octamem_server.fake.memories()]


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("script", ["503 @mid", "reset @mid", "close @mid", "hang @mid"])
def test_a_large_body_that_is_broken_off_is_the_same_both_ways_in(
    script: str, way: str, twin: TestContext, octamem_server: OctaMemServer, until: Until
) -> None:
    """A fault in the middle of a body of many chunks gives the same error, journal and empty store, both ways in."""
    text = "tea at four " * 25_000
    seen = []
    for fake, transport in ((twin.fake, FakeTransport(twin.fake, twin.clock)), (octamem_server.fake, None)):
        fake.faults(f"add: {script}")
        patience = IMPATIENCE if script.startswith("hang") else PATIENCE
        seen.append(ask(transport, octamem_server.url, fake.api_key, way, text=text, patience=patience))
    assert (seen[0].error, seen[0].status) == (seen[1].error, seen[1].status)
    until(lambda: journal(twin.fake) == journal(octamem_server.fake))
    assert twin.fake.memories() == octamem_server.fake.memories() == []


@pytest.mark.parametrize("script", ["reset", "close @after", "hang", "truncate"])
def test_trio_sees_the_same_faults(script: str, twin: TestContext, octamem_server: OctaMemServer, until: Until) -> None:
    """Under trio a fault gives the same httpx error, memories and journal, both ways in."""
    compare(script, "trio", twin, octamem_server, until)


def test_a_cut_body_fails_while_it_is_read(octamem_fake: Fake) -> None:
    """A truncated answer has its status and headers first; reading its body is what raises."""
    octamem_fake.faults("details: truncate")
    transport = FakeTransport(octamem_fake)
    request = httpx.Request("POST", "http://x/api/memory/details", headers=bearer(octamem_fake), json={})
    response = transport.handle_request(request)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    with pytest.raises(httpx.RemoteProtocolError, match=r"received \d+ bytes, expected \d+"):
        response.read()


@pytest.mark.octamem(faults="details: hang")
def test_a_hang_without_a_read_timeout_ends_at_once(octamem_fake: Fake) -> None:
    """Where the request would wait for ever it gets a ReadTimeout, no time passes, and the journal says why."""
    with httpx.Client(transport=FakeTransport(octamem_fake), timeout=None) as client, pytest.raises(httpx.ReadTimeout):
        client.post("http://x/api/memory/details", headers=bearer(octamem_fake), json={})
    assert octamem_fake.now() == 0
    assert "no read timeout" in octamem_fake.requests()[0].line()


@pytest.mark.parametrize("time", ["joined", "its own"])
@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize(
    ("script", "moved"),
    [
        ("slow(2s)", 2.0),
        ("slow(2s) @before", 2.0),
        ("slow(60s)", 10.0),
        ("slow(60s) @before", 10.0),
        ("hang", 10.0),
        ("drip(4s)", 4.0),
        ("drip(100s)", 10.0),
        ("reset", 0.0),
    ],
)
def test_delays_move_the_clock_and_are_no_waits(
    octamem_fake: Fake, script: str, moved: float, time: str, way: str
) -> None:
    """A delay moves the fake's time by what the client endured, its read timeout at most, with a clock and without."""
    octamem_fake.faults(f"details: {script}")
    clock = VirtualClock(octamem_fake) if time == "joined" else None
    transport = FakeTransport(octamem_fake, clock)
    call: Dict[str, Any] = {"headers": bearer(octamem_fake), "json": {}}

    async def main() -> None:
        async with httpx.AsyncClient(transport=transport, timeout=10) as client:
            await client.post("http://x/api/memory/details", **call)

    with contextlib.suppress(httpx.TransportError):
        if way == "asyncio":
            anyio.run(main)
        else:
            with httpx.Client(transport=transport, timeout=10) as client:
                client.post("http://x/api/memory/details", **call)
    assert octamem_fake.now() == round(moved * 1e6)
    assert clock is None or clock.waits == []


@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_a_streamed_request_body_is_read(octamem_fake: Fake, way: str) -> None:
    """A body that the client produces piece by piece arrives whole."""
    pieces = [b'{"content":', b' "tea"', b"}"]

    async def produce() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def main() -> int:
        async with httpx.AsyncClient(transport=FakeTransport(octamem_fake)) as client:
            answer = await client.post("http://x/api/memory/add", headers=bearer(octamem_fake), content=produce())
            return answer.status_code

    if way == "sync":
        with httpx.Client(transport=FakeTransport(octamem_fake)) as client:
            status = client.post(
                "http://x/api/memory/add", headers=bearer(octamem_fake), content=iter(pieces)
            ).status_code
    else:
        status = anyio.run(main, backend=way)
    assert (status, octamem_fake.requests()[0].request) == (200, {"content": "tea"})


@pytest.mark.octamem(unexpected="allow")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/memory/add", b""),
        ("HEAD", "/api/memory/add", b""),
        ("POST", "/api/memory/ad%64?x=1", b'{"content": "tea"}'),
        ("POST", "/nowhere%2F..", b"{}"),
        ("POST", "/api/memory/add", b'{"content": "' + b"x" * 300 + b'"}'),
        ("POST", "/api/memory/add", b"\xff"),
    ],
)
def test_odd_requests_are_the_same_both_ways_in(
    method: str, path: str, body: bytes, twin: TestContext, octamem_server: OctaMemServer, until: Until
) -> None:
    """Methods, escaped paths, query strings and bodies too large reach the fake in process as they do over HTTP."""
    results = []
    for fake, transport in ((twin.fake, FakeTransport(twin.fake)), (octamem_server.fake, None)):
        fake.configure(max_body=200)
        with httpx.Client(transport=transport, base_url=octamem_server.url, headers=bearer(fake)) as client:
            results.append(seen_of(client.request(method, path, content=body)))
    assert results[0] == results[1]
    until(lambda: journal(twin.fake) == journal(octamem_server.fake))


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("pieces", [0, 1])
def test_a_reader_who_stops_half_way_is_noted(
    twin: TestContext, octamem_server: OctaMemServer, until: Until, pieces: int, way: str
) -> None:
    """Whoever closes a dripping answer before or after its first piece has left before it was over, both ways in."""
    target = f"{octamem_server.url}/api/memory/details"

    async def main(transport: Optional[FakeTransport], headers: Dict[str, str]) -> None:
        async with (
            httpx.AsyncClient(transport=transport, headers=headers) as client,
            client.stream("POST", target, json={}) as answer,
        ):
            reading = answer.aiter_raw()
            for _ in range(pieces):
                assert await reading.__anext__()
            await reading.aclose()

    for fake, transport in ((twin.fake, FakeTransport(twin.fake, twin.clock)), (octamem_server.fake, None)):
        fake.faults("details: drip(1s)")
        if way == "asyncio":
            anyio.run(main, transport, bearer(fake))
            continue
        with (
            httpx.Client(transport=transport, headers=bearer(fake)) as client,
            client.stream("POST", target, json={}) as answer,
        ):
            for _ in range(pieces):
                assert next(answer.iter_raw())
    until(lambda: journal(twin.fake) == journal(octamem_server.fake))
    assert twin.fake.requests()[0].notes == ["the client left before the answer was over"]
    assert not twin.fake.calls[0].delivered


def test_a_header_sent_twice_is_one_value(octamem_fake: Fake, octamem_server: OctaMemServer) -> None:
    """A repeated header reaches the fake joined by a comma: two Authorization headers are one that is malformed."""
    headers = [("Authorization", f"Bearer {octamem_fake.api_key}"), ("Authorization", "Bearer two three")]
    statuses = []
    for transport in (FakeTransport(octamem_fake), None):
        with httpx.Client(transport=transport) as client:
            statuses.append(
                client.post(f"{octamem_server.url}/api/memory/details", headers=headers, json={}).status_code
            )
    assert statuses == [401, 401]


@pytest.mark.parametrize(
    ("script", "note", "stored"),
    [
        ("add: slow(5s) @before", "the client left before the handler ran", 0),
        ("add: slow(5s) @after", "the client left before the answer was sent", 1),
    ],
)
def test_a_cancelled_request_is_a_client_that_left(
    octamem_fake: Fake, octamem_clock: VirtualClock, backend: str, script: str, note: str, stored: int
) -> None:
    """A task cancelled during a delay is a closed connection: what had not begun is not done, and it is noted."""
    octamem_fake.faults(script)

    async def main() -> None:
        over = anyio.Event()

        async def holder(*, task_status: TaskStatus[None]) -> None:
            with octamem_clock.call():  # a call in flight that is not waiting keeps time where it is
                task_status.started()
                await over.wait()

        async def leave(scope: anyio.CancelScope) -> None:
            while not octamem_fake.requests():
                await anyio.lowlevel.checkpoint()
            scope.cancel()

        transport = FakeTransport(octamem_fake, octamem_clock)
        async with httpx.AsyncClient(transport=transport) as client, anyio.create_task_group() as group:
            await group.start(holder)
            with anyio.CancelScope() as scope:
                group.start_soon(leave, scope)
                await client.post(
                    "http://x/api/memory/add", headers=bearer(octamem_fake), json={"content": "tea"}, timeout=60
                )
            over.set()

    anyio.run(main, backend=backend)
    assert octamem_fake.requests()[0].notes == [note]
    assert (len(octamem_fake.memories()), octamem_fake.now()) == (stored, 0)


def bearer(fake: Fake) -> Dict[str, str]:
    """Give the header that opens a fake's own memory."""
    return {"Authorization": f"Bearer {fake.api_key}"}


def broken(query: str, memories: Any) -> Any:
    """Rank as a search of a test's own does that has a mistake."""
    raise LookupError(query)


@pytest.mark.octamem(search=broken, memories=["The kettle is red."])
def test_what_a_search_of_ones_own_raised_is_seen_by_its_author(octamem_fake: Fake, octamem_client: OctaMem) -> None:
    """In process it is raised as it is to any httpx client; our SDK, which raises its own errors alone, names it."""
    with httpx.Client(transport=FakeTransport(octamem_fake)) as client, pytest.raises(SearchFailedError) as caught:
        client.post("http://x/api/memory/search", headers=bearer(octamem_fake), json={"query": "kettle"})
    assert isinstance(caught.value.__cause__, LookupError)
    with pytest.raises(OctaMemError, match=r"search= raised LookupError at test_kit_transport\.py") as told:
        octamem_client.get(query="kettle")
    assert len(told.value.attempts or ()) == 1


@pytest.mark.parametrize("given", [OctaMem("sk-any"), "http://127.0.0.1", OctaMemServer("", "", Fake())])
def test_a_transport_says_what_it_takes(given: Any, octamem_fake: Fake) -> None:
    """What is not the fake, or not its clock, is a TypeError as the transport is built, before any call."""
    kind = type(given).__name__
    with pytest.raises(TypeError, match=rf"^FakeTransport: expected the fake \(octamem_fake, .*\), got {kind}$"):
        FakeTransport(given)
    with pytest.raises(TypeError, match=rf"^FakeTransport: expected the clock \(octamem_clock\), got {kind}$"):
        FakeTransport(octamem_fake, given)
