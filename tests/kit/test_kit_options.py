"""The options and their ini twins, the seed, and the real service."""

from __future__ import annotations

from typing import List

import pytest
from kit_project import ini, outcomes

from octamem_testing.context import OctaMemServer, seed_of


@pytest.mark.parametrize(
    ("arguments", "more", "header"),
    [
        ([], "", "octamem: fake, a seed for each test from its node id"),
        (["--octamem-seed=7"], "", "octamem: fake, seed 7"),
        ([], "octamem_seed = 8", "octamem: fake, seed 8"),
        (["--octamem-seed=7"], "octamem_seed = 8", "octamem: fake, seed 7"),
        (["--octamem-live"], "", "octamem: live, at https://platform.octamem.com"),
        ([], "octamem_live = true", "octamem: live, at https://platform.octamem.com"),
    ],
)
def test_the_header_says_seed_and_mode(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: List[str], more: str, header: str
) -> None:
    """The header line tells seed and mode, whether they come from the command line or from the ini file."""
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-of-nobody")
    monkeypatch.delenv("OCTAMEM_BASE_URL", raising=False)
    project.makeini(ini(more=more))
    result = project.runpytest_inprocess("--collect-only", *arguments)
    result.stdout.fnmatch_lines([header])


def test_the_seed_is_the_one_that_was_asked_for(project: pytest.Pytester) -> None:
    """A seed follows from the node id, unless the command line gives it, unless the marker does."""
    project.makepyfile(
        test_seeds="""
        import pytest

        def test_own(octamem_fake):
            print("own", octamem_fake.settings().seed)

        @pytest.mark.octamem(seed=3)
        def test_marked(octamem_fake):
            print("marked", octamem_fake.settings().seed)
        """
    )
    first = project.runpytest_inprocess("-s").stdout
    first.fnmatch_lines([f"*own {seed_of('test_seeds.py::test_own')}", "*marked 3"])
    project.runpytest_inprocess("-s", "--octamem-seed=12").stdout.fnmatch_lines(["*own 12", "*marked 3"])


def test_the_same_seed_gives_the_same_run(project: pytest.Pytester) -> None:
    """Ids, random faults and the jitter of back-offs repeat from run to run."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(faults="add: 503 40%")
        def test_it(octamem_client, octamem_fake, octamem_clock):
            for turn in range(20):
                octamem_client.add(content=f"memory {turn}")
            print("RUN", octamem_clock.waits, [memory.id for memory in octamem_fake.memories()])
        """
    )
    runs = [project.runpytest_inprocess("-s", "--octamem-seed=5").stdout.str() for _ in range(2)]
    lines = [[line for line in run.splitlines() if "RUN" in line] for run in runs]
    assert lines[0] == lines[1]
    assert "[]" not in lines[0][0]


def test_a_seed_that_is_no_number_is_refused(project: pytest.Pytester) -> None:
    """A word as octamem_seed is a usage error that names the option."""
    project.makeini(ini(more="octamem_seed = luck"))
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*octamem_seed: expected an int, got 'luck' (in the ini file)"])


def test_live_without_a_key_is_a_usage_error(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """--octamem-live with no key in the environment ends the run before a test, naming the variable."""
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    result = project.runpytest_inprocess("--octamem-live")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--octamem-live*OCTAMEM_API_KEY*"])


def test_live_skips_what_needs_the_fake(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the real service whatever needs the fake is skipped, each with its reason, before anything is sent."""
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-of-nobody")
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://127.0.0.1:9")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("name", ["octamem_fake", "octamem_clock", "octamem_server", "octamem_mock"])
        def test_dynamic(request, name):
            request.getfixturevalue(name)

        @pytest.mark.octamem(memories=["tea"])
        def test_used(octamem_client, octamem_fake): pass

        @pytest.mark.octamem(faults="add: 503")
        def test_faults(octamem_client): pass

        @pytest.mark.octamem(limit=3)
        def test_setting(octamem_client): pass

        @pytest.mark.octamem(memories=[{"content": "tea", "type": "episodic"}])
        def test_typed(octamem_client): pass
        """
    )
    result = project.runpytest_inprocess("--octamem-live", "-rs")
    assert outcomes(result) == {"skipped": 8}
    result.stdout.fnmatch_lines_random(
        [
            "*octamem_testing needs the fake, and this run uses the real service",
            "*octamem_fake needs the fake*",
            "*the fault script of its marker needs the fake*",
            "*the setting limit of its marker needs the fake*",
            "*a memory with more than content and previousContext needs the fake*",
        ]
    )


def test_live_sends_no_memory_that_cannot_be_one(project: pytest.Pytester, octamem_server: OctaMemServer) -> None:
    """A memory of the marker that is none fails its test against the real service too, and nothing is sent."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(memories=["tea", 3])
        def test_number(octamem_client): pass

        @pytest.mark.octamem(memories=["tea", {"previousContext": "office"}])
        def test_no_content(octamem_client): pass

        @pytest.mark.octamem(memories=[{"content": "tea", "previousContext": None}])
        def test_no_context(octamem_client): pass
        """
    )
    result = project.runpytest_inprocess("--octamem-live")
    assert outcomes(result) == {"passed": 1, "errors": 2}
    result.stdout.fnmatch_lines_random(
        [
            "*memories[[]1]: expected a text, a pair (text, context) or an object, got int*",
            "*memories[[]1].content is required*",
        ]
    )
    assert [memory.content for memory in octamem_server.fake.memories()] == ["tea"]


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_live_clients_speak_to_the_service(project: pytest.Pytester, octamem_server: OctaMemServer, mode: str) -> None:
    """With --octamem-live the clients go to the real host, here one of ours, and so do the marker's memories."""
    project.makeini(ini(mode=mode))
    project.makepyfile(
        """
        import asyncio, pytest

        pytestmark = pytest.mark.octamem(memories=["Tea at four.", {"content": "Coffee", "previousContext": "office"}])

        def test_sync(octamem_client, async_octamem_client):
            assert octamem_client.get(query="tea").results
            assert octamem_client.get(query="coffee", previous_context="office").results

        @pytest.mark.asyncio
        async def test_async(async_octamem_client):
            async with async_octamem_client as client:
                assert (await client.get(query="tea")).results
        """
    )
    result = project.runpytest_inprocess("--octamem-live")
    assert outcomes(result) == {"passed": 2}
    assert [memory.context for memory in octamem_server.fake.memories()] == ["", "office"] * 2
