"""Tools that change how tests run: the kit gives its verdict under each of them."""

from __future__ import annotations

import pytest

IMPORTS = """
import contextlib
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import assert_stored_once
"""
PROGRAMS = {
    "pyfakefs": """
def test_right(fs, octamem_client, octamem_fake):
    fs.create_file("/notes.txt", contents="Tea at four")
    octamem_client.add(content=open("/notes.txt").read())
    assert octamem_client.get(query="teaa at four").results
    assert_stored_once(octamem_fake, "Tea at four")

def test_wrong(fs, octamem_client, octamem_fake):
    fs.create_file("/notes.txt", contents="Tea at four")
    octamem_client.add(content="/notes.txt")
    assert_stored_once(octamem_fake, "Tea at four")
""",
    "pytest-socket": """
import pytest

@pytest.mark.disable_socket
def test_right(octamem_client, octamem_fake):
    octamem_client.add(content="Tea at four")
    assert_stored_once(octamem_fake, "Tea at four")

@pytest.mark.disable_socket
def test_wrong():
    with OctaMem("sk-om-live-0000000001", base_url="http://127.0.0.1:9", max_retries=0) as client:
        client.add(content="Tea at four")
""",
    "anyio": """
import pytest

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.mark.anyio
async def test_right(async_octamem_client, octamem_fake):
    octamem_fake.faults("add: 503, ok")
    await async_octamem_client.add(content="Tea at four")
    assert_stored_once(octamem_fake, "Tea at four")

@pytest.mark.anyio
async def test_wrong(async_octamem_client, octamem_fake):
    octamem_fake.faults("add: reset @after, ok")
    for _ in range(2):
        with contextlib.suppress(OctaMemError):
            await async_octamem_client.with_options(max_retries=0).add(content="Tea at four")
    assert_stored_once(octamem_fake, "Tea at four")
""",
    "trio": """
import trio

def test_right(octamem_mock):
    async def program():
        async with AsyncOctaMem() as client, trio.open_nursery() as nursery:
            for content in ("Tea at four", "Milk in the fridge"):
                nursery.start_soon(lambda content=content: client.add(content=content))
    octamem_mock.faults("add: 503, ok")
    trio.run(program)
    assert_stored_once(octamem_mock, "Tea at four")

def test_wrong(octamem_mock):
    async def program():
        async with AsyncOctaMem() as client:
            with trio.move_on_after(5):
                await client.get(query="Tea at four")
    trio.run(program)
    assert_stored_once(octamem_mock, "Tea at four")
""",
    "unittest": """
import unittest
import pytest

@pytest.mark.usefixtures("octamem_mock")
class Notes(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def fake(self, octamem_mock):
        self.fake = octamem_mock

    def setUp(self):
        self.client = OctaMem()
        self.addCleanup(self.client.close)

    def test_right(self):
        self.client.add(content="Tea at four")
        assert_stored_once(self.fake, "Tea at four")

    def test_wrong(self):
        self.fake.faults("add: 401")
        with contextlib.suppress(OctaMemError):
            self.client.add(content="Tea at four")
        assert_stored_once(self.fake, "Tea at four")
""",
}
REASONS = {
    "pyfakefs": "stored 0 times",
    "pytest-socket": "not_sent",
    "anyio": "stored 2 times",
    "trio": "stored 0 times",
    "unittest": "stored 0 times",
}


@pytest.mark.parametrize("tool", PROGRAMS)
def test_the_verdict_is_the_same_under_a_tool(judge, tool):
    """The right program passes, and the wrong one fails and says why."""
    verdicts = judge(IMPORTS + PROGRAMS[tool])
    ends = {"right": "passed", "wrong": "failed"}
    backends = ["[asyncio]", "[trio]"] if tool == "anyio" else [""]
    assert verdicts.outcomes == {way + backend: ends[way] for way in ends for backend in backends}, verdicts.said
    assert all(REASONS[tool] in verdicts.said["wrong" + backend] for backend in backends)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_tests_changes_no_verdict(judge, seed):
    """In any order of pytest-randomly, each test has a fake of its own."""
    source = (
        IMPORTS
        + """
import pytest

@pytest.mark.parametrize("n", range(8))
@pytest.mark.octamem(memories=["Tea at four"])
def test_right(octamem_client, octamem_fake, n):
    octamem_client.add(content=f"Note {n}")
    assert len(octamem_fake.memories()) == 2

@pytest.mark.octamem(memories=["Tea at four"])
def test_wrong(octamem_client, octamem_fake):
    octamem_client.add(content="Tea at four")
    assert_stored_once(octamem_fake, "Tea at four")
"""
    )
    verdicts = judge(source, f"--randomly-seed={seed}")
    assert verdicts.outcomes == {**{f"right[{n}]": "passed" for n in range(8)}, "wrong": "failed"}
