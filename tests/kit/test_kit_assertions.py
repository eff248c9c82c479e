"""The kit's assertions: silent where they hold, and otherwise in words that help."""

from __future__ import annotations

import re
from typing import Optional

import pytest

from fake_server.core import Fake
from octamem import OctaMem
from octamem_testing import assert_attempts, assert_stored_once, assert_waited, faults
from octamem_testing.clock import VirtualClock


def words(error: pytest.ExceptionInfo[AssertionError]) -> str:
    """Give a failure's text without what differs from run to run."""
    return re.sub(r"(call|rec_)\s?[0-9a-f-]+", r"\1*", str(error.value))


@pytest.mark.octamem(faults="add: reset @after")
def test_stored_once_tells_a_doubled_memory(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A memory stored twice fails with how often, why, and the calls that did it."""
    octamem_client.add(content="tea")
    octamem_client.add(content="coffee")
    assert_stored_once(octamem_fake, "coffee")
    with pytest.raises(AssertionError) as error:
        assert_stored_once(octamem_fake, "tea")
    assert words(error).startswith(
        "expected: 'tea' stored once\n"
        "got: stored 2 times, among 3 memories\n"
        "what to do: an add was carried out more than once: look below for an answer that was lost after the write\n"
        "the calls:\n"
        "  #1 2026-01-01T00:00:00Z add call* attempt 1 -> no answer fault: reset @after stored: rec_* usage: 1\n"
        "  #2 "
    )


def test_stored_once_shows_the_nearest(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A memory that is not there fails with the nearest one that is, or with what to look for."""
    with pytest.raises(AssertionError, match="look below for whether its add was accepted\nthe calls:\n  no request"):
        assert_stored_once(octamem_fake, "tea at four")
    octamem_client.add(content="tea at five")
    with pytest.raises(
        AssertionError, match=r"got: stored 0 times, among 1 memories\n.*nearest stored is 'tea at five'"
    ):
        assert_stored_once(octamem_fake, "tea at four")


@pytest.mark.octamem(faults="add: 503 x2")
def test_attempts_counts_retries(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """Each attempt counts, in all or on one endpoint, and a wrong number fails with both numbers."""
    octamem_client.add(content="tea")
    octamem_client.details()
    assert_attempts(octamem_fake, 4)
    assert_attempts(octamem_fake, 3, endpoint="add")
    assert_attempts(octamem_fake, 0, endpoint="search")
    with pytest.raises(AssertionError) as error:
        assert_attempts(octamem_fake, 1, endpoint="add")
    assert words(error).startswith("expected: 1 attempt on add\ngot: 3 attempts on add\nwhat to do: ")
    assert words(error).count("-> 503") == 2


def test_attempts_knows_its_endpoints(octamem_fake: Fake) -> None:
    """An endpoint that does not exist is a mistake of the test, told apart from a failure."""
    with pytest.raises(ValueError, match="'get': one of add, details, search"):
        assert_attempts(octamem_fake, 0, endpoint="get")


@pytest.mark.octamem(faults="add: 429(retry-after=2), 429(retry-after=3)")
@pytest.mark.parametrize(
    ("at_least", "at_most", "failure"),
    [
        (5, None, None),
        (None, 5, None),
        (5, 5, None),
        (6, None, r"expected: waited at least 6 s\ngot: waited 5 s \(2 s, 3 s\)\n"),
        (1, 4, r"expected: waited at least 1 s and at most 4 s\ngot: waited 5 s"),
    ],
)
def test_waited_sums_the_waits(
    octamem_client: OctaMem,
    octamem_clock: VirtualClock,
    at_least: Optional[float],
    at_most: Optional[float],
    failure: Optional[str],
) -> None:
    """The waits are held against both bounds, and a failure lists each of them and the calls."""
    octamem_client.add(content="tea")
    if failure is None:
        assert_waited(octamem_clock, at_least=at_least, at_most=at_most)
        return
    with pytest.raises(AssertionError, match=failure):
        assert_waited(octamem_clock, at_least=at_least, at_most=at_most)


def test_waited_needs_a_bound(octamem_clock: VirtualClock) -> None:
    """Without a bound the assertion could not fail, and is refused; with one, no wait at all is said in words."""
    with pytest.raises(ValueError, match="at_least=, at_most= or both"):
        assert_waited(octamem_clock)
    with pytest.raises(AssertionError, match="waited 0 s: nothing waited on the kit's clock"):
        assert_waited(octamem_clock, at_least=1)


def test_faults_reads_and_writes_scripts() -> None:
    """A script that is read can be taken apart and written again, and what cannot be read names the column."""
    script = faults.parse("add: 503 x2, ok")
    assert [step.how for step in script.rules[0].steps] == ["status", "ok"]
    assert faults.parse(str(script)) == script
    assert faults.HOWS["drip"] == faults.AFTER
    with pytest.raises(faults.ScriptError, match="column"):
        faults.parse("add 503")


def test_a_long_journal_shows_its_end(octamem_fake: Fake, octamem_client: OctaMem) -> None:
    """Of many attempts the last two hundred are shown, and how many came before them."""
    for _ in range(203):
        octamem_client.details()
    with pytest.raises(AssertionError) as error:
        assert_attempts(octamem_fake, 1)
    lines = str(error.value).splitlines()[4:]
    assert (lines[0], len(lines)) == ("  … 3 earlier attempts are not shown", 201)
    assert lines[-1].startswith("  #203 ")
