"""The fixtures; what each needs is loaded when a test first asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

from octamem_testing.wiring.service import BASE_URL, KEY_VARIABLE, URL_VARIABLE

from .options import live, seed_of_run
from .plan import BENCH, CHAOS, FIXTURES, MET, build_bench, extras, node_id, read, refuse, skip_live

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem import AsyncOctaMem, OctaMem
    from octamem_testing.chaos.fixture import Chaos
    from octamem_testing.context import Bench, OctaMemServer
    from octamem_testing.virtual_time.clock import VirtualClock
    from octamem_testing.wiring.server import Host


@pytest.fixture
def octamem_fake(_octamem_bench: Bench) -> Fake:
    """A fresh fake OctaMem service for this test: put memories in it, arm faults, read its journal."""
    return _octamem_bench.fake


@pytest.fixture
def octamem_clock(_octamem_bench: Bench) -> VirtualClock:
    """The clock of the fake and of the clients on it: `.waits`, `.now()`, `.advance(seconds)`; no wait takes time."""
    return _octamem_bench.clock


@pytest.fixture
def octamem_client(request: pytest.FixtureRequest) -> Iterator[OctaMem]:
    """An OctaMem client on octamem_fake, in process; with --octamem-live, one on the real service."""
    with extras("octamem_client"):
        from octamem import OctaMem
    if live(request.config):
        request.getfixturevalue("_octamem_live_memories")
        client = OctaMem()
    else:
        bench: Bench = request.getfixturevalue("_octamem_bench")
        from octamem_testing.wiring.transport import FakeTransport

        client = OctaMem(
            bench.fake.api_key,
            base_url=BASE_URL,
            transport=FakeTransport(bench.fake, bench.clock),
            clock=bench.clock,
        )
    with client:
        yield client


@pytest.fixture
def async_octamem_client(request: pytest.FixtureRequest) -> AsyncOctaMem:
    """An AsyncOctaMem client on octamem_fake, in process, for any event loop; with --octamem-live, on the real service.

    It needs no closing in process, where nothing is open; against the real service a test closes it, in its own loop.
    """
    with extras("async_octamem_client"):
        from octamem import AsyncOctaMem
    if live(request.config):
        request.getfixturevalue("_octamem_live_memories")
        return AsyncOctaMem()
    bench: Bench = request.getfixturevalue("_octamem_bench")
    from octamem_testing.wiring.transport import FakeTransport

    return AsyncOctaMem(
        bench.fake.api_key,
        base_url=BASE_URL,
        transport=FakeTransport(bench.fake, bench.clock),
        clock=bench.clock,
    )


@pytest.fixture
def octamem_mock(_octamem_bench: Bench) -> Iterator[Fake]:
    """Every OctaMem call of the test, by any httpx client in any thread or task, reaches octamem_fake: this fake.

    OCTAMEM_API_KEY is set to the fake's key, so that clients the app builds from the environment see its memories.
    """
    from octamem_testing.wiring.mock import mocked

    with pytest.MonkeyPatch.context() as patch, mocked(_octamem_bench.fake, _octamem_bench.clock):
        patch.setenv(KEY_VARIABLE, _octamem_bench.fake.api_key)
        yield _octamem_bench.fake


@pytest.fixture
def octamem_server(request: pytest.FixtureRequest, _octamem_bench: Bench) -> Iterator[OctaMemServer]:
    """octamem_fake over real HTTP on a loopback port: `.url`, `.api_key`, `.fake`.

    OCTAMEM_BASE_URL and OCTAMEM_API_KEY point to it for the length of the test. The back-off of our clients takes no
    time; delays of the server take theirs.
    """
    host: Host = request.getfixturevalue("_octamem_host")
    from octamem.testing import override

    with host.serving(_octamem_bench.fake) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL_VARIABLE, server.url)
        patch.setenv(KEY_VARIABLE, server.api_key)
        with override(clock=_octamem_bench.clock):
            yield server


@pytest.fixture
def octamem_chaos(request: pytest.FixtureRequest) -> Chaos:
    """Hunt through fault schedules until a program violates an invariant: `octamem_chaos(scenario)`, `.replay(...)`.

    Each round has a fake of its own, with the memories and settings of the test's marker.
    """
    if live(request.config):
        skip_live("octamem_chaos")
    with extras("octamem_chaos"):
        from octamem_testing.chaos.fixture import chaos_for
        from octamem_testing.context import preload
        from octamem_testing.marker import MarkerError

        preload()
    try:
        chaos = chaos_for(node_id(request.node), read(request.node), seed=seed_of_run(request.config))
    except MarkerError as error:
        refuse(error)
    request.node.stash[CHAOS] = chaos
    return chaos


@pytest.fixture
def _octamem_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    fixture = next((name for name in request.fixturenames if name in FIXTURES), "octamem_testing")
    if live(request.config):
        skip_live(fixture)
    item: pytest.Item = request.node
    item.stash[MET] = True
    item.stash[BENCH] = bench = build_bench(item, fixture)
    from octamem.testing import override
    from octamem_testing.context import preload

    preload()

    with override(rng=bench.rng):
        yield bench


@pytest.fixture(scope="session")
def _octamem_host() -> Iterator[Host]:
    with extras("octamem_server", "server"):
        from octamem_testing.wiring.server import hosting
    with hosting() as host:
        yield host


@pytest.fixture
def _octamem_live_memories(request: pytest.FixtureRequest) -> None:
    memories = read(request.node).memories
    if memories:
        from octamem import OctaMem

        from .live import remember

        with OctaMem() as client:
            remember(client, memories)
