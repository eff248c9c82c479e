"""--octamem-report: one page of the run that needs nothing from outside."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest
from kit_project import ini, outcomes

from octamem_testing.context import key_of
from octamem_testing.report.html import write_page

TESTS = """
import pytest
from octamem import OctaMemError

@pytest.mark.octamem(faults="add: 503 @after, 429(retry-after=30)")
def test_passes(octamem_client):
    octamem_client.add(content="the secret of the tea")

@pytest.mark.octamem(faults="search: reset x4")
def test_fails(octamem_client):
    with pytest.raises(OctaMemError):
        octamem_client.get(query="a secret question")
    assert not "right"

@pytest.mark.parametrize("text", ["<script>alert(1)</script>"])
def test_odd(octamem_client, text):
    with pytest.raises(OctaMemError):
        octamem_client.with_options(base_url="http://x/<b>").details()
    pytest.fail("on purpose")

def test_skips(octamem_fake):
    pytest.skip("for a reason")

@pytest.mark.xfail(strict=True)
def test_expected(octamem_client):
    assert not octamem_client.details()

@pytest.fixture
def broken(octamem_client):
    octamem_client.details()
    raise RuntimeError("in the setup")

def test_broken(broken): pass

def test_without(): pass

def test_without_fails():
    assert "this" == "that"

@pytest.mark.octamem(memories=["a secret in the marker"])
def test_tells(octamem_client):
    found = octamem_client.get(query="secret")
    assert found.results[0].content == "a secret in"

def test_hunted(octamem_chaos):
    octamem_chaos(lambda: None)

def test_not_asked_for(octamem_nothing): pass

@pytest.fixture
def leaves(octamem_client):
    yield
    raise OSError("in the teardown")

def test_twice(leaves):
    assert not "right"
"""
COUNTS = {"passed": 2, "failed": 6, "skipped": 1, "xfailed": 1, "errors": 3}


class Page(HTMLParser):
    """What a test looks for in the page: its tags, and what each test of it says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.open: List[str] = []
        self.tags: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.tests: Dict[str, List[str]] = {}
        self._said: List[str] = []
        self.feed(self.text)
        self.close()

    def reasons(self) -> Dict[str, List[str]]:
        """Give the lines that say why, for each test that has any."""
        heads = re.findall(r"<code>(.*?)</code>(.*?)</summary>", self.text)
        found = {unescape(name): re.findall(r'<span class="reason">(.*?)</span>', rest) for name, rest in heads}
        return {name: [unescape(each) for each in reasons] for name, reasons in found.items() if reasons}

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)
        if tag == "details":
            self._said = []

    def handle_startendtag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "details" in self.open:
            self._said.append(data)
        if self.open and self.open[-1] == "code":
            self.tests[data] = self._said


def page_of(project: pytest.Pytester, *arguments: str, file: str = "report.html") -> Page:
    """Run the tests, and read the page that they leave."""
    project.makepyfile(test_page=TESTS)
    result = project.runpytest_inprocess(*arguments)
    assert outcomes(result) == COUNTS
    result.stdout.fnmatch_lines([f"*octamem report: file://*/{file}*"])
    return Page(project.path / file)


def test_the_page_shows_the_calls_of_every_test(project: pytest.Pytester) -> None:
    """Each test on the fake is there with its outcome, and each attempt with wait, fault, answer and commit point."""
    page = page_of(project, "--octamem-report=report.html")
    assert page.open == []
    said = {name.partition("::")[2]: words for name, words in page.tests.items()}
    assert {name: words[0] for name, words in said.items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_odd[<script>alert(1)</script>]": "failed",
        "test_skips": "skipped",
        "test_expected": "xfailed",
        "test_broken": "error",
        "test_without_fails": "failed",
        "test_tells": "failed",
        "test_hunted": "failed",
        "test_not_asked_for": "error",
        "test_twice": "failed",
    }
    shown = said["test_passes"]
    assert [each for each in shown if each in ("503", "↻ 429", "↻ 200")] == ["503", "↻ 429", "↻ 200"]
    assert {"⚡ 503 @after", "⚡ 429(retry-after=30) @before", "30 s", "✓"} <= set(shown)
    titles = [each for each in shown if each.startswith("attempt ")]
    assert titles[0].startswith("attempt 1 (first): at 0 s\nanswer: 503\nfault: 503 @after\nstored: rec_")
    assert "\nwaited: 30 s\nanswer: 200\nstored: rec_" in titles[2]
    assert page.text.count('class="commit"') == 2
    assert [each for each in said["test_fails"] if each in ("—", "↻ —", "✕")] == ["—", "↻ —", "↻ —", "↻ —", "✕"]
    assert "no request reached the fake" in said["test_skips"][-1]
    # What failed comes first, unfolded.
    folds = ["open" in attrs for tag, attrs in page.tags if tag == "details"]
    assert folds == [True] * 8 + [False] * 3


def test_the_page_counts_as_pytest_does_and_says_why(project: pytest.Pytester) -> None:
    """Its figures are those of pytest's last line; each failure and error has a line of reason, whatever failed."""
    page = page_of(project, "--octamem-report=report.html")
    figures = {name: int(number) for number, name in re.findall(r"<li><b>(\d+)</b><span>(\w+)</span>", page.text)}
    assert {name: figures[name] for name in COUNTS} == COUNTS
    assert {name.partition("::")[2]: reasons for name, reasons in page.reasons().items()} == {
        "test_fails": ["AssertionError: assert not 'right'"],
        "test_odd[<script>alert(1)</script>]": ["Failed: on purpose"],
        "test_broken": ["in setup: RuntimeError: in the setup"],
        "test_without_fails": ["AssertionError: assert 'this' == 'that'"],
        "test_tells": ["AssertionError: assert '…' == '…'"],
        "test_hunted": [page.reasons()["test_page.py::test_hunted"][0]],
        "test_not_asked_for": ["in setup: fixture 'octamem_nothing' not found"],
        "test_twice": ["AssertionError: assert not 'right'", "in teardown: OSError: in the teardown"],
    }
    assert page.reasons()["test_page.py::test_hunted"][0].startswith("no fault could be injected: ")


def test_a_file_that_cannot_be_collected_is_on_the_page(project: pytest.Pytester) -> None:
    """An error of the collection counts, and is there with its reason."""
    project.makepyfile("import nothing_of_that_name")
    result = project.runpytest_inprocess("--octamem-report=report.html")
    assert outcomes(result) == {"errors": 1}
    page = Page(project.path / "report.html")
    assert "<b>1</b><span>error</span>" in page.text
    assert page.reasons() == {
        "test_a_file_that_cannot_be_collected_is_on_the_page.py": [
            "ModuleNotFoundError: No module named 'nothing_of_that_name'"
        ]
    }


def test_the_page_needs_nothing_and_tells_no_secret(project: pytest.Pytester) -> None:
    """No tag or style asks for a resource or runs a script; no key and no text of a memory is on the page."""
    page = page_of(project, "--octamem-report=report.html")
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name in ("src", "href")]
    assert not re.search(r"url\(|@import|https?://", page.text.replace("http://x", ""))
    assert "color-scheme: light dark" in page.text
    assert "secret" not in page.text
    assert not [name for name in page.tests if key_of(name) in page.text]


@pytest.mark.slow
def test_the_page_of_two_workers_is_that_of_one(project: pytest.Pytester) -> None:
    """Under xdist the workers hand their calls to the controller, which writes the same tests and attempts."""
    alone = page_of(project, "--octamem-report=alone.html", file="alone.html")
    project.runpytest_inprocess("-n2", "--octamem-report=spread/report.html")
    spread = Page(project.path / "spread" / "report.html")

    def steady(page: Page) -> Dict[str, List[str]]:
        return {name: [each for each in words if " ms" not in each] for name, words in page.tests.items()}

    assert steady(alone) == steady(spread)


def test_the_ini_file_may_ask_for_the_page(project: pytest.Pytester) -> None:
    """octamem_report is the option's twin, from the folder of the ini file, and the command line goes before it."""
    project.makeini(ini(more="octamem_report = out/page.html"))
    assert page_of(project, file="out/page.html").tests
    assert page_of(project, "--octamem-report=other.html", file="other.html").tests


def test_a_run_without_the_fake_has_a_page_too(project: pytest.Pytester) -> None:
    """Where no test used the fake, the page says so."""
    project.makepyfile("def test_it(): pass")
    project.runpytest_inprocess("--octamem-report=report.html")
    assert "No test of this run used the fake." in (project.path / "report.html").read_text(encoding="utf-8")


def test_a_folder_is_no_file(project: pytest.Pytester) -> None:
    """A folder as the report's name is a usage error before a test is run."""
    result = project.runpytest_inprocess(f"--octamem-report={project.path}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--octamem-report: expected a file, got the folder *"])


def test_without_the_option_nothing_is_written(project: pytest.Pytester) -> None:
    """A run that does not ask for the page leaves no file and says nothing of it."""
    project.makepyfile(test_page=TESTS)
    result = project.runpytest_inprocess()
    result.stdout.no_fnmatch_line("*octamem report*")
    assert list(project.path.glob("**/*.html")) == []


def test_the_figures_count_what_happened(project: pytest.Pytester) -> None:
    """Calls, attempts, faults and memories that are not drawn count too, in the figures and in the line of the test."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(faults="add: 503 x3")
        def test_many(octamem_client):
            for n in range(500):
                octamem_client.add(content=f"note {n}")
        """
    )
    project.runpytest_inprocess("--octamem-report=report.html")
    page = Page(project.path / "report.html")
    figures = {name: int(number) for number, name in re.findall(r"<li><b>(\d+)</b><span>([\w ]+)</span>", page.text)}
    assert [figures[name] for name in ("calls", "attempts", "faults met", "memories stored")] == [500, 503, 3, 500]
    assert "500 calls · 503 attempts" in page.text


def test_what_went_wrong_early_is_drawn(project: pytest.Pytester) -> None:
    """Of 755 calls sixty are drawn: those that did not succeed at once, and the last."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(faults="details: ok x3, 503, ok x9, reset")
        def test_it(octamem_client):
            for _ in range(755):
                octamem_client.details()
        """
    )
    project.runpytest_inprocess("--octamem-report=report.html")
    (said,) = Page(project.path / "report.html").tests.values()
    assert [each for each in said if each.startswith("⚡")] == ["⚡ 503 @before", "⚡ reset @before"]
    assert sum(each.startswith("call ") for each in said) == 60
    assert any(each.startswith("695 earlier calls not shown; ") for each in said)


def test_the_page_says_what_the_run_was(project: pytest.Pytester) -> None:
    """Date, versions, length and command stand below the heading."""
    page = page_of(project, "--octamem-report=report.html", "-k", "test")
    (line,) = re.findall(r"<header><h1>.*?</h1><p>(.*?)</p></header>", page.text)
    mode, date, versions, took, command = unescape(line).split(" · ")
    assert mode.startswith("octamem: fake, ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S+", date)
    assert re.fullmatch(r"octamem \S+, pytest \S+, Python \S+", versions)
    assert re.fullmatch(r"took [\d.]+ s", took)
    assert command.startswith("pytest ")
    assert command.endswith(" --octamem-report=report.html -k test")


def test_the_finding_of_a_hunt_is_on_the_page(project: pytest.Pytester) -> None:
    """A test of chaos shows the violated invariant, the schedule and the calls, or the report of its hunt."""
    project.makepyfile(
        """
        import time
        from octamem import OctaMemError
        from octamem_testing import chaos

        def hasty(client):
            for _ in range(3):
                try:
                    return client.with_options(max_retries=0).add(content="a secret")
                except OctaMemError:
                    pass

        def test_found(octamem_chaos):
            octamem_chaos(hasty, faults="401", rounds=20)

        def test_without_the_fixture():
            chaos.run(hasty, faults="401", rounds=20)

        def test_nothing(octamem_chaos):
            octamem_chaos(lambda client: client.details(), faults="503", rounds=5)
        """
    )
    assert outcomes(project.runpytest_inprocess("--octamem-report=report.html")) == {"passed": 1, "failed": 2}
    page = Page(project.path / "report.html")
    said = {name.partition("::")[2]: "".join(words) for name, words in page.tests.items()}
    for name in ("test_found", "test_without_the_fixture"):
        assert "refusals_not_repeated is violated" in said[name]
        assert "schedule: add: 401 @before" in said[name].replace("add: 401\n", "add: 401 @before\n")
        assert "1. first, at 0 s -> 401" in said[name]
    assert "rounds" in said["test_nothing"]
    assert "a secret" not in page.text


def test_a_text_that_is_no_utf_8_survives(project: pytest.Pytester) -> None:
    """A lone surrogate in the message of a failure is escaped on the page, which is there whole."""
    project.makepyfile(
        r"""
        def test_bad(octamem_client):
            octamem_client.add(content="tea")
            raise ValueError("the service sent \ud800")
        """
    )
    result = project.runpytest_subprocess("--octamem-report=report.html")
    assert outcomes(result) == {"failed": 1}
    page = Page(project.path / "report.html")
    assert r"the service sent \ud800" in page.text


def test_the_page_is_written_whole_or_not_at_all(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the page cannot be written to its end, the one of the run before it stays, and nothing beside it."""
    file = project.path / "report.html"
    file.write_text("of the run before", encoding="utf-8")
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        write(self, data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_page(file, "x" * 1000)
    assert file.read_text(encoding="utf-8") == "of the run before"
    assert [each.name for each in project.path.iterdir() if "report" in each.name] == ["report.html"]


def test_a_test_of_many_calls_shows_its_last(project: pytest.Pytester) -> None:
    """Of many calls the last sixty have a lane, and the page says how many came before."""
    project.makepyfile("def test_it(octamem_client):\n    for _ in range(63): octamem_client.details()")
    project.runpytest_inprocess("--octamem-report=report.html")
    page = Page(project.path / "report.html")
    (said,) = page.tests.values()
    assert sum(each == "200" for each in said) == 60
    assert any(each.startswith("3 earlier calls not shown; ") for each in said)
