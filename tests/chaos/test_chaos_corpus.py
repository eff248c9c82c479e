"""The corpus of planted retry bugs: a default hunt finds each, shrinks it, and passes its corrected twin."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Dict, List

import pytest
from bugs import CORPUS, FAMILIES, Bug

from octamem_testing import chaos
from octamem_testing.chaos.scenario.trial import ROUNDS

QUICK = {
    "connection_error_not_retried",
    "ambiguous_write_retried",
    "retry_after_ignored",
    "no_wait_on_one_branch",
    "new_key_each_attempt",
    "error_handler_crashes",
}
"""Two bugs of each family, hunted on every interpreter; the others are hunted on one."""

QUICK_CURES = {"connection_error_not_retried", "retry_after_ignored"}
"""A cure takes all rounds of a hunt."""

LONG = {
    "counter_reset_by_another_error",
    "deadline_begun_anew",
    "nested_layers_multiply",
    "note_left_in_the_queue",
}
"""Bugs whose hunts take longest, and whose kind others have, which are found by the same stage: left to the proof."""

MARGIN, MORE = 3, 50
"""A short hunt has so many times the rounds in which a bug is found, or so many more: no stage before it is cut."""

SHORTEST = 20
"""The fewest rounds of a short hunt for a cure: it comes past the stages of one fault."""

ISSUE = {
    "502 not retried": "bad_gateway_not_retried",
    "a connection error not retried": "connection_error_not_retried",
    "401 wrapped in a generic error and retried": "unauthorized_retried",
    "a cancelled task retried": "cancelled_task_retried",
    "one endpoint bypasses retry": "endpoint_bypasses_retry",
    "Retry-After read and ignored": "retry_after_ignored",
    "an HTTP date read as 0": "date_read_as_zero",
    "no wait on one branch": "no_wait_on_one_branch",
    "!= where < belongs in the cap": "cap_compared_for_equality",
    "counter reset by another error": "counter_reset_by_another_error",
    "nested layers multiply": "nested_layers_multiply",
    "sleep past the deadline": "sleep_past_deadline",
    "body consumed by the first attempt": "body_consumed",
    "a new idempotency key each attempt": "new_key_each_attempt",
    "stale auth header": "stale_auth_header",
    "an answer to attempt 1 taken for attempt 2": "answer_of_another_attempt",
    "a counter shared by two calls": "counter_shared_by_two_calls",
    "error handler that crashes": "error_handler_crashes",
    "retry after an ambiguous failure": "ambiguous_write_retried",
    "error swallowed": "error_swallowed",
    "success reported before it is": "success_reported_early",
    "double add by fallback": "fallback_adds_twice",
    "wrong context on the retry": "wrong_label_on_retry",
    "gives up on 503": "unavailable_given_up",
    "half of a batch lost": "half_of_batch_lost",
}
"""The kinds that the corpus is to have at least, by the names of their files."""

PUBLISHED = dict(zip(FAMILIES, (36, 33, 31)))  # per cent of 70 bugs in 8 systems


def idea(bug: Bug) -> str:
    return sys.modules[bug.planted.__module__].__doc__ or ""


@lru_cache(1)
def rounds_of_the_page() -> Dict[str, List[int]]:
    """Return how many rounds each bug took for each way, as the page has it."""
    page = (Path(__file__).parents[2] / "docs" / "chaos-bugs.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.partition("<!-- matrix -->")[2].splitlines() if line.startswith("| [")]
    return {re.findall(r"\[(\w+)\]", row[0])[0]: list(map(int, row[-3].split(", "))) for row in rows}


def marks_of(bug: Bug) -> List[pytest.MarkDecorator]:
    """Say when the hunts of a bug run: always, on one interpreter, or in the proof alone."""
    return [] if bug.name in QUICK else [pytest.mark.proof if bug.name in LONG else pytest.mark.slow]


BUGS = [pytest.param(bug, id=bug.name, marks=marks_of(bug)) for bug in CORPUS]


def require_found(bug: Bug, way: str, rounds: int) -> None:
    """Require that a hunt finds the bug as soon as the page says, and that its schedule shows the bug again."""
    planted = bug.scenario("planted", way)
    report = chaos.hunt(planted, settings=bug.settings, rounds=rounds)
    finding = next(each for each in report.findings if each.invariant.name in bug.breaks)
    assert finding.faults <= bug.faults
    first = min(each.rounds for each in report.findings)
    assert first <= rounds_of_the_page()[bug.name][bug.ways.index(way)]
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(planted, finding.schedule, settings=bug.settings, seed=finding.seed)
    assert finding.invariant.name in [each.invariant.name for each in failure.value.findings]


@pytest.mark.parametrize("bug", BUGS)
def test_a_short_hunt_finds_the_bug(bug: Bug) -> None:
    """The bug breaks the invariant that it was written to break, by so few faults, as soon as the page says."""
    needed = rounds_of_the_page()[bug.name][0]
    require_found(bug, bug.ways[0], min(MARGIN * needed, needed + MORE, ROUNDS))


@pytest.mark.proof
@pytest.mark.parametrize(
    "bug, way", [pytest.param(bug, way, id=f"{bug.name}-{way}") for bug in CORPUS for way in bug.ways]
)
def test_a_default_hunt_finds_the_bug(bug: Bug, way: str) -> None:
    """Each bug is found in all its ways, and the rounds that come after it disturb nothing."""
    require_found(bug, way, ROUNDS)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_short_hunt_passes_the_cure(bug: Bug) -> None:
    """The corrected twin keeps every invariant in as many rounds as a hunt takes to find the bug."""
    rounds = max(rounds_of_the_page()[bug.name][0], SHORTEST)
    report = chaos.hunt(bug.scenario("cured", bug.ways[0]), settings=bug.settings, rounds=rounds)
    assert report.findings == ()
    assert sum(report.fired.values()) > 0


@pytest.mark.parametrize(
    "bug, way",
    [
        pytest.param(
            bug, way, id=f"{bug.name}-{way}", marks=[] if bug.name in QUICK_CURES and not at else [pytest.mark.proof]
        )
        for bug in CORPUS
        for at, way in enumerate(bug.ways)
    ],
)
def test_a_default_hunt_passes_the_cure(bug: Bug, way: str) -> None:
    """The corrected twin keeps every invariant through all rounds, and not for want of faults."""
    report = chaos.run(bug.scenario("cured", way), settings=bug.settings)
    assert report.finding is None
    assert report.rounds >= 100
    assert sum(report.fired.values()) >= 100


def test_the_corpus_has_every_kind_that_it_is_to_have() -> None:
    """There are 28 programs or more, and each kind named has its file."""
    names = {bug.name for bug in CORPUS}
    assert len(names) == len(CORPUS) >= 28
    assert set(ISSUE.values()) <= names
    assert names >= QUICK | LONG


def test_most_bugs_need_two_faults_at_most() -> None:
    """No bug needs more than three faults, and 20 or more of them need two or fewer."""
    assert max(bug.faults for bug in CORPUS) <= 3
    assert sum(bug.faults <= 2 for bug in CORPUS) >= 20


def test_the_families_are_balanced_as_published() -> None:
    """Of the bugs of the study's kinds, each family has its published share, within five points."""
    studied = [bug for bug in CORPUS if bug.family in FAMILIES]
    for family, published in PUBLISHED.items():
        share = 100 * sum(bug.family == family for bug in studied) / len(studied)
        assert abs(share - published) <= 5, family


@pytest.mark.parametrize("bug", CORPUS, ids=lambda bug: bug.name)
def test_each_program_says_its_bug_and_its_cure(bug: Bug) -> None:
    """A program names its bug and its cure in one line each, and the invariants by which it may be found."""
    for said in (bug.says, bug.cure):
        assert said.endswith(".")
        assert "\n" not in said
    assert set(bug.breaks) <= {invariant.name for invariant in chaos.INVARIANTS}
    assert bug.breaks
    assert idea(bug)


@pytest.mark.parametrize("bug", [bug for bug in CORPUS if bug.ways != ("sync", "async")], ids=lambda bug: bug.name)
def test_a_program_that_runs_in_one_way_alone_says_why(bug: Bug) -> None:
    """A program that exists in one way alone says what the other way lacks."""
    assert "a world that blocks" in idea(bug)
