"""Child processes reach the fake of their test over HTTP, and what a fork does to its own copy of it is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from typing import Any, Callable, Dict, Iterator

import anyio
import httpx
import pytest
from kit_project import outcomes

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem
from octamem_testing import mocked
from octamem_testing.context import OctaMemServer
from octamem_testing.wiring import urls
from octamem_testing.wiring.children import child_variables, read_notes, with_variables
from octamem_testing.wiring.doorway import DOORWAY
from octamem_testing.wiring.refusals import take_escapes

# No package of ours: a child may be of any kind.
PROGRAM = (
    "import os, urllib.request as u; "
    "u.urlopen(u.Request(os.environ['OCTAMEM_BASE_URL'] + '/api/memory/add', b'{\"content\": \"tea\"}', "
    "{'Authorization': 'Bearer sk-child', 'Content-Type': 'application/json'}))"
)
COMMAND = [sys.executable, "-S", "-E", "-c", PROGRAM]
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(autouse=True)
def closed_doorway() -> Iterator[None]:
    """Close the doorway after each test, so that no thread of it is left for the tests of threads."""
    yield
    DOORWAY.close()


def in_asyncio() -> int:
    async def main() -> int:
        return await (await asyncio.create_subprocess_exec(*COMMAND)).wait()

    return asyncio.run(main())


def in_anyio() -> int:
    async def main() -> int:
        return (await anyio.run_process(COMMAND)).returncode

    return anyio.run(main, backend="trio")


def posix_spawn() -> int:
    return os.waitpid(os.posix_spawn(sys.executable, COMMAND, os.environ), 0)[1]


def add() -> None:
    """Add a memory in a child."""
    httpx.post(
        f"{os.environ.get('OCTAMEM_BASE_URL', 'https://platform.octamem.com')}/api/memory/add",
        json={"content": "tea"},
        headers={"Authorization": "Bearer sk-child"},
    ).raise_for_status()


def process(kind: str) -> Callable[[], int]:
    def start() -> int:
        child = multiprocessing.get_context(kind).Process(target=add)
        child.start()
        child.join(60)
        return 1 if child.exitcode is None else child.exitcode

    return start


WAYS: Dict[str, Callable[[], int]] = {
    "run": lambda: subprocess.run(COMMAND, check=False, timeout=60).returncode,
    "run with an environment": lambda: subprocess.run(COMMAND, check=False, timeout=60, env={"A": "b"}).returncode,
    "run with bytes": lambda: subprocess.run(COMMAND, check=False, timeout=60, env={b"A": b"b"}).returncode,
    "system": lambda: os.system(subprocess.list2cmdline(COMMAND)),
    "asyncio": in_asyncio,
    "trio": in_anyio,
    "spawnv": lambda: os.spawnv(os.P_WAIT, sys.executable, COMMAND),
    "posix_spawn": posix_spawn,
    "multiprocessing by fork": process("fork"),
    "multiprocessing by spawn": process("spawn"),
    "multiprocessing by forkserver": process("forkserver"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="half of these ways are those of POSIX")
@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("round_", [1, 2])  # the second meets what the first has started
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_reaches_the_fake_of_its_test(octamem_mock: Fake, way: str, round_: int) -> None:
    """However it is started, and whatever environment it is given, a child's calls are answered by the same fake."""
    assert WAYS[way]() == 0
    assert [memory.content for memory in octamem_mock.memories()] == ["tea"]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["run", "run with an environment", "multiprocessing by forkserver"])
def test_a_child_reaches_the_server_of_its_test(octamem_server: OctaMemServer, way: str) -> None:
    """Beside octamem_server, a child whose environment does not name the server finds its fake all the same."""
    assert WAYS[way]() == 0
    assert [memory.content for memory in octamem_server.fake.memories()] == ["tea"]


@pytest.mark.slow
def test_a_child_of_a_test_with_a_client_reaches_its_fake(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A child never reaches the service, whichever fixture of the kit is in use."""
    assert WAYS["run"]() == 0
    assert len(octamem_fake.memories()) == 1


@pytest.mark.slow
def test_a_child_that_outlives_its_test_reaches_no_other_fake() -> None:
    """The address of a test is no address of the next one."""
    with mocked():
        variables = child_variables({})
        with mocked() as second:
            assert subprocess.run(COMMAND, check=False, env=variables).returncode == 0  # its own block is still open
            assert second.requests() == []
    with mocked() as third:
        assert subprocess.run(COMMAND, check=False, env=variables).returncode != 0
        assert third.requests() == []


def test_what_a_child_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given an address of this machine, unless the author has passed one of this machine; outside, nothing."""
    assert with_variables(None) is None
    assert with_variables({"A": "b"}) == {"A": "b"}
    with mocked():
        given = child_variables({"OCTAMEM_BASE_URL": "https://platform.octamem.com", "no_proxy": "example.com"})
        assert given["OCTAMEM_BASE_URL"].startswith("http://127.0.0.1:")
        assert given["NO_PROXY"] == given["no_proxy"] == "example.com,127.0.0.1,localhost"
        assert child_variables({"OCTAMEM_BASE_URL": "http://127.0.0.1:9/own"}) == {}
        monkeypatch.setattr(urls, "SHELL_URL", "http://localhost:9")
        assert child_variables({"OCTAMEM_BASE_URL": "http://127.0.0.1:9/own"}) != {}


@pytest.mark.slow
def test_a_child_is_told_if_nothing_can_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of a server, a child's call is refused with the line that installs them."""
    monkeypatch.setitem(sys.modules, "fake_server.server", None)
    with mocked() as fake:
        url = child_variables({})["OCTAMEM_BASE_URL"]
        for _ in range(2):
            answer = httpx.HTTPTransport().handle_request(httpx.Request("POST", f"{url}/api/memory/add"))
            answer.read()
            assert (answer.status_code, 'pip install ".[server]"' in answer.json()["error"]) == (403, True)
        assert fake.requests() == []


def forked(work: Callable[[], Any]) -> int:
    """Do something in a forked child, and return its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


async def add_async() -> None:
    async with AsyncOctaMem("sk-child") as client:
        await client.add(content="tea")


CLIENTS: Dict[str, Callable[[], Any]] = {
    "a new client": lambda: OctaMem("sk-child").add(content="tea"),
    "an async client": lambda: asyncio.run(add_async()),
    "httpx": add,
}


@FORKS
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("client", list(CLIENTS))
def test_a_fork_reaches_the_fake_of_its_parent(octamem_mock: Fake, client: str) -> None:
    """Clients in a forked child, which has a copy of the fake, are answered by the fake itself."""
    assert [forked(CLIENTS[client]) for _ in range(2)] == [0, 0]
    assert [memory.content for memory in octamem_mock.memories()] == ["tea", "tea"]


@FORKS
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.octamem(faults="add: 503(retry-after=5)")
def test_a_client_of_the_parent_reaches_the_fake_from_a_fork(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The client of the test works in a forked child, faults included."""
    assert forked(lambda: octamem_client.add(content="tea")) == 0
    assert [entry.status for entry in octamem_fake.requests()] == [503, 200]


@FORKS
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_that_uses_its_own_copy_is_named(octamem_fake: Fake) -> None:
    """What a child does to its copy of the fake is lost, so it is told to the test."""
    assert forked(lambda: octamem_fake.remember(["lost"])) == 0
    read_notes()
    told = take_escapes()
    assert "a forked child (process " in told
    assert "used its own copy of the fake: Fake.remember" in told
    assert octamem_fake.memories() == []


@FORKS
@pytest.mark.slow
def test_a_fork_that_calls_the_service_fails_its_test(project: pytest.Pytester) -> None:
    """A call that is refused in a forked child fails the test, although the child alone knows of it."""
    project.makepyfile(
        """
        import os

        import httpx

        def test_it(octamem_client):
            child = os.fork()
            if child == 0:
                try:
                    httpx.post("https://platform.octamem.com/api/memory/add")
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
        """
    )
    result = project.runpytest("-W", "ignore::DeprecationWarning")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["*octamem: a call to https://platform.octamem.com/api/memory/add was caught by no*"])
