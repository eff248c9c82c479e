"""The kit's assertions: silent if they hold, and otherwise with a message that helps."""

from __future__ import annotations

import re
from typing import Any, Callable, Optional

import pytest

from fake_server.core import Fake
from octamem import OctaMem, OctaMemError
from octamem_testing import (
    OctaMemServer,
    assert_attempts,
    assert_called,
    assert_found,
    assert_not_found,
    assert_not_retried,
    assert_retry_after_honoured,
    assert_stored_once,
    assert_waited,
    faults,
)
from octamem_testing.report.complaints import journal
from octamem_testing.virtual_time.clock import VirtualClock
from octamem_testing.wiring.transport import FakeTransport


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
    assert words(error).startswith("expected: 'tea' stored once\ngot: stored 2 times, of 3 memories\n")
    assert words(error).count("stored: rec_*") == 2


def test_stored_once_shows_the_nearest(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A memory that is not there fails with the nearest one that is, or with what to look for."""
    octamem_client.details()
    with pytest.raises(AssertionError, match="look below for whether its add was accepted\nthe calls:\n  details call"):
        assert_stored_once(octamem_fake, "tea at four")
    octamem_client.add(content="tea at five")
    with pytest.raises(AssertionError, match=r"got: stored 0 times, of 1 memory\n.*nearest memory, 'tea at five'"):
        assert_stored_once(octamem_fake, "tea at four")


@pytest.mark.parametrize(
    "assertion",
    [
        lambda fake: assert_stored_once(fake, "tea"),
        lambda fake: assert_attempts(fake, 1),
        lambda fake: assert_called(fake, "add", content="tea"),
    ],
    ids=["stored_once", "attempts", "called"],
)
def test_where_nothing_was_sent_the_assertions_ask_why(assertion: Callable[[Fake], None]) -> None:
    """A fake that no request reached is told as such, with a missing await first among the reasons to look for."""
    fake = Fake()
    fake.remember(["tea at four"])  # the nearest one is no answer where nothing was sent
    with pytest.raises(
        AssertionError,
        match=r"what to do: no request was sent to this fake: .*no `await` is missing, and .*client uses this fake",
    ):
        assertion(fake)


@pytest.mark.parametrize(
    "assertion",
    [
        lambda given: assert_stored_once(given, "tea"),
        lambda given: assert_attempts(given, 2),
        lambda given: assert_not_retried(given, 503),
        assert_retry_after_honoured,
        lambda given: assert_called(given, "add"),
        lambda given: assert_waited(given, at_least=1),
        lambda given: assert_found(given, "tea", "tea"),
        lambda given: assert_not_found(given, "tea"),
    ],
    ids=["stored_once", "attempts", "not_retried", "retry_after_honoured", "called", "waited", "found", "not_found"],
)
@pytest.mark.parametrize(
    ("given", "kind"),
    [(OctaMem("sk-any"), "OctaMem"), ("tea", "str"), (OctaMemServer("", "", Fake()), "OctaMemServer")],
)
def test_an_assertion_says_what_it_takes(assertion: Callable[[Any], None], given: Any, kind: str) -> None:
    """If fixtures are mixed up, a TypeError names what was expected and what was given."""
    expected = r"(the fake \(octamem_fake, or octamem_server\.fake\)|the clock \(octamem_clock\))"
    with pytest.raises(TypeError, match=rf"^assert_\w+: expected {expected}, got {kind}$"):
        assertion(given)


def test_the_fake_and_its_clock_are_told_apart(octamem_fake: Fake, octamem_clock: VirtualClock) -> None:
    """Neither of the two is taken for the other."""
    with pytest.raises(TypeError, match="got VirtualClock"):
        assert_attempts(octamem_clock, 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got Fake"):
        assert_waited(octamem_fake, at_most=0)  # type: ignore[arg-type]


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
    with pytest.raises(ValueError, match=r"^endpoint: expected add, details or search \(or None for all\), got 'get'$"):
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
    with pytest.raises(ValueError, match="expected at_least=, at_most= or both"):
        assert_waited(octamem_clock)
    for wrong in ("2", True, float("nan")):
        with pytest.raises(ValueError, match=f"^at_most: expected a number of seconds, got {wrong!r}$"):
            assert_waited(octamem_clock, at_most=wrong)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="waited 0 s: nothing waited on the kit's clock"):
        assert_waited(octamem_clock, at_least=1)


def test_faults_reads_and_writes_scripts() -> None:
    """A script that is read can be taken apart and written again, and what cannot be read names the column."""
    script = faults.parse("add: 503 x2, ok")
    assert [step.kind for step in script.rules[0].steps] == ["status", "ok"]
    assert faults.parse(str(script)) == script
    assert faults.KINDS["drip"] == faults.AFTER
    with pytest.raises(faults.ScriptError, match="column"):
        faults.parse("add 503")


def test_a_long_journal_shows_its_end(octamem_fake: Fake, octamem_client: OctaMem) -> None:
    """Of many attempts the last two hundred are shown, and how many came before them."""
    for _ in range(203):
        octamem_client.details()
    with pytest.raises(AssertionError) as error:
        assert_attempts(octamem_fake, 1)
    lines = str(error.value).splitlines()[4:]
    assert (lines[0], len(lines)) == ("  … 3 earlier calls not shown", 401)
    assert (lines[1][:18], lines[-1]) == ("  details call " + lines[1][15:18], "    1. first, at 0 s -> 200")


@pytest.mark.octamem(faults="add: 503(retry-after=2), 500(retry-after=nonsense); search: 400")
def test_retries_that_are_as_they_should_be_are_let_be(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A final answer that ended its call, a wait that was kept, and answers that never came fail nothing."""
    assert_not_retried(octamem_fake, 503)
    assert_retry_after_honoured(octamem_fake)
    octamem_client.add(content="tea")
    with pytest.raises(OctaMemError):
        octamem_client.get(query="tea")
    assert_not_retried(octamem_fake, 400)
    assert_not_retried(octamem_fake, 200)
    assert_not_retried(octamem_fake, 429)
    assert_retry_after_honoured(octamem_fake)
    with pytest.raises(AssertionError, match=r"got: 1 of 1 call answered with 503 was retried"):
        assert_not_retried(octamem_fake, 503)


@pytest.mark.octamem(faults="add: 503")
def test_called_counts_calls_and_compares_what_is_given(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A call counts once with all its attempts, and only what is given is compared, word for word."""
    octamem_client.add(content="tea", previous_context="home")
    octamem_client.get(query="tea")
    octamem_client.details()
    assert_called(octamem_fake, "add")
    assert_called(octamem_fake, "add", times=1)
    assert_called(octamem_fake, "add", content="tea", previous_context="home")
    assert_called(octamem_fake, "search", query="tea", previous_context="")
    assert_called(octamem_fake, "details", times=1)
    assert_called(octamem_fake, "add", times=0, content="Tea")
    with pytest.raises(AssertionError, match=r"its content is 'tea'; its previous_context is 'home'"):
        assert_called(octamem_fake, "add", content="Tea", previous_context="")


def test_the_timeline_blanks_keys_and_says_what_is_no_longer_kept(octamem_fake: Fake) -> None:
    """Where calls of several keys are shown each says whose it is, blanked; requests without a key have none."""
    keys = ("sk-om-live-the-first-of-two", "sk-om-live-the-second-of-them")
    for key in keys:
        with OctaMem(key, transport=FakeTransport(octamem_fake)) as client:
            client.details()
    with pytest.raises(AssertionError) as error:
        assert_attempts(octamem_fake, 5)
    assert "of the key sk-o…-two\n" in words(error)
    assert "of the key sk-o…them\n" in words(error)
    assert not [key for key in keys if key in str(error.value)]


@pytest.mark.parametrize(
    ("mistaken", "said"),
    [
        (lambda fake: assert_not_retried(fake, 42), "status: expected an int from 100 to 599, got 42"),
        (lambda fake: assert_not_retried(fake, "503"), "status: expected an int from 100 to 599, got '503'"),
        (lambda fake: assert_called(fake, "get"), "endpoint: expected add, details or search, got 'get'"),
        (
            lambda fake: assert_called(fake, "add", query="tea"),
            "query cannot be checked for add, which has content and previous_context",
        ),
        (
            lambda fake: assert_called(fake, "details", content="tea"),
            "content cannot be checked for details, which has no arguments",
        ),
        (
            lambda fake: assert_called(fake, "add", times=-1),
            "times: expected an int of at least 0, got -1; leave it out for at least once",
        ),
        (lambda fake: assert_called(fake, "add", times="2"), "times: expected an int of at least 0, got '2'"),
        (lambda fake: assert_called(fake, "add", content=3), "content: expected a str, got 3"),
        (lambda fake: assert_stored_once(fake, 3), "content: expected a str, got 3"),
        (lambda fake: assert_attempts(fake, "2"), "n: expected an int of at least 0, got '2'"),
        (lambda fake: assert_attempts(fake, True), "n: expected an int of at least 0, got True"),
    ],
)
def test_an_assertion_that_makes_no_sense_is_a_mistake(
    octamem_fake: Fake, mistaken: Callable[[Fake], None], said: str
) -> None:
    """What cannot be asked is a ValueError, told apart from an assertion that does not hold."""
    with pytest.raises(ValueError, match=re.escape(said)):
        mistaken(octamem_fake)


def test_a_long_journal_shows_its_last_attempts(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The section of a failing test has the last two hundred attempts, and says how many came before."""
    for _ in range(203):
        octamem_client.details()
    lines = journal(octamem_fake).splitlines()
    assert (lines[0], len(lines)) == ("… 3 earlier attempts are not shown", 201)
