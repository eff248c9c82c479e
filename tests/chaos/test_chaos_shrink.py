"""Shrinking, and the schedules that it works on."""

from __future__ import annotations

import re
import sys
import time

import hypothesis
import pytest
from hypothesis import strategies as st

from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.hunting.shrink import shrunk
from octamem_testing.chaos.judge.invariant import violations
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.schedule.steps import step_text
from octamem_testing.chaos.world.program import Program
from octamem_testing.chaos.world.runner import Runner
from octamem_testing.faults import ScriptError


def adds_and_asks(client):
    """Save two notes and ask."""
    client.add(content="tea")
    client.add(content="milk")
    client.get(query="tea")


def tries(times):
    """Make a program that tries a search so often, on top of what the SDK does."""

    def scenario(client):
        for turn in range(times):
            try:
                return client.get(query="tea")
            except OctaMemError:  # noqa: PERF203 - that is what it does
                if turn == times - 1:
                    raise
                time.sleep(1)
        raise AssertionError("the last turn returns or raises")

    return scenario


def smallest(scenario, schedule, *invariants):
    """Give the smallest schedule that breaks what this one breaks, and how it breaks it."""
    runner = Runner(Program(scenario))
    runner.baseline = runner.play("", stage="baseline")
    over = runner.play(schedule, stage="test")
    violated, *_ = violations(invariants, over)

    def breaks(text):
        smaller = runner.play(text, stage="shrink")
        return smaller if violated[0].check(smaller) else None

    return shrunk(over, breaks).schedule


@pytest.mark.parametrize(
    ("schedule", "shrinks_to"),
    [
        ("add: reset @after", "add: reset @after"),
        ("add: ok, reset @after, 429, 500; search: 503 x25", "add: reset @after"),
        ("search: 429, hang; details: ok; add: 502, truncate x2", "add: reset @after"),
        ("*: reset @after x3", "add: reset @after"),
        ("add: 504 @after for 1s", "add: reset @after"),
        ("add: truncate(chunked)", "add: reset @after"),
    ],
)
def test_a_schedule_shrinks_to_the_fault_that_matters(schedule, shrinks_to):
    """Whatever does not contribute is left out, what lasts is cut short, and a rare kind gives way to a usual one."""
    assert smallest(adds_and_asks, schedule, chaos.AcknowledgedOnce()) == shrinks_to


def test_the_hits_that_are_needed_stay():
    """A call that is tried too often takes as many hits as the bound allows, in one step."""
    assert smallest(tries(4), "search: hang for 1000s", chaos.Bounded(attempts=10, seconds=10**6)) == "search: 503 x10"


def test_the_invariant_stays_the_same():
    """A smaller schedule that breaks another invariant is no smaller version of the finding."""
    report = chaos.hunt(
        adds_and_asks, faults="reset @after, 429(retry-after=7)", rounds=30, invariants=(chaos.Bounded(attempts=1),)
    )
    assert report.finding.invariant.name == "bounded"
    assert report.finding.faults == 1


def test_what_is_found_is_shown_beside_what_it_shrank_to():
    """A finding keeps the schedule that broke the invariant first."""
    finding = chaos.hunt(adds_and_asks, rounds=100, invariants=(chaos.Bounded(attempts=3),)).finding
    assert (finding.found, finding.schedule) == ("*: 503 x25", "add: 503 x3")


@pytest.mark.parametrize("fault", ["504 @after", "503(retry-after=7) @after", "reset @after"])
def test_a_finding_is_written_with_the_faults_that_were_named(fault):
    """If the faults are named, the smallest schedule has those and no others."""
    invariant = chaos.Bounded(attempts=1)
    assert (
        chaos.hunt(adds_and_asks, faults=fault, rounds=20, invariants=(invariant,)).finding.schedule == f"add: {fault}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "add: ok x3, reset @after, cancel; search: 500 x5",
        'add: close-client @after, 429(retry-after="Thu, 01 Jan 2026 00:00:20 GMT")',
        'add: 503(retry-after="not cancel")',
        "*: 503 20% seed=7",
        "details: slow(1.5s), truncate(chunked), drip(2s)",
        "",
    ],
)
def test_a_schedule_reads_back_as_the_same(text):
    """The text of a schedule and its value are one."""
    schedule = Schedule.of(text)
    assert str(schedule) == text
    assert Schedule.of(str(schedule)) == schedule


@pytest.mark.parametrize(
    ("text", "faults", "patterns"),
    [
        ("search: 503, reset, 503, reset, 503", 2, "search: (503, reset) x2, 503"),
        ("search: 503, reset, 503", 3, "search: 503, reset, 503"),
        ("search: 429, 503, reset, 503, reset", 3, "search: 429, (503, reset) x2"),
        ("search: ok, 503, 503, 503", 1, "search: ok, (503) x3"),
        ("search: 503, ok, 503, ok, 503", 3, "search: 503, ok, 503, ok, 503"),
        ("add: 503 x25; search: reset", 2, "add: 503 x25; search: reset"),
        ("", 0, ""),
    ],
)
def test_a_pattern_counts_by_its_steps(text, faults, patterns):
    """Kinds that take turns are so many faults as there are kinds, however long they go on."""
    schedule = Schedule.of(text)
    assert (schedule.faults, schedule.patterns) == (faults, patterns)


def counts_each_kind(client):
    """Try again for as long as no kind of failure has come four times."""
    counted = {}
    while True:
        try:
            return client.with_options(max_retries=0).get(query="tea")
        except OctaMemError as error:  # noqa: PERF203 - that is what it does
            counted[type(error)] = counted.get(type(error), 0) + 1
            if counted[type(error)] == 4:
                raise
            time.sleep(1)


@pytest.mark.parametrize(
    ("scenario", "attempts", "shrinks_to"),
    [
        (counts_each_kind, 4, "search: 503 x3, reset"),
        (counts_each_kind, 7, "search: hang, 503, reset, hang, 503, reset, hang"),
        (tries(8), 7, "search: 503 x7"),
    ],
)
def test_kinds_that_take_turns_stay_a_pattern(scenario, attempts, shrinks_to):
    """Of kinds that take turns as few are left as are needed, and one if that is enough."""
    turns = f"search: {', '.join(['429', 'hang', '503', 'reset'] * 4)}"
    smaller = smallest(scenario, turns, chaos.Bounded(attempts=attempts, seconds=10**6))
    assert smaller == shrinks_to


def test_a_schedule_is_built_by_injection_point():
    """Requests that no fault hits are padded with ok, and nothing follows the last fault."""
    built = Schedule.at({("search", 1): "500", ("add", 3): "reset @after", ("add", 1): "ok"})
    assert (str(built), built.faults) == ("add: ok x2, reset @after; search: 500", 2)
    assert str(Schedule.of("add: ok x4; search: 503, ok").trimmed()) == "search: 503"


@pytest.mark.parametrize("text", ["add: cancel @mid x", "add: close-client(3)", "add: cancelled", "add 503"])
def test_a_schedule_that_cannot_be_read_says_where(text):
    """It is a fault script with two words more, and as strict."""
    with pytest.raises(ScriptError, match="column"):
        Schedule.of(text)


def test_a_step_has_one_spelling():
    """The default phase of a fault is left out."""
    assert [step_text("add", text) for text in ("503 @before", "reset  @after", "cancel", "truncate @after")] == [
        "503",
        "reset @after",
        "cancel",
        "truncate",
    ]


@pytest.mark.slow
@hypothesis.given(st.data())
@hypothesis.settings(max_examples=15)
def test_schedules_of_hypothesis_can_be_replayed(data):
    """Each schedule that is drawn reads back, has no more faults than it was allowed, and can be played."""
    schedule = data.draw(chaos.fault_schedules(endpoints=("add", "search"), most=2))
    assert str(Schedule.of(schedule)) == schedule
    assert Schedule.of(schedule).faults <= 2
    assert chaos.replay(adds_and_asks, schedule, settings={"idempotency": True}, unmet="allow").schedule == schedule


@pytest.mark.slow
def test_hypothesis_finds_the_bug_and_shrinks_it_too():
    """The least schedule that doubles a note is one fault at the first add."""

    def doubles(schedule):
        try:
            chaos.replay(adds_and_asks, schedule, invariants=(chaos.AcknowledgedOnce(),), unmet="allow")
        except chaos.ChaosFailure as failure:
            return failure.finding is not None
        return False

    found = hypothesis.find(
        chaos.fault_schedules(faults=["503", "reset"]),
        doubles,
        settings=hypothesis.settings(max_examples=100, database=None, derandomize=True),
    )
    assert Schedule.of(found).faults == 1
    assert found.startswith("add: ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"endpoints": "nowhere"}, "endpoints: expected one of add, search, details, got 'nowhere'"),
        ({"most": 0}, "most must be an int of at least 1, got 0"),
        ({"requests": 0}, "requests must be an int of at least 1, got 0"),
        ({"endpoints": "details", "faults": "stale"}, "can hit details"),
    ],
)
def test_a_strategy_of_nothing_is_refused(options, said):
    """What could only give the empty schedule is a mistake."""
    with pytest.raises(ValueError, match=said):
        chaos.fault_schedules(**options)


def test_without_hypothesis_it_says_what_to_install(monkeypatch):
    """Only a strategy needs Hypothesis."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ModuleNotFoundError, match="pip install hypothesis"):
        chaos.fault_schedules()


@pytest.mark.parametrize(
    ("schedule", "where", "found"),
    [
        ("cancel", "'cancel', column 1", "'cancel'"),
        ("  add: close-client, nonsense", "'add: close-client, nonsense', column 22", "'nonsense'"),
        ("add: cancel-wait 503", "column 18", "'503'"),
        ("add: 503 cancel", "column 10", "'cancel'"),
        ("add: ok; cancel: 503", "column 10", "'cancel'"),
        ("add: 503\nadd: cancel, nonsense", "line 2, column 14", "'nonsense'"),
        ("add: cancel(1s)", "column 12", "'('"),
        ("add: 503; add: cancel @mid", "column 24", "'mid'"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_in_its_own_words(schedule, where, found):
    """The column is that of what was written, and no stand-in for a step of ours is shown."""
    with pytest.raises(ScriptError) as caught:
        Schedule.of(schedule)
    said = str(caught.value)
    assert f"{where}: expected " in said
    assert re.search(f", got {re.escape(found)}(; .+)?$", said)
    assert "redirect(" not in said
