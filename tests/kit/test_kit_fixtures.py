"""The fixtures, by pytest's own tester: alone, together, and beside the plugins of others."""

from __future__ import annotations

from typing import Dict

import httpx
import pytest
from kit_project import ini, outcomes

from octamem_testing.context import OctaMemServer, seed_of


def test_every_fixture_works(project: pytest.Pytester) -> None:
    """Each fixture gives what its name says, all of them on one fake."""
    project.makepyfile(
        """
        import asyncio, os, httpx, pytest
        from octamem import OctaMem
        from octamem_testing import Fake, OctaMemServer, VirtualClock

        def test_fake(octamem_fake):
            assert isinstance(octamem_fake, Fake) and octamem_fake.requests() == []

        def test_client(octamem_client, octamem_fake):
            octamem_client.add(content="tea")
            assert [memory.content for memory in octamem_fake.memories()] == ["tea"]

        def test_async_client(async_octamem_client, octamem_fake):
            asyncio.run(async_octamem_client.add(content="tea"))
            assert [memory.content for memory in octamem_fake.memories()] == ["tea"]

        def test_both_clients(octamem_client, async_octamem_client):
            octamem_client.add(content="tea at four")
            found = asyncio.run(async_octamem_client.get(query="tea"))
            assert found.results[0].content == "tea at four"

        @pytest.mark.octamem(faults="details: 503(retry-after=30)")
        def test_clock(octamem_client, octamem_clock, octamem_fake):
            assert isinstance(octamem_clock, VirtualClock)
            octamem_client.details()
            assert octamem_clock.waits == [30]
            assert octamem_fake.now() == 30_000_000

        def test_mock(octamem_mock, octamem_fake):
            OctaMem().add(content="tea")
            assert octamem_mock is octamem_fake and len(octamem_fake.memories()) == 1

        def test_mock_is_over():
            assert "OCTAMEM_API_KEY" not in os.environ

        @pytest.mark.octamem(faults="add: 503(retry-after=60)")
        def test_server(octamem_server, octamem_fake, octamem_clock):
            assert isinstance(octamem_server, OctaMemServer)
            with OctaMem() as client:
                client.add(content="tea")
            assert octamem_server.fake is octamem_fake
            assert octamem_fake.requests()[0].key == octamem_server.api_key
            assert octamem_clock.waits == [60]
            assert octamem_server.api_key not in repr(octamem_server)

        def test_server_again(octamem_server):
            assert octamem_server.fake.memories() == []
            assert os.environ["OCTAMEM_BASE_URL"] == octamem_server.url

        def test_server_is_over():
            assert "OCTAMEM_BASE_URL" not in os.environ
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"passed": 10}


def test_the_server_of_a_session_is_one_and_its_tests_are_apart(project: pytest.Pytester) -> None:
    """Tests share a port and nothing else: each has a key and a fake of its own, and a key follows from the node id."""
    project.makepyfile(
        test_apart="""
        import pytest
        seen = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_apart(octamem_server, turn, request):
            from octamem_testing.context import key_of
            assert octamem_server.api_key == key_of(request.node.nodeid)
            seen.append((octamem_server.url, octamem_server.api_key, octamem_server.fake))
            if turn == 2:
                first, second = seen
                assert first[0] == second[0] and first[1] != second[1] and first[2] is not second[2]
        """
    )
    assert outcomes(project.runpytest_inprocess()) == {"passed": 2}


def test_a_straggler_of_a_test_that_is_over_gets_a_404(project: pytest.Pytester) -> None:
    """Between the tests that use octamem_server nobody answers for the service."""
    project.makepyfile(
        """
        import httpx
        urls = []

        def test_one(octamem_server):
            urls.append(octamem_server.url)

        def test_two():
            answer = httpx.post(urls[0] + "/api/memory/add", json={"content": "late"})
            assert answer.status_code == 404 and "No test" in answer.json()["error"]
        """
    )
    assert outcomes(project.runpytest_inprocess()) == {"passed": 2}


def test_fixtures_are_documented(project: pytest.Pytester) -> None:
    """`pytest --fixtures` lists each fixture with its docstring, and none of the private ones."""
    result = project.runpytest_inprocess("--fixtures")
    result.stdout.fnmatch_lines_random(
        [
            "octamem_fake -- *",
            "    A new fake OctaMem service*",
            "octamem_client -- *",
            "    An OctaMem client on octamem_fake*",
            "async_octamem_client -- *",
            "    An AsyncOctaMem client on octamem_fake*",
            "octamem_server -- *",
            "    octamem_fake over real HTTP*",
            "octamem_mock -- *",
            "    octamem_fake, which receives every OctaMem call*",
            "octamem_clock -- *",
            "    The clock of the fake*",
        ]
    )
    result.stdout.no_fnmatch_line("_octamem*")


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_async_tests_of_every_kind(project: pytest.Pytester, mode: str) -> None:
    """The fixtures work in tests of pytest-asyncio, strict and auto, and of anyio's plugin on asyncio and trio."""
    project.makeini(ini(mode=mode))
    project.makepyfile(
        f"""
        import pytest
        from octamem import AsyncOctaMem

        {"@pytest.mark.asyncio" if mode == "strict" else ""}
        @pytest.mark.octamem(faults="add: 503(retry-after=30)")
        async def test_asyncio(async_octamem_client, octamem_clock):
            await async_octamem_client.add(content="tea")
            assert octamem_clock.waits == [30]

        {"@pytest.mark.asyncio" if mode == "strict" else ""}
        async def test_server(octamem_server):
            async with AsyncOctaMem() as client:
                await client.add(content="tea")
            assert len(octamem_server.fake.memories()) == 1
        """,
        test_anyio="""
        import pytest
        from octamem import AsyncOctaMem

        pytestmark = pytest.mark.anyio

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        @pytest.mark.octamem(faults="add: 503(retry-after=30), hang")
        async def test_client(async_octamem_client, octamem_clock):
            await async_octamem_client.add(content="tea")
            assert octamem_clock.waits[0] == 30

        async def test_mock(octamem_mock):
            async with AsyncOctaMem() as client:
                await client.add(content="tea")
            assert len(octamem_mock.memories()) == 1
        """,
    )
    assert outcomes(project.runpytest_inprocess("test_async_tests_of_every_kind.py")) == {"passed": 2}
    # In auto mode pytest-asyncio takes every async test for its own, and anyio's plugin says to choose one of them.
    beside = [] if mode == "strict" else ["-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"]
    assert outcomes(project.runpytest_inprocess("test_anyio.py", *beside)) == {"passed": 4}


@pytest.mark.slow
def test_xdist_workers_repeat_a_single_process(project: pytest.Pytester) -> None:
    """Under -n 2 each worker has a server of its own, seeds are those of one process, and failures show their calls."""
    project.makepyfile(
        test_spread="""
        import pytest
        from octamem import OctaMem

        @pytest.mark.parametrize("turn", range(6))
        def test_it(octamem_server, turn):
            with OctaMem() as client:
                client.add(content="tea")
            assert turn != 3

        @pytest.mark.xdist_group("b")
        @pytest.mark.xdist_group(name="a")
        def test_grouped(octamem_fake):
            assert not "it"
        """
    )
    # With this distribution a worker adds the group's name to the node id, unless its pytest does not let it.
    result = project.runpytest_inprocess("-n", "2", "--dist", "loadgroup")
    assert outcomes(result) == {"passed": 5, "failed": 2}
    grouped, third = "test_spread.py::test_grouped", "test_spread.py::test_it[3]"
    result.stdout.fnmatch_lines_random(
        [
            "#1 * add call * -> 200 *",
            f"{seed_of(third)}; run again with: pytest 'test_spread.py::test_it?3?' --octamem-seed={seed_of(third)}",
            f"{seed_of(grouped)}; run again with: pytest {grouped} --octamem-seed={seed_of(grouped)}",
        ]
    )


def test_a_test_of_unittest_can_use_the_marker(project: pytest.Pytester) -> None:
    """A unittest.TestCase under the marker has its mock, and a fault that it never met fails it."""
    project.makepyfile(
        """
        import unittest, pytest
        from octamem import OctaMem

        @pytest.mark.usefixtures("octamem_mock")
        @pytest.mark.octamem(faults="add: 503")
        class TestOld(unittest.TestCase):
            def test_met(self):
                assert OctaMem().add(content="tea").success

            def test_unmet(self):
                OctaMem().details()
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["faults were armed and not injected:"])


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/_fake/memories", {"host": "evil.example"}, 403),
        ("/_fake/memories", {"host": "platform.octamem.com"}, 403),
        ("/_fake/memories", {"host": "a.localhost"}, 200),
        ("/api/memory/details", {"origin": "http://localhost:3000"}, 403),
        ("/api/memory/details", {"sec-fetch-site": "same-site"}, 403),
        ("/api/memory/details", {"host": "evil:x"}, 400),
    ],
    ids=str,
)
def test_the_server_of_a_test_keeps_web_pages_out(
    octamem_server: OctaMemServer, path: str, headers: Dict[str, str], status: int
) -> None:
    """`octamem_server` refuses a foreign host and a page of another origin, and its journal has none of it."""
    assert httpx.get(octamem_server.url + path, headers=headers).status_code == status
    assert octamem_server.fake.requests() == []


def test_the_server_of_a_test_answers_as_a_proxy_for_the_service(octamem_server: OctaMemServer) -> None:
    """A client that reaches it as its proxy names the service, which is the host of the service's routes alone."""
    with httpx.Client(
        proxy=octamem_server.url, headers={"authorization": f"Bearer {octamem_server.api_key}"}
    ) as client:
        assert client.post("http://platform.octamem.com/api/memory/add", json={"content": "tea"}).status_code == 200
        assert client.post("http://platform.octamem.com/_fake/reset").status_code == 403
        assert client.post("http://evil.example/api/memory/add", json={"content": "tea"}).status_code == 403
    assert [memory.content for memory in octamem_server.fake.memories()] == ["tea"]
