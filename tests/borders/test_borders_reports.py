"""The pages that the kit writes, in a real Chromium: nothing that axe-core finds, and nothing lost on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Generator

import pytest
from browsers import FORMS, SIZES, chromium, violations, watched
from click.testing import CliRunner
from playwright.sync_api import Browser

from octamem import OctaMem
from octamem_testing import chaos
from octamem_testing.chaos.show.finding_page import report_page
from octamem_testing.storm.command import storm

TESTS = """
    import pytest

    @pytest.mark.octamem(faults="add: 503 x2, reset @after; search: 429(retry-after=1) x4", idempotency=True)
    def test_a_story(octamem_client):
        octamem_client.add(content="Ana drinks her tea without milk. " * 4, previous_context="Guests")
        octamem_client.get(query="tea")

    @pytest.mark.octamem(memories=["tea at four"])
    def test_another(octamem_client):
        octamem_client.get(query="coffee")

    def test_that_fails(octamem_client):
        octamem_client.add(content="x")
        assert octamem_client.get(query="x").results == ["long enough to reach the edge of a phone " * 4]
"""


def save(client: OctaMem) -> str:
    """Save a note as the SDK's defaults do, which a lost answer stores twice."""
    client.add(content="Tea is at <four>.")
    return "Tea is at <four>."


def look(client: OctaMem) -> None:
    """Ask one question."""
    client.get(query="when is tea?")


# How many parts scroll sideways and are no stop of the keyboard.
LOST = """() => [...document.querySelectorAll("*")].filter((each) => each.scrollWidth > each.clientWidth + 1
  && getComputedStyle(each).overflowX === "auto" && each.tabIndex < 0).length"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of a finding, of a hunt without one, and of a storm."""
    folder = tmp_path_factory.mktemp("pages")
    report = chaos.hunt(save, rounds=60)
    assert report.finding is not None
    (folder / "finding.html").write_text(report.finding.html(), encoding="utf-8")
    (folder / "clean.html").write_text(report_page(chaos.hunt(look, rounds=10)), encoding="utf-8")
    quick = ["--clients", "60", "--every", "2", "--outage", "4", "--after", "10", "--policy", "none"]
    result = CliRunner().invoke(storm, [*quick, "--html", str(folder / "storm.html")])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def browser(written: Path) -> Generator[Browser, None, None]:
    with chromium() as started:
        yield started


def check(browser: Browser, file: Path, theme: str, size: str) -> None:
    """Open a page: axe-core finds nothing, it does not scroll sideways, and each part that does is a stop."""
    with watched(browser, "file://", color_scheme=theme, viewport=SIZES[size]) as page:
        page.goto(file.as_uri())
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(LOST) == 0


@pytest.mark.parametrize(("theme", "size"), FORMS)
@pytest.mark.parametrize("name", ["finding", "clean", "storm"])
def test_a_page_of_a_hunt_or_a_storm_can_be_used_by_anybody(
    browser: Browser, written: Path, name: str, theme: str, size: str
) -> None:
    """In light and dark, wide and narrow, axe-core finds nothing, and what scrolls can be reached by keyboard."""
    check(browser, written / f"{name}.html", theme, size)


def test_the_page_of_a_run_can_be_used_by_anybody(browser: Browser, project: pytest.Pytester) -> None:
    """So can the report of a run, in all four forms."""
    project.makepyfile(TESTS)
    project.runpytest_subprocess("--octamem-report=report.html", "-p", "no:cacheprovider")
    report = Path(project.path, "report.html")
    assert "reset @after" in report.read_text(encoding="utf-8"), "the page has no calls to be looked at"
    for theme in ("light", "dark"):
        for size in SIZES:
            check(browser, report, theme, size)
