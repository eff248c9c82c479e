"""The kit in wider scopes: mocked() and serving(), and the way to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import unittest
import urllib.request
from typing import Dict, Optional

import httpx
import pytest
from kit_project import outcomes

from octamem import AsyncOctaMem, OctaMem
from octamem_testing import Fake, VirtualClock, mocked, serving
from octamem_testing.wiring.refusals import EscapeError

ADD = "https://platform.octamem.com/api/memory/add"


def test_mocked_gives_a_fake_of_its_own() -> None:
    """Without a fake it makes one, and a client that is built from the environment sees its memories."""
    former = os.environ.get("OCTAMEM_API_KEY")
    with mocked() as fake:
        fake.remember(["Tea is at four."])
        assert OctaMem().get(query="tea").results
        assert os.environ["OCTAMEM_API_KEY"] == fake.api_key
    assert os.environ.get("OCTAMEM_API_KEY") == former


def test_mocked_takes_a_fake_and_a_clock() -> None:
    """The fake that is given answers, and clients wait on the clock that is given."""
    fake = Fake()
    clock = VirtualClock(fake)
    fake.faults("add: 503(retry-after=20)")
    with mocked(fake, clock=clock) as given:
        OctaMem().add(content="tea")
    assert given is fake
    assert clock.waits == [20]


def test_mocked_in_a_task() -> None:
    """The block may be entered in a coroutine."""

    async def main() -> int:
        with mocked() as fake:
            async with AsyncOctaMem() as client:
                await asyncio.gather(*(client.add(content=f"note {n}") for n in range(3)))
        return len(fake.memories())

    assert asyncio.run(main()) == 3


@pytest.mark.parametrize("what", [mocked, serving])
def test_another_argument_is_refused(what: object) -> None:
    """Only a fake is taken for one."""
    with pytest.raises(TypeError, match="expected the fake"), what("fake"):  # type: ignore[operator]
        pass


def test_a_refused_call_is_raised_at_the_end() -> None:
    """A script learns of a call that was refused, whatever its code made of the error."""

    def connect() -> None:
        with contextlib.suppress(RuntimeError):
            socket.create_connection(("platform.octamem.com", 443))

    with pytest.raises(EscapeError, match="use octamem_server"), mocked():
        connect()


@pytest.mark.slow
def test_serving_gives_a_server() -> None:
    """The environment points to it, and all that speaks HTTP reaches its fake; afterwards nothing is left of it."""
    former = dict(os.environ)
    with serving() as server:
        assert (os.environ["OCTAMEM_BASE_URL"], os.environ["OCTAMEM_API_KEY"]) == (server.url, server.api_key)
        OctaMem().add(content="tea")
        with urllib.request.urlopen(f"{server.url}/_fake/health") as answer:
            assert answer.status == 200
        with pytest.raises(EscapeError):
            httpx.post(ADD)
        with pytest.raises(EscapeError), serving():
            raise EscapeError
        assert [memory.content for memory in server.fake.memories()] == ["tea"]
        from octamem_testing.wiring.refusals import take_escapes

        assert "octamem_mock" in take_escapes()
    assert dict(os.environ) == former


class TestUnittest(unittest.TestCase):
    """A class of unittest with a fake for all of its tests."""

    @classmethod
    def setUpClass(cls) -> None:
        """Put a memory in place."""
        block = mocked()
        cls.fake = block.__enter__()
        cls.addClassCleanup(block.__exit__, None, None, None)
        cls.fake.remember(["Tea is at four."])

    def test_it_is_found(self) -> None:
        """Each test asks the fake of the class."""
        assert OctaMem().get(query="tea").results


UNITTEST = """
    import unittest
    import pytest

    @pytest.mark.usefixtures("octamem_client")
    class TestIt(unittest.TestCase):
        def test_it({parameters}):
            {body}
"""


@pytest.mark.parametrize(
    ("parameters", "body", "told"),
    [
        ("self, octamem_client", "octamem_client.details()", "octamem_client"),
        ("self", "self.octamem_client.details()", "octamem_client"),
        ("self", "self.another.details()", None),
    ],
)
def test_a_method_of_unittest_that_takes_a_fixture_is_told_what_to_do(
    project: pytest.Pytester, parameters: str, body: str, told: Optional[str]
) -> None:
    """Methods of unittest get no fixture, so a failure for want of one of ours names what does the same."""
    project.makepyfile(UNITTEST.format(parameters=parameters, body=body))
    result = project.runpytest()
    assert outcomes(result) == {"failed": 1}
    remedy = f"{told}: a method of unittest.TestCase is given no fixture"
    assert (remedy in result.stdout.str()) == (told is not None)
    assert ('what to do: write @pytest.mark.usefixtures("octamem_mock")' in result.stdout.str()) == (told is not None)


WIDER: Dict[str, str] = {
    "octamem_mock": "with octamem_testing.mocked() as fake: yield fake",
    "octamem_fake": "with octamem_testing.mocked() as fake: yield fake",
    "octamem_client": "with octamem_testing.mocked(): yield OctaMem()",
    "octamem_server": "with octamem_testing.serving() as server: yield server",
    "octamem_chaos": "octamem_testing.chaos.run(scenario)",
}


@pytest.mark.parametrize("fixture", list(WIDER))
@pytest.mark.parametrize("scope", ["module", "session"])
def test_a_mismatch_of_scopes_says_what_to_use(project: pytest.Pytester, fixture: str, scope: str) -> None:
    """A wider fixture that asks for one of ours is pointed to the context manager that does the same."""
    project.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def wide({fixture}):
            yield

        def test_it(wide):
            pass
        """
    )
    result = project.runpytest()
    assert outcomes(result) == {"errors": 1}
    assert f"in a fixture of the scope {scope}, use `{WIDER[fixture]}`" in result.stdout.str()


def test_a_mismatch_of_others_is_left_alone(project: pytest.Pytester) -> None:
    """A fixture that is not ours is none of our business."""
    project.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def wide(tmp_path):
            yield

        def test_it(wide):
            pass
        """
    )
    result = project.runpytest()
    assert outcomes(result) == {"errors": 1}
    result.stdout.no_fnmatch_line("*octamem_testing*")


def test_each_test_of_a_module_is_judged(project: pytest.Pytester) -> None:
    """In the scope of a module, a call that is refused fails the test that made it, and no other."""
    project.makepyfile(
        """
        import socket

        import pytest

        from octamem import OctaMem
        from octamem_testing import mocked

        @pytest.fixture(scope="module")
        def notes():
            with mocked() as fake:
                yield fake

        def test_right(notes):
            OctaMem().add(content="tea")

        def test_wrong(notes):
            try:
                socket.create_connection(("platform.octamem.com", 443))
            except RuntimeError:
                pass

        def test_right_again(notes):
            assert len(notes.memories()) == 1
        """
    )
    assert outcomes(project.runpytest("-p", "no:randomly")) == {"passed": 2, "failed": 1}


def test_a_test_keeps_its_own_fake_inside_a_wider_one(project: pytest.Pytester) -> None:
    """The clients and the server of a test reach its fake, and what the app builds reaches that of the session."""
    project.makepyfile("""
        import asyncio
        import httpx
        import pytest
        from octamem import OctaMem
        from octamem_testing import assert_waited, mocked, serving

        @pytest.fixture(scope="session", autouse=True)
        def handbook():
            with mocked() as fake:
                fake.remember(["Tea is at four."])
                yield fake

        @pytest.mark.octamem(faults="add: 503(retry-after=20); search: ok", memories=["milk"])
        def test_clients(octamem_client, async_octamem_client, octamem_fake, octamem_clock, handbook):
            octamem_client.add(content="one")
            asyncio.run(async_octamem_client.with_options(max_retries=1).add(content="two"))
            assert octamem_client.get(query="milk").results
            assert [each.content for each in octamem_fake.memories()] == ["milk", "one", "two"]
            assert_waited(octamem_clock, at_least=20, at_most=21)
            assert OctaMem().get(query="tea").results
            assert len(handbook.memories()) == 1

        def test_server(octamem_server, handbook):
            OctaMem().add(content="one")
            address = f"{octamem_server.url}/api/memory/add"
            key = {"Authorization": f"Bearer {octamem_server.api_key}"}
            httpx.post(address, headers=key, json={"content": "two"})
            assert [each.content for each in octamem_server.fake.memories()] == ["one", "two"]
            assert len(handbook.memories()) == 1

        def test_a_served_block(handbook):
            with serving() as server:
                OctaMem().add(content="one")
                assert len(server.fake.memories()) == 1
            assert OctaMem().get(query="tea").results
            assert len(handbook.memories()) == 1

        def test_an_inner_block(octamem_client, octamem_fake):
            with mocked() as fake:
                octamem_client.add(content="one")
                assert (len(fake.memories()), len(octamem_fake.memories())) == (1, 0)
    """)
    assert outcomes(project.runpytest("-p", "no:cacheprovider")) == {"passed": 4}
