"""Inside an override block every client is as new: budget, environment, connections, and whether it is open."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import httpx
import pytest
from raw_server import Server, reply
from sdk_driver import KEY, Driver, VirtualClock

from octamem import OctaMem
from octamem.testing import base_urls, override

OTHER_KEY = "sk-om-live-the-second-test-01"


def details(client: Any) -> Any:
    return client.details()


def failing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def within(sdk: Driver, handler: Callable[[httpx.Request], httpx.Response], **more: Any) -> Any:
    """Return an override block in which every client reaches the handler."""
    transport = httpx.MockTransport(handler)
    chosen: Dict[str, Any] = {"async_transport": transport} if sdk.is_async else {"transport": transport}
    return override(**chosen, **more)


def attempts_of_failing(sdk: Driver, client: Any) -> int:
    return len(sdk.error(client, details).attempts)


def test_each_block_begins_with_a_full_budget(sdk: Driver, clock: VirtualClock) -> None:
    """What one block spent of a client's budget is back in the next, and what it had outside is untouched."""
    client = sdk.client(handler=failing, clock=clock, retry_budget=4)
    assert attempts_of_failing(sdk, client) == 4
    for _ in range(3):
        with within(sdk, failing):
            assert [attempts_of_failing(sdk, client) for _ in range(3)] == [4, 2, 1]
    assert attempts_of_failing(sdk, client) == 2


def test_a_copy_shares_the_budget_of_its_origin_in_a_block_too(sdk: Driver, clock: VirtualClock) -> None:
    """`with_options` copies spend from one budget, wherever they were made; a budget of their own is fresh as well."""
    client = sdk.client(handler=failing, clock=clock, retry_budget=4)
    early = client.with_options(max_retries=2)
    own = client.with_options(retry_budget=1)
    for _ in range(2):
        with within(sdk, failing):
            late = client.with_options(max_retries=1)
            made = [attempts_of_failing(sdk, each) for each in (early, late, client, early, own, own)]
            assert made == [3, 2, 2, 1, 2, 1]


def test_a_client_built_in_a_block_keeps_its_state_there(sdk: Driver, clock: VirtualClock) -> None:
    """The state of a client is fresh in blocks that begin after it was built, and in no other."""
    with within(sdk, failing, clock=clock):
        client = sdk.client(retry_budget=1)
        assert attempts_of_failing(sdk, client) == 2
        with within(sdk, failing):
            assert attempts_of_failing(sdk, client) == 2
        assert attempts_of_failing(sdk, client) == 1


def test_the_innermost_block_decides_in_whatever_order_blocks_end(sdk: Driver, clock: VirtualClock) -> None:
    """An outer block that ends first leaves the inner one's state in force."""
    client = sdk.client(handler=failing, clock=clock, retry_budget=1)
    outer, inner = within(sdk, failing), within(sdk, failing)
    outer.__enter__()
    assert attempts_of_failing(sdk, client) == 2
    inner.__enter__()
    assert attempts_of_failing(sdk, client) == 2
    outer.__exit__(None, None, None)
    assert attempts_of_failing(sdk, client) == 1
    inner.__exit__(None, None, None)
    assert attempts_of_failing(sdk, client) == 2


def test_a_key_from_the_environment_is_looked_up_again_in_each_block(
    sdk: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that took its key from the environment uses the environment's of now; a key that was passed stays."""
    seen: List[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    monkeypatch.setenv("OCTAMEM_API_KEY", KEY)
    kept, passed = sdk.client(None), sdk.client(KEY)
    copy = kept.with_options(max_retries=0)
    monkeypatch.setenv("OCTAMEM_API_KEY", OTHER_KEY)
    with within(sdk, note):
        built_here = sdk.client(None)
        monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-changed-in-the-block")
        for client in (kept, copy, passed, built_here):
            sdk.call(client, details)
    shown = [header.rpartition(" ")[2] for header in seen]
    assert shown == [*["sk-om-live-changed-in-the-block"] * 2, KEY, OTHER_KEY]


def test_a_key_of_the_environment_that_is_gone_stays_what_it_was(sdk: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block does not take a key away from a client that had one."""
    seen: List[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    monkeypatch.setenv("OCTAMEM_API_KEY", KEY)
    client = sdk.client(None)
    monkeypatch.delenv("OCTAMEM_API_KEY")
    with within(sdk, note):
        sdk.call(client, details)
    assert seen == [f"Bearer {KEY}"]


def test_a_base_url_from_the_environment_is_looked_up_again_in_each_block(
    sdk: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client, what it shows, and the list of base URLs follow the environment of the block."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://first.test")
    client = sdk.client()
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://second.test")
    seen: List[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(200, json={})

    with within(sdk, note):
        sdk.call(client, details)
        assert "http://second.test" in base_urls()
        assert "first.test" not in repr(client)
    assert seen == ["second.test"]
    assert "http://first.test" in base_urls()


def test_a_client_that_one_block_closed_is_open_in_the_next(sdk: Driver) -> None:
    """A closed client refuses calls in its block, and in no other."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})

    client = sdk.client()
    copy = client.with_options(timeout=3)
    for _ in range(2):
        with within(sdk, answer):
            sdk.run(client, details, lambda c: c.close())
            assert "this client is closed" in str(sdk.error(client, details))
            assert "this client is closed" in str(sdk.error(copy, details))


def test_a_client_that_is_closed_stays_closed_outside(sdk: Driver) -> None:
    """A block gives a closed client a fresh state, and takes it back when it ends."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})

    client = sdk.client()
    sdk.call(client, lambda c: c.close())
    with within(sdk, answer):
        sdk.call(client, details)
    assert "this client is closed" in str(sdk.error(client, details))


def test_connections_of_a_block_end_with_it(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    """A client opens connections of its own in each block; they are closed when the block ends."""
    closed: List[httpx.HTTPTransport] = []
    close = httpx.HTTPTransport.close
    monkeypatch.setattr(httpx.HTTPTransport, "close", lambda self: (closed.append(self), close(self))[1])
    first, second = serve(reply(200, b"{}")), serve(reply(200, b"{}"))
    with OctaMem(KEY, base_url=first.url) as client:
        client.details()
        with override(clock=clock):
            client.with_options(base_url=second.url).details()
            assert closed == []
        assert len({*map(id, closed)}) == 1
