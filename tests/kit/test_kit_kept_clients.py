"""A client that an app keeps from test to test starts each test as new."""

from __future__ import annotations

import pytest
from kit_project import outcomes


def passes(project: pytest.Pytester, source: str, *options: str) -> int:
    """Run the source as a test module, and return how many tests passed; none may fail."""
    project.makepyfile(source)
    result = project.runpytest("-p", "no:randomly", *options)
    found = outcomes(result)
    assert set(found) == {"passed"}, result.stdout.str()
    return found["passed"]


KEPT = {
    "built at import": """
        kept = OctaMem()

        def client():
            return kept
    """,
    "built at its first use": """
        @functools.lru_cache
        def client():
            return OctaMem()
    """,
    "built at its first use with a key": """
        @functools.lru_cache
        def client():
            return OctaMem(os.environ["OCTAMEM_API_KEY"])
    """,
    "a copy": """
        kept = OctaMem(max_retries=9)

        def client():
            return kept.with_options(max_retries=3)
    """,
    "closed by the app after each use": """
        kept = OctaMem()

        def client():
            return kept

        @pytest.fixture(autouse=True)
        def app():
            with kept:
                yield
    """,
    "of another SDK, with a key": """
        class Raw:
            def __init__(self):
                self.headers = {"Authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}

            def post(self, what, **fields):
                base = os.environ.get("OCTAMEM_BASE_URL", "https://platform.octamem.com")
                # Without certificates, which take longer to load than all else that the test does.
                return httpx.post(f"{base}/api/memory/{what}", json=fields, headers=self.headers, verify=False)

            def add(self, content):
                for _ in range(2):
                    if self.post("add", content=content).status_code == 200:
                        return

            def get(self, query):
                class Found:
                    results = self.post("search", query=query).json()["results"]
                return Found

        @functools.lru_cache
        def client():
            return Raw()
    """,
}


@pytest.mark.parametrize("fixture", ["octamem_mock", pytest.param("octamem_server", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kept", list(KEPT))
def test_a_client_that_an_app_keeps_is_new_in_each_test(project: pytest.Pytester, kept: str, fixture: str) -> None:
    """It sees the memories of the test that is running, and has all of its retries, 40 tests long."""
    source = (
        """
        import functools
        import os

        import httpx
        import pytest

        from octamem import OctaMem
"""
        + KEPT[kept]
        + f"""
        @pytest.mark.parametrize("n", range(40))
        @pytest.mark.octamem(memories=["Tea is at four."], faults="add: 503 x3", unused="allow")
        def test_it({fixture}, n):
            fake = getattr({fixture}, "fake", {fixture})
            client().add(content=f"Note {{n}}.")
            assert client().get(query="tea").results
            assert len(fake.memories(key=fake.api_key)) == len(fake.memories())
        """
    )
    assert passes(project, source) == 40


def test_an_async_client_that_an_app_keeps_is_new_in_each_test(project: pytest.Pytester) -> None:
    """The same holds for the async client, whose every test has an event loop of its own."""
    source = """
        import pytest

        from octamem import AsyncOctaMem

        client = AsyncOctaMem()

        @pytest.mark.asyncio
        @pytest.mark.parametrize("n", range(40))
        @pytest.mark.octamem(memories=["Tea is at four."], faults="add: 503 x3")
        async def test_it(octamem_mock, n):
            await client.add(content=f"Note {n}.")
            assert (await client.get(query="tea")).results
    """
    assert passes(project, source) == 40


def test_a_client_that_was_kept_meets_the_fixture_of_each_test(project: pytest.Pytester) -> None:
    """A key that one fixture handed out opens the memories of whichever fixture comes next."""
    source = """
        import functools

        import pytest

        from octamem import OctaMem
        from octamem_testing import chaos

        @functools.lru_cache
        def client():
            return OctaMem()

        def scenario():
            return [record.content for record in client().get(query="tea").results]

        @pytest.mark.octamem(memories=["Tea is at one."])
        def test_mock(octamem_mock):
            assert scenario() == ["Tea is at one."]

        @pytest.mark.octamem(memories=["Tea is at two."])
        def test_server(octamem_server):
            assert scenario() == ["Tea is at two."]

        @pytest.mark.octamem(memories=["Tea is at three."])
        def test_chaos(octamem_chaos):
            found = []
            octamem_chaos.replay(lambda: found.extend(scenario()), "search: 503", invariants=())
            assert found[0] == "Tea is at three."

        @pytest.mark.octamem(memories=["Tea is at four."])
        def test_mock_again(octamem_mock):
            assert scenario() == ["Tea is at four."]
    """
    assert passes(project, source) == 4


def test_a_key_that_a_test_lists_is_no_alias(project: pytest.Pytester) -> None:
    """A key of an earlier test is a key of its own where the marker lists it, and unknown keys are still refused."""
    source = """
        import pytest

        from octamem import AuthenticationError, OctaMem

        EARLIER = []

        def test_one(octamem_mock):
            EARLIER.append(octamem_mock.api_key)

        @pytest.mark.octamem(keys=["sk-mine"])
        def test_two(octamem_mock):
            OctaMem(EARLIER[0]).add(content="Tea is at four.")
            assert [memory.content for memory in octamem_mock.memories(key="sk-mine")] == ["Tea is at four."]
            octamem_mock.configure(keys=["sk-mine", EARLIER[0]])
            OctaMem(EARLIER[0]).add(content="Milk.")
            assert [memory.content for memory in octamem_mock.memories(key=EARLIER[0])] == ["Milk."]
            with pytest.raises(AuthenticationError):
                OctaMem("sk-unknown").add(content="Bread.")
    """
    assert passes(project, source) == 2
