"""The whole message of a failing test: what was expected, what was seen, what to do, and the calls."""

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
    """Run tests that fail, and return the message of each, without ids."""
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
    """A memory stored twice, attempts miscounted and time not waited are each shown with the calls."""
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
        "    2. retry after 2 s, at 2 s -> 200; stored: rec_* "
        "(the Idempotency-Key was not honoured: idempotency is off)"
    )
    assert said == {
        "Test::test_stored": (
            "expected: 'tea' stored once\n"
            "got: stored 2 times, of 2 memories\n"
            "what to do: the add was carried out more than once; look below for an answer that was lost after the "
            "write\n"
            f"{calls}\n  and 1 other call"
        ),
        "Test::test_attempts": (
            "expected: 1 attempt on add\n"
            "got: 2 attempts on add\n"
            "what to do: look below for the statuses; 429, 5xx and lost answers are retried, at most max_retries times"
            f"\n{calls}"
        ),
        "Test::test_waited": (
            "expected: waited at least 3 s\n"
            "got: waited 2 s (2 s)\n"
            "what to do: only clients of octamem_client, octamem_mock or octamem_server wait on this clock; look below "
            f"for the answers\n{calls}"
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
            octamem_fake.advance(20.25)
    assert_retry_after_honoured(octamem_fake)
""",
    )
    assert said == {
        "test_retried": (
            "expected: no retry after an answer with 500\n"
            "got: 1 of 1 call answered with 500 was retried\n"
            'what to do: look below for the next attempt: "retry" means that the SDK sent it, "repeat" that a layer '
            "below it did, and another call with the same request that the code above the SDK did, such as a loop or "
            "tenacity; pass max_retries=0 if a 500 must end the call, and let no code above repeat it\n"
            "the calls:\n"
            "  details call *-1\n"
            "    1. first, at 0 s -> 500; retry-after: 2 s; fault: 500(retry-after=2) @before\n"
            "    2. retry after 2 s, at 2 s -> 500; retry-after: 2 s; fault: 500(retry-after=2) @before\n"
            "    3. retry after 2 s, at 4 s -> 200\n"
            "  and 1 other call"
        ),
        "test_hasty": (
            "expected: each attempt after an answer with Retry-After waits as long as it asks\n"
            "got: attempt 2 of details call *-1 came 20.25 s after a 429 that had asked to wait 30 s\n"
            "what to do: wait for error.retry_after before the next attempt; a wait counts if it moves octamem_clock "
            "or takes real time, so a sleep that the test replaced is not seen here\n"
            "the calls:\n"
            "  details call *-1\n"
            '    1. first, at 0 s -> 429; retry-after: 30 s; fault: 429(retry-after="Thu, 01 Jan 2026 00:00:30 GMT") '
            "@before\n"
            "    2. repeat after 20.25 s, at 20.25 s -> 200"
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
            "got: called 0 times, of 3 calls to add\n"
            "what to do: compare with the nearest, add call *-1: its content is 'coffee at ten'\n"
            f"the calls:\n{coffee}\n{tea}\n{again}"
        ),
        "test_times": (
            "expected: add called 1 time with content='tea at five'\n"
            "got: called 2 times, of 3 calls to add\n"
            "what to do: look below for when each call was made; a call and its retries count once\n"
            f"the calls:\n{tea}\n{again}\n  and 1 other call"
        ),
        "test_elsewhere": (
            "expected: search called at least once with query='tea'\n"
            "got: called 0 times, of 0 calls to search\n"
            "what to do: no call went to search; the calls went to add (3)\n"
            f"the calls:\n{coffee}\n{tea}\n{again}"
        ),
        "test_never": (
            "expected: add called 0 times with content='coffee at ten'\n"
            "got: called 1 time, of 3 calls to add\n"
            "what to do: look below for when each call was made; a call and its retries count once\n"
            f"the calls:\n{coffee}\n  and 2 other calls"
        ),
        "test_none": (
            "expected: details called at least once\n"
            "got: called 0 times\n"
            "what to do: no request was sent to this fake: check that the code under test ran, that no `await` is "
            "missing, and that its client uses this fake and no mock of httpx\n"
            "the calls:\n  no request reached the fake"
        ),
    }


def test_what_fails_a_test_that_passed(project: pytest.Pytester) -> None:
    """A fault that was not injected and a call to an unknown route are shown together, with what to do about each."""
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
            "faults were armed and not injected:\n"
            "  503 @before x2 of 'add: 503 @before x2': 1 of 2\n"
            "    probable reason: the client stopped early: only 1 attempt reached add, and the rule has 2 steps\n"
            "  reset @after of 'search: reset @after': 0 of 1\n"
            "    probable reason: no call reached search; the calls went to /v2/api/memory/details (1), add (1)\n"
            "what to do: make the calls that these faults are for, remove the steps from the script, or write "
            'unused="allow" in the octamem marker\n'
            "calls to unknown routes:\n"
            "  #1 POST /v2/api/memory/details: No such path: /v2/api/memory/details; did you mean POST "
            "/api/memory/details?\n"
            "what to do: correct the path or the base URL in the code under test, even if the code handles the 404, or "
            'write unexpected="allow" in the octamem marker\n'
            "the calls:\n"
            "  POST /v2/api/memory/details call *-1\n"
            "    1. first, at 0 s -> 404\n"
            "  add call *-1\n"
            "    1. first, at 0 s -> 503; fault: 503 @before"
        )
    }
