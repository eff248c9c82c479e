"""The fixtures of the SDK's tests: a driver, a server of raw bytes, a port of nobody, a clock, an empty environment."""

from __future__ import annotations

import socket
from typing import Any, Callable, Iterator, List

import pytest
from raw_server import Act, Server
from sdk_driver import Driver, VirtualClock

# Sync and asyncio on every interpreter, trio on one: the clients know neither by name, anyio does.
TRIO = pytest.param("trio", marks=pytest.mark.slow)


@pytest.fixture(params=["sync", "asyncio", TRIO])
def sdk(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Drive one of the three kinds of client."""
    driver = Driver(request.param)
    yield driver
    driver.close()


@pytest.fixture(params=["asyncio", TRIO])
def async_sdk(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Drive one of the two kinds of async client."""
    driver = Driver(request.param)
    yield driver
    driver.close()


@pytest.fixture
def clock() -> VirtualClock:
    """Return a clock on which waiting takes no time."""
    return VirtualClock()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server which answers with the acts given."""
    servers: List[Server] = []

    def start(*acts: Act, **options: Any) -> Server:
        servers.append(Server(acts, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def nowhere() -> Iterator[int]:
    """Hold a port on which nothing listens, so that nobody else comes to listen there while a test calls it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own settings out of every test."""
    for name in ("OCTAMEM_API_KEY", "OCTAMEM_BASE_URL", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
