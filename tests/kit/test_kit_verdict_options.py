"""What becomes of a test that passes and shows a retry bug: named, failed or left alone."""

from __future__ import annotations

from typing import List

import pytest
from kit_project import ini, outcomes

APP = """
from octamem import OctaMemError

def ask(client):
    for _ in range(3):
        try:
            return client.get(query="tea")
        except OctaMemError:
            pass
"""
TESTS = """
import pytest
from app import ask
from octamem_testing import assert_invariants

pytestmark = pytest.mark.octamem(faults="search: 401 x2")

def test_wrong(octamem_client):
    ask(octamem_client)

@pytest.mark.octamem(verdict="off")
def test_meant(octamem_client):
    ask(octamem_client)

@pytest.mark.octamem(verdict="fail")
def test_held(octamem_client):
    ask(octamem_client)

@pytest.mark.octamem(verdict="report")
def test_named(octamem_client):
    ask(octamem_client)

@pytest.mark.octamem(faults="search: 401")
def test_failed(octamem_client):
    ask(octamem_client)
    raise ValueError("for a reason of its own")

def test_asserted(octamem_client, octamem_fake):
    ask(octamem_client)
    assert_invariants(octamem_fake)
"""
EVIDENCE = "refusals_not_repeated: search #2 repeats search #1, which was refused with 401"


@pytest.fixture
def wrong(project: pytest.Pytester) -> pytest.Pytester:
    """Give a project with an app that repeats refusals, and tests that pass all the same."""
    project.makepyfile(app=APP, test_app=TESTS)
    return project


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_the_summary_names_tests_that_passed_and_show_a_bug(wrong: pytest.Pytester, arguments: List[str]) -> None:
    """By default such tests pass and are named with their evidence, also by the controller of xdist."""
    result = wrong.runpytest_inprocess(*arguments)
    assert outcomes(result) == {"passed": 3, "failed": 3}
    text = result.stdout.str()
    summary = text[text.index("= octamem verdict: passed, and still show a bug =") :].splitlines()
    assert summary[1:5] == ["test_app.py::test_wrong", f"  {EVIDENCE}", "test_app.py::test_named", f"  {EVIDENCE}"]
    assert summary[5].startswith("The invariants are those of docs/chaos.md. --octamem-verdict=fail fails such tests")


@pytest.mark.parametrize(
    ("arguments", "more"), [(["--octamem-verdict=fail"], ""), ([], "octamem_verdict = fail")], ids=["option", "ini"]
)
def test_a_run_may_fail_them(wrong: pytest.Pytester, arguments: List[str], more: str) -> None:
    """With `fail` such tests fail, each with the evidence, what to do and the calls."""
    wrong.makeini(ini(more=more))
    result = wrong.runpytest_inprocess(*arguments)
    assert outcomes(result) == {"passed": 2, "failed": 4}
    result.stdout.fnmatch_lines(
        [
            "*test_wrong*",
            "the calls show a retry bug:",
            f"  {EVIDENCE}",
            "    what to do: end the call at this status: another attempt is refused again",
            "the calls:",
            "  search call *",
            "    1. first, at 0 s -> 401; fault: 401 @before",
        ]
    )
    assert result.stdout.str().count("for a reason of its own") == 3


def test_a_run_may_leave_them_alone(wrong: pytest.Pytester) -> None:
    """With `off` no test is judged, unless its marker says so."""
    result = wrong.runpytest_inprocess("--octamem-verdict=off")
    assert outcomes(result) == {"passed": 3, "failed": 3}
    result.stdout.no_fnmatch_line("*octamem verdict*")


def test_an_unknown_verdict_is_refused(wrong: pytest.Pytester) -> None:
    """A verdict that does not exist ends the run before it begins, and fails the test whose marker has it."""
    wrong.makeini(ini(more="octamem_verdict = strict"))
    result = wrong.runpytest_inprocess()
    result.stderr.fnmatch_lines(['*octamem_verdict: expected "report", "fail" or "off", got \'strict\'*'])
    wrong.makeini(ini())
    wrong.makepyfile(
        test_app="""
        import pytest

        @pytest.mark.octamem(verdict="strict")
        def test_it(octamem_client):
            octamem_client.details()
        """
    )
    result = wrong.runpytest_inprocess()
    result.stdout.fnmatch_lines(['*verdict: expected "report", "fail" or "off", got \'strict\'*'])
