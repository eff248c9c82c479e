"""The fixtures; each loads what it needs when a test first uses it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ContextManager, Dict, Iterator, Optional

import pytest

from octamem_testing.wiring import BASE_URL, KEY_VARIABLE

from .escapes import block_of
from .options import live, seed_of_run
from .plan import CHAOS, CONTEXT, FIXTURES, MARKS_READ, build_context, extras, node_id, read_marks, refuse, skip_live
from .virtual_time import ASKED, LATE, asks_by_name, refuse_virtual_time, virtual_time_of

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem import AsyncOctaMem, OctaMem
    from octamem_testing.chaos.fixture import Chaos
    from octamem_testing.context import OctaMemServer, TestContext
    from octamem_testing.virtual_time.clock import VirtualClock
    from octamem_testing.wiring.server import Host


@pytest.fixture
def octamem_fake(_octamem_context: TestContext) -> Fake:
    """A new fake OctaMem service for this test: store memories in it, arm faults, read its journal."""
    return _octamem_context.fake


@pytest.fixture
def octamem_clock(_octamem_context: TestContext) -> VirtualClock:
    """The clock of the fake and of its clients: `.waits`, `.now()`, `.advance(seconds)`; no wait takes real time."""
    return _octamem_context.clock


@pytest.fixture
def octamem_client(request: pytest.FixtureRequest) -> Iterator[OctaMem]:
    """An OctaMem client on octamem_fake, in process; with --octamem-live, one on the real service."""
    with extras("octamem_client"):
        from octamem import OctaMem
    with OctaMem(**_client_options(request)) as client, _kept(request, client):
        yield client


@pytest.fixture
def async_octamem_client(request: pytest.FixtureRequest) -> Iterator[AsyncOctaMem]:
    """An AsyncOctaMem client on octamem_fake, in process, for any event loop; with --octamem-live, on the real service.

    In process nothing is open, so it need not be closed. Against the real service the test closes it in its own loop.
    """
    with extras("async_octamem_client"):
        from octamem import AsyncOctaMem
    client = AsyncOctaMem(**_client_options(request))
    with _kept(request, client):
        yield client


@pytest.fixture
def octamem_mock(_octamem_context: TestContext) -> Iterator[Fake]:
    """octamem_fake, which receives every OctaMem call of the test, by any httpx client in any thread or task.

    OCTAMEM_API_KEY is set to the fake's key, so clients that the app builds from the environment see its memories.
    """
    from octamem_testing.wiring.mock import MockTransport, redirected
    from octamem_testing.wiring.variables import environment

    fake = _octamem_context.fake
    with redirected(MockTransport(fake, _octamem_context.clock)), environment({KEY_VARIABLE: fake.api_key}):
        yield fake


@pytest.fixture
def octamem_server(request: pytest.FixtureRequest, _octamem_context: TestContext) -> Iterator[OctaMemServer]:
    """octamem_fake over real HTTP on a loopback port: `.url`, `.api_key`, `.fake`.

    OCTAMEM_BASE_URL and OCTAMEM_API_KEY are set to it during the test. The back-off of our clients takes no real time;
    the delays of the server do.
    """
    host: Host = request.getfixturevalue("_octamem_host")
    from octamem_testing.wiring.server import reached

    with host.serving(_octamem_context.fake) as server, reached(server, _octamem_context.clock):
        if _octamem_context.program_time is not None:
            _octamem_context.program_time.scheduler.is_served = host.is_at_work
        yield server


def _kept_schedules(config: pytest.Config) -> Optional[Path]:
    """Return the directory in pytest's cache for schedules that failed; None if there can be no such cache."""
    try:
        return config.cache.mkdir("octamem-chaos") if config.cache is not None else None
    except (AttributeError, OSError):  # the cache is turned off with -p no:cacheprovider
        return None


def _directory_of_run(request: pytest.FixtureRequest) -> Path:
    """Return a directory of this run that all workers of pytest-xdist have in common."""
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    within = factory.getbasetemp()
    return (within.parent if hasattr(request.config, "workerinput") else within) / "octamem-chaos"


@pytest.fixture
def octamem_chaos(request: pytest.FixtureRequest) -> Iterator[Chaos]:
    """Hunt for a fault schedule that violates an invariant of a program: `octamem_chaos(scenario)`, `.replay(...)`.

    Each round has its own fake, with the memories and settings of the test's marker.
    """
    if live(request.config):
        skip_live("octamem_chaos")
    with extras("octamem_chaos"):
        from octamem_testing.chaos.fixture import chaos_for
        from octamem_testing.context import preload
        from octamem_testing.marker import MarkerError
        from octamem_testing.wiring.guard import shut

        preload()
    try:
        chaos = chaos_for(
            node_id(request.node),
            read_marks(request.node),
            seed=seed_of_run(request.config),
            kept=_kept_schedules(request.config),
            directory=partial(_directory_of_run, request),
        )
    except MarkerError as error:
        refuse(error)
    request.node.stash[CHAOS] = chaos
    with shut(block_of(request.node, None)):
        yield chaos


@pytest.fixture
def octamem_virtual_time(request: pytest.FixtureRequest) -> VirtualClock:
    """octamem_clock, with the time of the whole program on it: `time.sleep`, `asyncio.sleep`, time-outs and timers.

    The marker's virtual_time=True does the same for any other fixture of the kit.
    """
    request.node.stash[ASKED] = True
    context: TestContext = request.getfixturevalue("_octamem_context")
    if context.program_time is None:
        refuse_virtual_time(LATE)
    return context.clock


@pytest.fixture
def _octamem_context(request: pytest.FixtureRequest) -> Iterator[TestContext]:
    fixture = next((name for name in request.fixturenames if name in FIXTURES), "octamem_testing")
    if live(request.config):
        skip_live(fixture)
    item: pytest.Item = request.node
    item.stash[MARKS_READ] = True
    virtual_time = asks_by_name(request)
    item.stash[CONTEXT] = context = build_context(item, fixture, virtual_time=virtual_time)
    from octamem.testing import override
    from octamem_testing.context import preload
    from octamem_testing.wiring.guard import shut

    preload()

    with override(rng=context.rng), shut(block_of(item, context.fake)):
        if context.program_time is None:
            yield context
            return
        with virtual_time_of(request, context.program_time):
            yield context


@pytest.fixture(scope="session")
def _octamem_host() -> Iterator[Host]:
    with extras("octamem_server", "server"):
        from octamem_testing.wiring.server import hosting
    with hosting() as host:
        yield host


@pytest.fixture
def _octamem_live_memories(request: pytest.FixtureRequest) -> None:
    memories = read_marks(request.node).memories
    if memories:
        from octamem import OctaMem

        from .live import remember

        with OctaMem() as client:
            remember(client, memories)


def _kept(request: pytest.FixtureRequest, client: object) -> ContextManager[None]:
    """Return a block in which a client of a fixture stays on the fake of its test."""
    if live(request.config):
        return nullcontext()
    context: TestContext = request.getfixturevalue("_octamem_context")
    from octamem_testing.wiring.mock import kept
    from octamem_testing.wiring.transport import FakeTransport

    return kept(client, FakeTransport(context.fake, context.clock), context.clock)


def _client_options(request: pytest.FixtureRequest) -> Dict[str, Any]:
    """Return the options of a client on the fake; in a live run, add the marker's memories and return none."""
    if live(request.config):
        request.getfixturevalue("_octamem_live_memories")
        return {}
    context: TestContext = request.getfixturevalue("_octamem_context")
    from octamem_testing.wiring.transport import FakeTransport

    fake, clock = context.fake, context.clock
    return {"api_key": fake.api_key, "base_url": BASE_URL, "transport": FakeTransport(fake, clock), "clock": clock}
