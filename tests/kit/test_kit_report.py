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
    assert "prefers-color-scheme: dark" in page.text
    assert "secret" not in page.text
    assert not [name for name in page.tests if key_of(name) in page.text]


@pytest.mark.slow
def test_the_page_of_two_workers_is_that_of_one(project: pytest.Pytester) -> None:
    """Under xdist the workers hand their calls to the controller, which writes the same tests and attempts."""
    alone = page_of(project, "--octamem-report=alone.html", file="alone.html")
    project.runpytest_subprocess("-n2", "--octamem-report=spread/report.html")
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


def test_a_test_of_many_calls_shows_its_last(project: pytest.Pytester) -> None:
    """Of many calls the last sixty have a lane, and the page says how many came before."""
    project.makepyfile("def test_it(octamem_client):\n    for _ in range(63): octamem_client.details()")
    project.runpytest_inprocess("--octamem-report=report.html")
    page = Page(project.path / "report.html")
    (said,) = page.tests.values()
    assert sum(each == "200" for each in said) == 60
    assert any(each.startswith("3 earlier calls not shown; ") for each in said)
