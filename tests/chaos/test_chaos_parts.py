"""Parts: one hunt in several processes that have a directory in common, or nothing, reports what one process does."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from hashlib import sha256

import pytest
from test_chaos_jobs import NOTES, local, many, right, told, wrong, wrong_async
from test_chaos_search import goes_on_after_a_crash, races_in_threads

from octamem_testing import chaos
from octamem_testing.chaos.hunting.search import _INDEPENDENT as INDEPENDENT

SCENARIOS = [right, wrong, wrong_async, local]
LONG = [many, races_in_threads, goes_on_after_a_crash]


def scenarios():
    return [*SCENARIOS, *(pytest.param(each, marks=pytest.mark.slow) for each in LONG)]


@lru_cache(None)
def of_one_process(scenario, rounds):
    """Give the report of a hunt that is not in parts, which several tests compare with."""
    return chaos.hunt(scenario, rounds=rounds)


def noting(client):
    """Count the rounds that this process makes."""
    noting.rounds = getattr(noting, "rounds", 0) + 1
    client.details()


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.__name__)
def test_each_part_reports_what_one_process_does(scenario, tmp_path):
    """Whatever part comes first, and whatever it could hand over, each has the rounds and findings of one process."""
    one = told(of_one_process(scenario, 40))
    assert [told(chaos.hunt(scenario, rounds=40, part=f"{each}/3", shared=tmp_path)) for each in (3, 1, 2)] == [one] * 3


def test_a_part_makes_no_round_that_is_there(tmp_path):
    """After one part has ended, another makes its baseline alone, and the rounds that nobody counts."""
    made = []
    for part in chaos.parts(2):
        noting.rounds = 0
        chaos.hunt(noting, rounds=30, part=part, shared=tmp_path, invariants=chaos.without("recovers"))
        made.append(noting.rounds)
    assert made[0] > 30
    assert made[1] <= 4


def test_a_part_makes_its_rounds_first(tmp_path):
    """Of the schedules that come next a part makes each second one, and then what it lacks."""

    def watching(client):
        client.details()

    trail = [schedule for schedule, _ in chaos.hunt(watching, rounds=20).trail if schedule]
    number = {sha256(schedule.encode()).hexdigest()[:32]: at for at, schedule in enumerate(trail)}
    chaos.hunt(watching, rounds=20, part="2/2", shared=tmp_path)
    begun = sorted(tmp_path.glob("*.round"), key=lambda file: file.stat().st_mtime_ns)
    first = [number[file.stem] for file in begun[:4]]
    assert first == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("scenario", "rounds"), [(wrong, 100), *(pytest.param(each, 40, marks=pytest.mark.slow) for each in LONG)]
)
def test_parts_without_a_common_directory_find_what_one_process_does(scenario, rounds, tmp_path):
    """All rounds are made by some part, and what each has written is the report of one process together."""
    one = of_one_process(scenario, rounds)  # a hundred rounds have each stage, and forty what a scenario adds to them
    reports = [
        chaos.hunt(scenario, rounds=rounds, part=part, shared=tmp_path / part.replace("/", "-"), leave_out=True)
        for part in chaos.parts(3)
    ]
    assert set().union(*(report.trail for report in reports)) == set(one.trail)
    assert {each.invariant.name for report in reports for each in report.findings} == {
        each.invariant.name for each in one.findings
    }
    assert all(report.left_out for report in reports)
    gathered = tmp_path / "gathered"
    gathered.mkdir()
    for file in tmp_path.glob("*-3/*"):
        file.replace(gathered / file.name)
    assert told(chaos.hunt(scenario, rounds=rounds, part="1/1", shared=gathered)) == told(one)


def test_a_report_says_what_was_left_out():
    """A part that leaves rounds out says how many, and makes each that others depend on."""
    one, part = of_one_process(right, 100), chaos.hunt(right, rounds=100, part="1/2", leave_out=True)
    assert part.left_out == one.rounds - part.rounds > 0
    assert f"left to other parts: {part.left_out} rounds" in str(part)
    made = {stage: often for stage, often in part.stages.items() if stage not in INDEPENDENT}
    assert made == {stage: often for stage, often in one.stages.items() if stage not in INDEPENDENT}


def test_kept_schedules_are_those_of_the_first_part(tmp_path):
    """A part that ends first, and keeps what failed, changes nothing for the others."""
    shared, kept = tmp_path / "shared", tmp_path / "kept"
    reports = [chaos.hunt(wrong, rounds=20, part=part, shared=shared, database=kept) for part in chaos.parts(2)]
    assert told(reports[0]) == told(reports[1])
    assert chaos.hunt(wrong, rounds=20, database=kept).stages["kept"] == 1


@pytest.mark.parametrize("other", [{"seed": 1}, {"rounds": 21}, {"memories": ["Ana"]}, {"faults": "503"}])
def test_a_directory_belongs_to_one_hunt(tmp_path, other):
    """The directory of another hunt is refused, whatever differs."""
    chaos.hunt(right, part="1/2", shared=tmp_path, rounds=20)
    with pytest.raises(ValueError, match="shared: expected the directory of this hunt, got that of another one"):
        chaos.hunt(right, part="2/2", shared=tmp_path, **{"rounds": 20, **other})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"part": "0/4"}, "part: expected one of at most 64 parts, got '0/4'; write '2/4' for the second of four"),
        ({"part": "5/4"}, "got '5/4'"),
        ({"part": "1/65"}, "got '1/65'"),
        ({"part": "second"}, "got 'second'"),
        ({"part": 2}, "got 2"),
        ({"part": "1/2", "shared": None}, "shared: expected a directory beside part='1/2', got None"),
        ({"part": "1/2", "jobs": 2}, "jobs=2 cannot be combined with part='1/2'"),
        ({"part": "1/2", "seconds": 5}, "seconds=5 cannot be combined with part='1/2'"),
        ({}, r"shared: expected part= beside it, got None"),
        ({"shared": None, "leave_out": True}, r"leave_out: expected part= beside it, got None"),
    ],
)
def test_a_part_that_cannot_be_is_refused(tmp_path, arguments, said):
    """A part is a number of so many, has a directory, and is not combined with what would make it another hunt."""
    with pytest.raises(ValueError, match=re.escape(said)):
        chaos.hunt(right, rounds=5, **{"shared": tmp_path, **arguments})


def test_a_directory_that_cannot_be_written_is_refused(tmp_path):
    """A file in its place is named."""
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="shared: expected a directory that can be written, got"):
        chaos.hunt(right, rounds=5, part="1/2", shared=tmp_path / "file" / "rounds")


@pytest.mark.parametrize("number", [0, 65, True, "4"])
def test_parts_are_so_many(number):
    """Anything but a number from 1 to 64 is refused."""
    with pytest.raises(ValueError, match="parts: expected a number from 1 to 64"):
        chaos.parts(number)


PROGRAM = f"""
import pytest

from octamem_testing import chaos

NOTE = {NOTES[0]!r}


def save(client):
    client.add(content=NOTE)
    client.details()
    return NOTE


@pytest.mark.parametrize("part", chaos.parts(4))
def test_save(octamem_chaos, part):
    octamem_chaos(save, rounds=40, part=part)


def test_whole():
    chaos.run(save, rounds=40, seed=SEED)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the machine cannot fork")
def test_four_workers_of_xdist_find_what_one_process_does(pytester, monkeypatch):
    """A parametrized test over four workers shows in each part the findings of one process, with one seed."""
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS"):  # by which a summary shows each finding again, whole
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(PROGRAM.replace("SEED", "0"))
    over = pytester.runpytest_inprocess("-n", "4", "-p", "no:cacheprovider", "-k", "test_save")
    over.assert_outcomes(failed=4)
    shown = re.findall(r"(?s)acknowledged_once is violated.*?from a shell: [^\n]*", over.stdout.str())
    assert len(shown) == 4
    assert len(set(shown)) == 1
    seed = re.findall(r"--seed (\d+)", shown[0])[0]
    pytester.makepyfile(PROGRAM.replace("SEED", seed))
    whole = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", "test_whole").stdout.str()
    assert shown[0] in whole


def test_a_part_is_in_the_id_of_its_test(octamem_chaos):
    """A part that the test's id lacks would have another seed in each test, and is refused."""
    with pytest.raises(ValueError, match="part: expected one that is in the id of this test, got '1/2'"):
        octamem_chaos(right, rounds=5, part="1/2")


@pytest.mark.parametrize("part", chaos.parts(2))
def test_several_hunts_of_a_test_are_in_parts(octamem_chaos, part):
    """Each hunt of a test has rounds of its own."""
    assert octamem_chaos(right, rounds=20, part=part).finding is None
    assert octamem_chaos(noting, rounds=10, part=part, invariants=chaos.without("recovers")).rounds == 10
