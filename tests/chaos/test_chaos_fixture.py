"""octamem_chaos: chaos with the seed and the marker of a test, and failures that read as they are meant."""

from __future__ import annotations

import re
from importlib import import_module
from typing import List

import pytest

# Loaded here, as pytester forgets what is loaded in its runs, and a class loaded twice is two classes.
import_module("octamem_testing.chaos.fixture")

INI = """
[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest --strict-markers
filterwarnings = error
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""

APP = """
NOTE = "Tea is at four."

def save(client):
    client.add(content=NOTE)
    return NOTE

async def save_async(client):
    await client.add(content=NOTE)
    return NOTE

def look(client):
    client.get(query="when is tea?")
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a project with an app to hunt, whose pytest takes every warning for an error."""
    for name in ("CI", "BUILD_NUMBER", "OCTAMEM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini(INI)
    pytester.makepyfile(app=APP)
    return pytester


def counts(result: pytest.RunResult) -> dict:
    return {name: count for name, count in result.parseoutcomes().items() if name != "warnings"}


def pasted(lines: List[str]) -> str:
    """Give the test to paste that a failure shows."""
    first = next(at for at, line in enumerate(lines) if line.startswith("paste this test"))
    last = next(at for at, line in enumerate(lines) if line.startswith(("to repeat the hunt", "to repeat the round")))
    return "\n".join(lines[first + 1 : last]).strip() + "\n"


@pytest.mark.parametrize("scenario", ["save", "save_async"])
def test_a_broken_invariant_fails_the_test_in_its_own_words(project, scenario):
    """The failure is the finding's text as it stands, with the line of the test and without any frame of the kit."""
    project.makepyfile(
        test_it=f"""
        from app import {scenario}

        def test_notes_are_kept_once(octamem_chaos):
            octamem_chaos({scenario}, rounds=30)
        """
    )
    result = project.runpytest_inprocess()
    assert counts(result) == {"failed": 1}
    lines = result.outlines
    at = next(number for number, line in enumerate(lines) if line.startswith("acknowledged_once is violated: "))
    assert lines[at - 1].startswith("___")
    assert "schedule:  add: reset @after" in lines
    assert [line for line in lines if re.search(r"chaos/\w+\.py", line) or line.startswith(("E ", ">"))] == []
    assert re.fullmatch(r"test_it\.py:4: ChaosFailure", lines[lines.index("-" * 33 + " octamem seed " + "-" * 33) - 1])


def test_the_test_to_paste_fails_while_the_bug_is_there(project):
    """Pasted as it is, it breaks the same invariant by the same schedule; with the bug gone, it passes."""
    project.makepyfile(
        test_hunt="""
        import pytest
        from app import save

        @pytest.mark.octamem(memories=["Coffee."], wire="envelope")
        def test_it(octamem_chaos):
            octamem_chaos(save, rounds=30)
        """
    )
    source = pasted(project.runpytest_inprocess("test_hunt.py").outlines)
    project.makepyfile(test_pasted=source)
    again = project.runpytest_inprocess("test_pasted.py")
    assert counts(again) == {"failed": 1}
    assert pasted(again.outlines) == source
    app = project.path / "app.py"
    app.write_text(app.read_text().replace("client.add", "client.with_options(retry_unknown_writes=False).add"))
    assert counts(project.runpytest_inprocess("test_pasted.py")) == {"passed": 1}


@pytest.mark.slow
def test_what_a_green_run_did_is_in_its_report(project):
    """A test that passes has its summary among the sections of its report, one for each hunt."""
    project.makepyfile(
        """
        from app import look

        def test_it(octamem_chaos):
            assert octamem_chaos(look, rounds=9, seed=1).rounds == 9
            octamem_chaos(look, rounds=5, seed=2, faults="503")
        """
    )
    quiet, told = project.runpytest_inprocess(), project.runpytest_inprocess("-rA")
    assert counts(told) == {"passed": 1}
    assert "octamem chaos" not in quiet.stdout.str()
    told.stdout.fnmatch_lines(
        [
            "*- octamem chaos -*",
            "every invariant held in 9 rounds of chaos, seed 1",
            "*- octamem chaos -*",
            "every invariant held in * of chaos, seed 2",
        ]
    )


@pytest.mark.slow
def test_the_seed_follows_from_the_test_and_options_hold(project):
    """It is the node id's, --octamem-seed's before that, the marker's before both, and an argument's before all."""
    project.makepyfile(
        """
        import pytest
        from octamem_testing.context import seed_of
        from app import look

        def test_own(octamem_chaos, request):
            assert octamem_chaos.seed == (request.config.getoption("octamem_seed") or seed_of(request.node.nodeid))
            assert octamem_chaos(look, rounds=3).seed == octamem_chaos.replay(look, "").seed == octamem_chaos.seed

        @pytest.mark.octamem(seed=5)
        def test_marker(octamem_chaos):
            assert octamem_chaos(look, rounds=3).seed == 5
            assert octamem_chaos(look, rounds=3, seed=6).seed == 6
            assert octamem_chaos.replay(look, "", seed=6).seed == 6
        """
    )
    assert counts(project.runpytest_inprocess()) == {"passed": 2}
    assert counts(project.runpytest_inprocess("--octamem-seed=77")) == {"passed": 2}


def test_the_marker_is_in_each_round(project):
    """Memories and settings of the marker are there in every round; a fault script in it is refused."""
    project.makepyfile(
        """
        import pytest
        from app import look, save

        @pytest.mark.octamem(memories=["Coffee.", "Milk."], top_k=1)
        def test_memories(octamem_chaos):
            def scenario(client):
                assert len(client.get(query="coffee milk").results) == 1
            octamem_chaos(scenario, rounds=9)
            assert len(octamem_chaos.replay(look, "search: 503").fake.memories()) == 2

        @pytest.mark.octamem(faults="add: 503")
        def test_faults(octamem_chaos): pass

        @pytest.mark.octamem(tea=4)
        def test_unknown(octamem_chaos):
            octamem_chaos(look)
        """
    )
    result = project.runpytest_inprocess()
    assert counts(result) == {"passed": 1, "failed": 1, "errors": 1}
    result.stdout.fnmatch_lines(
        ["*faults='add: 503' cannot be combined with octamem_chaos, which injects its own faults*"]
    )
    result.stdout.fnmatch_lines(["*tea*"])


def test_it_works_inside_a_running_loop(project):
    """An async test hunts sync and async scenarios, and its own loop goes on afterwards."""
    project.makepyfile(
        """
        import asyncio
        import pytest
        from app import look, save_async
        from octamem_testing.chaos import ChaosFailure

        @pytest.mark.asyncio
        async def test_it(octamem_chaos):
            assert octamem_chaos(look, rounds=9).rounds == 9
            with pytest.raises(ChaosFailure) as failure:
                octamem_chaos(save_async, rounds=30)
            assert failure.value.finding.invariant.name == "acknowledged_once"
            await asyncio.sleep(0)
        """
    )
    assert counts(project.runpytest_inprocess()) == {"passed": 1}


def test_a_failure_of_the_test_itself_is_shown_as_ever(project):
    """An assertion about a report, after a hunt that passed, keeps its own traceback, and the summary is added."""
    project.makepyfile(
        """
        from app import look

        def test_it(octamem_chaos):
            assert octamem_chaos(look, rounds=3).rounds == 4
        """
    )
    result = project.runpytest_inprocess()
    assert counts(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["E  *assert 3 == 4*", "*- octamem chaos -*"])


@pytest.mark.slow
def test_only_what_the_round_shown_has_logged_is_captured(project):
    """Of the warnings of all rounds the report has those of the finding's, and a hunt without one leaves none."""
    project.makepyfile(
        """
        import logging
        from app import look
        from octamem_testing import chaos

        def noisy(client):
            try:
                client.add(content="tea")
            finally:
                logging.getLogger("app").warning("said by the program")
            return "tea"

        def test_broken(octamem_chaos, caplog):
            try:
                octamem_chaos(noisy, rounds=30)
            except chaos.ChaosFailure as failure:
                assert failure.report.rounds > 3
            assert [record.getMessage() for record in caplog.records if record.name == "app"] == ["said by the program"]

        def test_kept(octamem_chaos, caplog):
            octamem_chaos(look, rounds=20)
            assert caplog.records == []
        """
    )
    assert counts(project.runpytest_inprocess()) == {"passed": 2}


def test_without_the_fixture_it_reads_the_same(project):
    """chaos.run in a plain test fails it with the same text."""
    project.makepyfile(
        """
        from app import save
        from octamem_testing import chaos

        def test_it():
            chaos.run(save, rounds=30, seed=3)
        """
    )
    result = project.runpytest_inprocess()
    result.stdout.fnmatch_lines(["acknowledged_once is violated: *", "test_*.py:5: ChaosFailure"])
    result.stdout.no_fnmatch_line("E  *")


def test_against_the_real_service_it_is_skipped(project, monkeypatch):
    """With --octamem-live a test that needs chaos is skipped, with the reason, before anything is sent."""
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-none-0001")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(memories=["never sent"])
        def test_it(octamem_client, octamem_chaos): pass
        """
    )
    result = project.runpytest_inprocess("--octamem-live", "-rs")
    assert counts(result) == {"skipped": 1}
    result.stdout.fnmatch_lines(["*--octamem-live: octamem_chaos needs the fake*"])


@pytest.mark.parametrize("check", ["return round.nothing", "return False"])
def test_an_invariant_that_cannot_be_checked_is_shown_without_our_lines(project, check):
    """The failure names the invariant, and shows the test's own line and the invariant's, none of the kit."""
    project.makepyfile(
        f"""
        from app import look

        class Mine:
            name = "mine"

            def check(self, round):
                {check}

        def test_look(octamem_chaos):
            octamem_chaos(look, invariants=[Mine()])
        """
    )
    result = project.runpytest_inprocess()
    assert counts(result) == {"failed": 1}
    result.stdout.fnmatch_lines([">*octamem_chaos(look, invariants=*", "E *the invariant 'mine' *"])
    result.stdout.no_fnmatch_line("octamem_testing*")
