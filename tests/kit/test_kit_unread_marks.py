"""Marks that no fixture of the kit reads: never without a word."""

from __future__ import annotations

import pytest
from kit_project import outcomes

from octamem_testing.plugin.plan import FIXTURES

NO_FIXTURE = "*@pytest.mark.octamem: this test uses no fixture of the kit, so "


def test_a_mark_of_its_own_needs_a_fixture(project: pytest.Pytester) -> None:
    """A test whose own mark meets no fixture of the kit fails before its body runs, with what to do."""
    project.makepyfile(
        """
        import pytest, unittest

        @pytest.mark.octamem(faults="add: 503", memories=["tea"])
        def test_sync(): raise SystemExit("it ran")

        @pytest.fixture
        def anyio_backend(): return "asyncio"

        @pytest.mark.octamem(limit=3)
        @pytest.mark.anyio
        async def test_async(): raise SystemExit("it ran")

        @pytest.mark.octamem
        def test_bare(capsys): raise SystemExit("it ran")

        @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.octamem(limit=1)), 2])
        def test_parameter(n): assert n == 2

        class TestUnit(unittest.TestCase):
            @pytest.mark.octamem(memories=["tea"])
            def test_it(self): raise SystemExit("it ran")
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"passed": 1, "errors": 5}
    result.stdout.fnmatch_lines(
        [
            f"{NO_FIXTURE}faults=, memories= have no effect, *the real service",
            "what to do: use octamem_client * octamem_mock *usefixtures*; or remove the mark",
            f"{NO_FIXTURE}limit= has no effect, *",
            f"{NO_FIXTURE}its mark has no effect, *",
            f"{NO_FIXTURE}memories= has no effect, *",
        ]
    )


def test_a_mark_around_a_test_may_stay_unread_unless_it_has_faults(project: pytest.Pytester) -> None:
    """Memories and settings of a class, module or conftest may be meant for others; faults must be able to hit."""
    project.makeconftest(
        """
        import pytest
        def pytest_collection_modifyitems(items):
            for item in items: item.add_marker(pytest.mark.octamem(top_k=2))
        """
    )
    project.makepyfile(
        """
        import pytest
        pytestmark = pytest.mark.octamem(memories=["tea"], limit=9)

        def test_alone(): pass

        @pytest.mark.octamem(faults="details: 503")
        class TestFaults:
            def test_met(self, octamem_client): octamem_client.details()
            def test_not_asked(self): pass
            @pytest.mark.octamem(unused="allow")
            def test_allowed(self): pass
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"passed": 3, "errors": 1}
    result.stdout.fnmatch_lines(
        [f"{NO_FIXTURE}faults='details: 503' of its class or module can never be injected, *", '*unused="allow" in it']
    )


@pytest.mark.parametrize("mark", ["limt=3", "faults='ad: 503'", "memories=['']", "unused='never'"])
def test_a_mark_is_read_in_any_case(project: pytest.Pytester, mark: str) -> None:
    """A mark that makes no sense fails its test without a fixture too, on a class as on the test itself."""
    project.makepyfile(
        f"""
        import pytest

        @pytest.mark.octamem({mark})
        class TestAround:
            def test_it(self): pass

        @pytest.mark.octamem({mark})
        def test_own(request): raise SystemExit("it ran")
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"errors": 2}
    result.stdout.no_fnmatch_line("*uses no fixture*")


def test_what_may_be_requested_later_is_judged_later(project: pytest.Pytester) -> None:
    """Where a fixture can still be asked for while the test runs, it is in the end that none was."""
    project.makeconftest(
        """
        import pytest
        def pytest_collection_modifyitems(items):
            for item in items:
                if isinstance(item, pytest.Function): continue
                item.add_marker(pytest.mark.octamem(limit=3))
        @pytest.fixture
        def make(request): return lambda: request.getfixturevalue("async_octamem_client")
        """
    )
    project.makepyfile(
        '''
        import pytest

        def documented():
            """
            >>> getfixture("octamem_client").details().limit
            3
            """

        @pytest.mark.octamem(limit=3)
        def test_asks(request):
            assert request.getfixturevalue("octamem_client").details().limit == 3

        @pytest.mark.octamem(limit=3)
        def test_made(make): make()

        @pytest.mark.octamem(limit=3)
        def test_asks_not(request): pass

        @pytest.mark.octamem(limit=3)
        def test_fails_first(request): assert not "its own reason"
        '''
    )
    result = project.runpytest_inprocess("--doctest-modules")
    assert outcomes(result) == {"passed": 3, "failed": 2}
    result.stdout.fnmatch_lines([f"{NO_FIXTURE}limit= has no effect, *"])
    assert result.stdout.str().count("this test uses no fixture of the kit") == 1


def test_what_does_not_run_is_not_judged(project: pytest.Pytester) -> None:
    """A test that is skipped stays skipped, and one that is expected to fail is one that fails."""
    project.makepyfile(
        """
        import pytest, unittest

        @pytest.mark.octamem(limt=3)
        @pytest.mark.skip
        def test_skip(): pass

        @pytest.fixture
        def skips(): pytest.skip("here")

        @pytest.mark.octamem(limit=3)
        def test_in_a_fixture(skips): pass

        @pytest.mark.octamem(limit=3)
        @pytest.mark.xfail(run=False)
        def test_not_run(): pass

        @pytest.mark.octamem(limit=3)
        @pytest.mark.xfail(strict=True)
        def test_expected(): pass

        class TestUnit(unittest.TestCase):
            @pytest.mark.octamem(faults="add: 503")
            @unittest.skip("why")
            def test_it(self): pass
        """
    )
    assert outcomes(project.runpytest_inprocess()) == {"skipped": 3, "xfailed": 2}


def test_every_fixture_of_the_kit_reads_the_mark(project: pytest.Pytester) -> None:
    """A mark is met by whichever fixture of the kit, and however it is asked for."""
    mark = "@pytest.mark.octamem(limit=3)\n"
    used = "".join(f'{mark}@pytest.mark.usefixtures("{name}")\ndef test_{name}(): pass\n' for name in FIXTURES)
    later = f"""
@pytest.mark.octamem(limit=3)
@pytest.mark.parametrize("name", {FIXTURES!r})
def test_later(request, name): request.getfixturevalue(name)
"""
    project.makepyfile(f"import pytest\n{used}{later}")
    assert outcomes(project.runpytest_inprocess()) == {"passed": 2 * len(FIXTURES)}


def test_live_clients_read_the_mark(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the real service a client reads a mark, requested by name or later; without one it is unread."""
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-of-nobody")
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://127.0.0.1:9")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(memories=[])
        def test_named(octamem_client): pass

        @pytest.mark.octamem(memories=[])
        def test_later(request): request.getfixturevalue("octamem_client")

        @pytest.mark.octamem(memories=[])
        def test_without(): pass
        """
    )
    assert outcomes(project.runpytest_inprocess("--octamem-live")) == {"passed": 2, "errors": 1}


def test_a_fixture_of_the_projects_own_may_take_the_place_of_ours(project: pytest.Pytester) -> None:
    """A fixture by the name of one of the kit's is trusted to read the mark."""
    project.makeconftest("import pytest\n@pytest.fixture\ndef octamem_client(): return None\n")
    project.makepyfile("import pytest\n@pytest.mark.octamem(limit=3)\ndef test_it(octamem_client): pass\n")
    assert outcomes(project.runpytest_inprocess()) == {"passed": 1}
