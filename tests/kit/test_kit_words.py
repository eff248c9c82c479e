"""The words of a failing test, whole: what was expected, what came, what to do, and the calls."""

from __future__ import annotations

import re
from typing import Dict

import pytest

HEAD = """
import pytest
from octamem import OctaMemError
from octamem_testing import *
"""


def failures(project: pytest.Pytester, source: str) -> Dict[str, str]:
    """Run tests that fail, and give the words of each, but for ids."""
    project.makepyfile(test_words=HEAD + source)
    reports = project.inline_run().getreports("pytest_runtest_logreport")
    said = {}
    for report in reports:
        if report.failed:
            text = str(report.longrepr.reprcrash.message if hasattr(report.longrepr, "reprcrash") else report.longrepr)
            text = re.sub(r"call [0-9a-f]{8}-", "call *-", text.replace("AssertionError: ", "").replace("Failed: ", ""))
            said[report.nodeid.partition("::")[2]] = re.sub(r"rec_[0-9a-f]{16}", "rec_*", text)
    return said


def test_the_assertions_on_what_was_stored_and_tried(project: pytest.Pytester) -> None:
    """A memory stored twice, attempts miscounted and time not waited are each told with the calls that show it."""
    said = failures(
        project,
        """
@pytest.mark.octamem(faults="add: 503(retry-after=2) @after")
class Test:
    def test_stored(self, octamem_client, octamem_fake):
        octamem_client.add(content="tea")
        octamem_client.details()
        assert_stored_once(octamem_fake, "tea")

    def test_attempts(self, octamem_client, octamem_fake):
        octamem_client.add(content="tea")
        assert_attempts(octamem_fake, 1, endpoint="add")

    def test_waited(self, octamem_client, octamem_clock):
        octamem_client.add(content="tea")
        assert_waited(octamem_clock, at_least=3)
""",
    )
    calls = (
        "the calls:\n"
        "  add call *-1\n"
        "    1. first, at 0 s -> 503; retry-after: 2 s; fault: 503(retry-after=2) @after; stored: rec_*\n"
        "    2. retry after 2 s, at 2 s -> 200; stored: rec_*"
    )
    assert said == {
        "Test::test_stored": (
            "expected: 'tea' stored once\n"
            "got: stored 2 times, among 2 memories\n"
            "what to do: an add was carried out more than once: look below for an answer that was lost after the "
            "write\n"
            f"{calls}\n  and 1 other call"
        ),
        "Test::test_attempts": (
            "expected: 1 attempt on add\n"
            "got: 2 attempts on add\n"
            "what to do: look below for the statuses: 429, 5xx and lost answers are tried again, as often as "
            f"max_retries says\n{calls}"
        ),
        "Test::test_waited": (
            "expected: waited at least 3 s\n"
            "got: waited 2 s (2 s)\n"
            "what to do: only clients under octamem_client, octamem_mock or octamem_server wait on it; see below what "
            f"was answered\n{calls}"
        ),
    }


def test_the_assertions_on_retries(project: pytest.Pytester) -> None:
    """A retry that should not have been, and one that came too soon, are told with who sent it and when."""
    said = failures(
        project,
        """
import httpx

@pytest.mark.octamem(faults="details: 500(retry-after=2) x2")
def test_retried(octamem_client, octamem_fake):
    octamem_client.with_options(retry_delay=0).details()
    octamem_client.add(content="tea")
    assert_not_retried(octamem_fake, 500)

@pytest.mark.octamem(faults='details: 429(retry-after="Thu, 01 Jan 2026 00:00:30 GMT")')
def test_hasty(octamem_fake):
    with httpx.Client(transport=FakeTransport(octamem_fake)) as client:
        headers = {"Authorization": f"Bearer {octamem_fake.api_key}", "Idempotency-Key": "1", "X-OctaMem-Attempt": "1"}
        for _ in range(2):
            client.post("http://x/api/memory/details", headers=headers, json={})
            octamem_fake.advance(0.25)
    assert_retry_after_honoured(octamem_fake)
""",
    )
    assert said == {
        "test_retried": (
            "expected: no attempt after an answer of 500\n"
            "got: 1 of 1 call answered so was tried again\n"
            "what to do: see below who sent the next attempt: a retry is the SDK's, a repeat that of a layer below it; "
            "where 500 is to end the call, take it out of what the code retries\n"
            "the calls:\n"
            "  details call *-1\n"
            "    1. first, at 0 s -> 500; retry-after: 2 s; fault: 500(retry-after=2) @before\n"
            "    2. retry after 0 s, at 0 s -> 500; retry-after: 2 s; fault: 500(retry-after=2) @before\n"
            "    3. retry after 0 s, at 0 s -> 200\n"
            "  and 1 other call"
        ),
        "test_hasty": (
            "expected: each attempt after an answer with Retry-After waits as long as that asks\n"
            "got: attempt 2 of details call *-1 came after 0.25 s where 429 had asked for 30 s\n"
            "what to do: wait for error.retry_after before the next attempt; a wait that does not go through "
            "octamem_clock (time.sleep, another SDK's) does not move the fake's clock, and cannot be seen here\n"
            "the calls:\n"
            "  details call *-1\n"
            '    1. first, at 0 s -> 429; retry-after: 30 s; fault: 429(retry-after="Thu, 01 Jan 2026 00:00:30 GMT") '
            "@before\n"
            "    2. repeat after 0.25 s, at 0.25 s -> 200"
        ),
    }


def test_the_assertion_on_calls_shows_the_nearest(project: pytest.Pytester) -> None:
    """A call that was not made is told with the nearest that was and how it differs, or with where the calls went."""
    said = failures(
        project,
        """
@pytest.fixture(autouse=True)
def calls(octamem_client, request):
    if request.node.name != "test_none":
        octamem_client.add(content="coffee at ten", previous_context="office")
        octamem_client.add(content="tea at five", previous_context="home")
        octamem_client.add(content="tea at five", previous_context="home")

def test_content(octamem_fake):
    assert_called(octamem_fake, "add", content="tea at four", previous_context="office")

def test_times(octamem_fake):
    assert_called(octamem_fake, "add", times=1, content="tea at five")

def test_elsewhere(octamem_fake):
    assert_called(octamem_fake, "search", query="tea")

def test_never(octamem_fake):
    assert_called(octamem_fake, "add", times=0, content="coffee at ten")

def test_none(octamem_fake):
    assert_called(octamem_fake, "details")
""",
    )
    coffee, tea, again = (f"  add call *-{number}\n    1. first, at 0 s -> 200; stored: rec_*" for number in (1, 1, 2))
    assert said == {
        "test_content": (
            "expected: add called at least once with content='tea at four' and previous_context='office'\n"
            "got: called 0 times, among 3 calls to it\n"
            "what to do: compare the nearest, add call *-1: its content is 'coffee at ten'\n"
            f"the calls:\n{coffee}\n{tea}\n{again}"
        ),
        "test_times": (
            "expected: add called 1 time with content='tea at five'\n"
            "got: called 2 times, among 3 calls to it\n"
            "what to do: see below when each was made; what is sent again by a retry counts once\n"
            f"the calls:\n{tea}\n{again}\n  and 1 other call"
        ),
        "test_elsewhere": (
            "expected: search called at least once with query='tea'\n"
            "got: called 0 times, among 0 calls to it\n"
            "what to do: no call went to search; calls went to add (3)\n"
            f"the calls:\n{coffee}\n{tea}\n{again}"
        ),
        "test_never": (
            "expected: add called 0 times with content='coffee at ten'\n"
            "got: called 1 time, among 3 calls to it\n"
            "what to do: see below when each was made; what is sent again by a retry counts once\n"
            f"the calls:\n{coffee}\n  and 2 other calls"
        ),
        "test_none": (
            "expected: details called at least once\n"
            "got: called 0 times\n"
            "what to do: nothing was sent: was the code under test run, is an `await` missing, or does its client go "
            "elsewhere than to this fake?\n"
            "the calls:\n  no request reached the fake"
        ),
    }


def test_what_fails_a_test_that_passed(project: pytest.Pytester) -> None:
    """A fault that was never met and a call to no route are told together, each with why and with its way out."""
    said = failures(
        project,
        """
@pytest.mark.octamem(faults="add: 503 x2; search: reset @after")
def test_both(octamem_client, octamem_fake):
    try:
        octamem_client.with_options(base_url="http://x/v2").details()
    except OctaMemError:
        pass
    try:
        octamem_client.with_options(max_retries=0).add(content="tea")
    except OctaMemError:
        pass
""",
    )
    assert said == {
        "test_both": (
            "faults were armed and never met:\n"
            "  503 @before x2 of the rule 'add: 503 @before x2': met 1 of 2 times\n"
            "    likely because the client stopped early: only 1 attempt reached add, where the rule has 2 steps\n"
            "  reset @after of the rule 'search: reset @after': met 0 of 1 times\n"
            "    likely because no call reached search; calls were made to /v2/api/memory/details (1), add (1)\n"
            "what to do: let the test make the calls that meet them, take the steps out of the script, or say "
            'unused="allow" in the octamem marker\n'
            "calls were made to routes that do not exist:\n"
            "  #1 POST /v2/api/memory/details: No such path: /v2/api/memory/details; did you mean POST "
            "/api/memory/details?\n"
            "what to do: correct the path, or the base URL, in the code under test, even where it lives with the 404, "
            'or say unexpected="allow" in the octamem marker\n'
            "the calls that were made:\n"
            "  POST /v2/api/memory/details call *-1\n"
            "    1. first, at 0 s -> 404\n"
            "  add call *-1\n"
            "    1. first, at 0 s -> 503; fault: 503 @before"
        )
    }
