"""The detection matrix of the docs: it names the corpus as it is, and each of its schedules does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, NamedTuple

import pytest
from bugs import BEYOND, CORPUS, FAMILIES, ORDER, Bug

from octamem_testing import chaos

PAGE = Path(__file__).parents[2] / "docs" / "chaos-bugs.md"


class Row(NamedTuple):
    """One bug as the page has it."""

    says: str
    family: str
    invariant: str
    schedule: str
    also: str
    ways: str


def shown() -> Dict[str, Row]:
    text = PAGE.read_text(encoding="utf-8")
    named = r"^\| \[(\w+)\]\(\.\./tests/chaos/bugs/\1\.py\)"
    row = rf"{named} \| (.+?) \| (.+?) \| (\w+) \| (`.+?`|none is needed) \| (.*?) \| (.+?) \|"
    return {name: Row(*cells) for name, *cells in re.findall(row, text, re.MULTILINE)}


SHOWN = shown()


def test_the_page_lists_the_corpus() -> None:
    """Every bug has its row, and every row its bug."""
    assert list(SHOWN) == [bug.name for bug in CORPUS]


def test_the_page_counts_the_families() -> None:
    """The numbers and shares of the page, and the number of the README, are those of the corpus."""
    text = PAGE.read_text(encoding="utf-8")
    assert f"\nThere are {len(CORPUS)} bugs." in text
    assert f"[{len(CORPUS)} planted bugs " in (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    studied = [bug for bug in CORPUS if bug.family in FAMILIES]
    for family in FAMILIES:
        number = sum(bug.family == family for bug in studied)
        assert re.search(rf"^\| {family} \| \d+ % \| {number} of {len(studied)} \|", text, re.MULTILINE)
    beyond = sum(bug.family == BEYOND for bug in CORPUS)
    assert re.search(rf"^\| {BEYOND} \| - \| {beyond} more \|", text, re.MULTILINE)
    assert sum(bug.family == ORDER for bug in CORPUS) == 5
    assert "Five more are races" in text


CASES = [pytest.param(bug, way, id=f"{bug.name}-{way}") for bug in CORPUS for way in bug.ways]


@pytest.mark.slow
@pytest.mark.parametrize("bug, way", CASES)
def test_a_schedule_of_the_page_tells_the_bug_from_its_cure(bug: Bug, way: str) -> None:
    """The schedule in a bug's row violates the invariant in that row, and none in the corrected twin."""
    row = SHOWN[bug.name]
    schedule = row.schedule.strip("`") if row.schedule.startswith("`") else ""
    assert (row.says, row.family, row.ways) == (bug.says, bug.family, ", ".join(bug.ways))
    assert row.invariant in bug.breaks
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(bug.scenario("planted", way), schedule, settings=bug.settings)
    assert failure.value.finding.invariant.name == row.invariant
    chaos.replay(bug.scenario("cured", way), schedule, settings=bug.settings)
