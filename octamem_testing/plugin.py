"""The pytest plugin: fixtures, marker and options; all else is loaded when a test first asks for it."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generator, Iterator, List, NoReturn, Optional

import pytest

from .service import BASE_URL, KEY_VARIABLE, URL_VARIABLE

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem import AsyncOctaMem, OctaMem

    from .bench import Bench, OctaMemServer
    from .chaos.fixture import Chaos
    from .clock import VirtualClock
    from .marker import Plan
    from .server import Host

pytest.register_assert_rewrite("octamem_testing.assertions", "octamem_testing.called")

FIXTURES = (
    "octamem_fake",
    "octamem_clock",
    "octamem_client",
    "async_octamem_client",
    "octamem_mock",
    "octamem_server",
    "octamem_chaos",
)

MARKER = (
    "octamem(memories=[...], faults='add: 503 x2', unused='fail', unexpected='fail', **settings): what the test's fake "
    "holds and does before the test begins; unused='allow' lets faults go unmet, unexpected='allow' calls go to routes "
    "that do not exist; settings are those of Fake(...), such as limit=10 or search=my_ranking"
)

_BENCH: pytest.StashKey[Bench] = pytest.StashKey()
_CHAOS: pytest.StashKey[Chaos] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their ini twins."""
    group = parser.getgroup("octamem")
    group.addoption(
        "--octamem-live",
        action="store_true",
        default=None,
        help=f"run against the real service with the key in {KEY_VARIABLE}; tests that need the fake are skipped",
    )
    group.addoption(
        "--octamem-seed",
        type=int,
        metavar="N",
        help="seed of every test's fake (default: one for each test, from its node id)",
    )
    group.addoption(
        "--octamem-report",
        metavar="FILE.html",
        help="write one page at the end of the run: each test's calls as swim lanes",
    )
    parser.addini("octamem_live", type="bool", default=False, help="as --octamem-live")
    parser.addini("octamem_seed", default="", help="as --octamem-seed")
    parser.addini("octamem_report", default="", help="as --octamem-report, from the folder of the ini file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and refuse options that cannot be carried out."""
    config.addinivalue_line("markers", MARKER)
    _seed(config)
    if _live(config) and not os.environ.get(KEY_VARIABLE, "").strip():
        raise pytest.UsageError(f"--octamem-live needs a key of the real service: set {KEY_VARIABLE}")
    path = _report_path(config)
    if path is not None and not hasattr(config, "workerinput"):  # xdist's workers hand theirs to the controller
        if path.is_dir():
            raise pytest.UsageError(f"--octamem-report takes the name of a file, and {str(path)!r} is a folder")
        from .run_report import RunReport

        config.pluginmanager.register(RunReport(path, pytest_report_header(config)), "octamem_report")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which seed and mode the run has."""
    if _live(config):
        url = os.environ.get(URL_VARIABLE) or BASE_URL
        return f"octamem: live, at {url.rpartition('@')[2]}"  # without a password that should not be there
    seed = _seed(config)
    return f"octamem: fake, {'a seed for each test from its node id' if seed is None else f'seed {seed}'}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, before anything is sent to the real service, what only the fake can do."""
    if _live(item.config):
        from .live import obstacle

        what = obstacle(getattr(item, "fixturenames", ()), _plan(item))
        if what:
            _skip_live(what)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that passed although a fault it armed was never met, or a call went where no route is."""
    yield
    bench = item.stash.get(_BENCH, None)
    if bench is not None:
        from .report import complaints

        told = complaints(bench.fake, unused=not bench.allow_unused, unexpected=not bench.allow_unexpected)
        if told:
            pytest.fail(told, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the calls and the seed to the report of a failing test."""
    report = yield
    bench = item.stash.get(_BENCH, None)
    if bench is not None:
        if report.failed:
            from .report import journal

            report.sections.append(("octamem calls", journal(bench.fake)))
            report.sections.append(("octamem seed", _seed_told(item, bench.seed)))
        if call.when == "teardown":
            if _report_path(item.config) is not None:
                from .run_report import ATTRIBUTE, told_of

                report.__dict__[ATTRIBUTE] = told_of(bench.fake, bench.seed)
            del item.stash[_BENCH]  # a session would otherwise hold the memories of all its tests
    if report.failed and call.excinfo is not None and "octamem_testing.chaos.report" in sys.modules:
        from .chaos.fixture import failure_told

        report.longrepr = failure_told(call.excinfo.value, item.config.rootpath) or report.longrepr
    chaos = item.stash.get(_CHAOS, None)
    if chaos is not None and call.when == "call":
        report.sections += [("octamem chaos", str(done)) for done in chaos.reports]
        if report.failed and bench is None:
            report.sections.append(("octamem seed", _seed_told(item, chaos.seed)))
        del item.stash[_CHAOS]
    return report


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
    with _extras("octamem_client"):
        from octamem import OctaMem
    if _live(request.config):
        request.getfixturevalue("_octamem_live_memories")
        client = OctaMem()
    else:
        bench: Bench = request.getfixturevalue("_octamem_bench")
        from .transport import FakeTransport

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
    with _extras("async_octamem_client"):
        from octamem import AsyncOctaMem
    if _live(request.config):
        request.getfixturevalue("_octamem_live_memories")
        return AsyncOctaMem()
    bench: Bench = request.getfixturevalue("_octamem_bench")
    from .transport import FakeTransport

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
    from .mock import mocked

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
    """Hunt through fault schedules until a promise of a program breaks: `octamem_chaos(scenario)`, `.replay(...)`.

    Each round has a fake of its own, with the memories and settings of the test's marker.
    """
    if _live(request.config):
        _skip_live("octamem_chaos")
    with _extras("octamem_chaos"):
        from .chaos.fixture import chaos_for
        from .marker import MarkerError
    try:
        chaos = chaos_for(_node_id(request.node), _plan(request.node), seed=_seed(request.config))
    except MarkerError as error:
        _refuse(error)
    request.node.stash[_CHAOS] = chaos
    return chaos


@pytest.fixture
def _octamem_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    fixture = next((name for name in request.fixturenames if name in FIXTURES), "octamem_testing")
    if _live(request.config):
        _skip_live(fixture)
    with _extras(fixture):
        from .bench import build
        from .marker import MarkerError
    from fake_server.core import ScriptError, SeedError, UnknownKeyError
    from octamem.testing import override

    item: pytest.Item = request.node
    try:
        bench = build(_node_id(item), _plan(item), seed=_seed(request.config))
    except (MarkerError, ScriptError, SeedError, UnknownKeyError) as error:
        _refuse(error)
    item.stash[_BENCH] = bench
    with override(rng=bench.rng):
        yield bench


@pytest.fixture(scope="session")
def _octamem_host() -> Iterator[Host]:
    with _extras("octamem_server", "server"):
        from .server import hosting
    with hosting() as host:
        yield host


@pytest.fixture
def _octamem_live_memories(request: pytest.FixtureRequest) -> None:
    memories = _plan(request.node).memories
    if memories:
        from octamem import OctaMem

        from .live import remember

        with OctaMem() as client:
            remember(client, memories)


def _live(config: pytest.Config) -> bool:
    chosen: Optional[bool] = config.getoption("octamem_live")
    return bool(config.getini("octamem_live") if chosen is None else chosen)


def _seed(config: pytest.Config) -> Optional[int]:
    chosen: Optional[int] = config.getoption("octamem_seed")
    if chosen is not None:
        return chosen
    text = str(config.getini("octamem_seed")).strip()
    try:
        return int(text) if text else None
    except ValueError:
        raise pytest.UsageError(f"octamem_seed in the ini file takes a whole number, not {text!r}") from None


def _report_path(config: pytest.Config) -> Optional[Path]:
    chosen: Optional[str] = config.getoption("octamem_report")
    if chosen is not None:
        return Path(chosen)
    text = str(config.getini("octamem_report")).strip()
    return config.rootpath / text if text else None


def _node_id(item: pytest.Item) -> str:
    """Give the name of a test as a single process knows it: xdist's workers may add those of its groups."""
    marks = item.iter_markers("xdist_group")
    groups = [str(mark.args[0] if mark.args else mark.kwargs.get("name", "default")) for mark in marks]
    for added in ("_".join(sorted({*groups})), *groups):
        if groups and item.nodeid.endswith(f"@{added}"):
            return item.nodeid[: -len(added) - 1]
    return item.nodeid


def _seed_told(item: pytest.Item, seed: int) -> str:
    return f"{seed}; run again with: pytest {shlex.quote(_node_id(item))} --octamem-seed={seed}"


def _plan(item: pytest.Item) -> Plan:
    from .marker import MarkerError, plan_of

    marks: List[pytest.Mark] = list(item.iter_markers("octamem"))
    try:
        return plan_of(reversed(marks))
    except MarkerError as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    # From None: the chain would show the same words twice.
    raise pytest.fail.Exception(f"@pytest.mark.octamem: {error}", pytrace=False) from None


def _skip_live(what: str) -> None:
    pytest.skip(f"--octamem-live: {what} needs the fake, and this run is against the real service")


@contextmanager
def _extras(fixture: str, extra: str = "testing") -> Generator[None, None, None]:
    from .installed import NotInstalledError, needed

    try:
        with needed(fixture, extra):
            yield
    except NotInstalledError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
