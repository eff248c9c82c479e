"""The user guide: its examples are files, the files run, and it names all that the kit has."""

from __future__ import annotations

import re
import runpy
from importlib.metadata import metadata
from pathlib import Path

import pytest

import octamem
import octamem_testing
from octamem_testing.plugin.plan import FIXTURES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = sorted((ROOT / "tests" / "examples").glob("kit_*.py"))
GUIDE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_examples_pass(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the guide is a test file that passes with every warning an error."""
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    texts = {f"test_example_{path.stem}": path.read_text(encoding="utf-8") for path in EXAMPLES}
    tests = {name: text for name, text in texts.items() if "def test_" in text}
    project.makepyfile(**tests)
    # Those of pytest-asyncio come last: up to 0.26 it leaves an event loop, which the next asyncio.run would not close.
    files = sorted(tests, key=lambda name: "mark.asyncio" in tests[name])
    result = project.inline_run(*(f"{name}.py" for name in files))
    reports = result.getreports("pytest_runtest_logreport")
    assert result.ret == pytest.ExitCode.OK
    assert {report.outcome for report in reports} == {"passed"}
    assert {report.nodeid.partition(".py")[0] for report in reports} == {*tests}


def test_the_script_without_fixtures_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The example that is no test prints the memory that it found and the two attempts that it took."""
    runpy.run_path(str(ROOT / "tests" / "examples" / "kit_without_fixtures.py"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Backups run at two in the morning."
    assert [line.split(" -> ")[1][:3] for line in lines[1:]] == ["503", "200"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_guide_shows_an_example(path: Path) -> None:
    """Every example file of the kit is in the guide, in part at least, word for word."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert any(block.strip() in path.read_text(encoding="utf-8") for block in blocks)


def test_the_guide_names_everything() -> None:
    """Every fixture, public name and option is in the guide."""
    names = [
        *FIXTURES,
        *octamem_testing.__all__,
        "--octamem-live",
        "--octamem-report",
        "--octamem-seed",
        "octamem_live",
        "octamem_report",
        "octamem_seed",
    ]
    assert [name for name in names if f"`{name}" not in GUIDE] == []


def test_the_readme_tells_how_to_install_and_to_pin() -> None:
    """Each extra is named where installing is told, and the line that pins is one that this very version meets."""
    installing = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Installing")[2]
    extras = metadata("octamem").get_all("Provides-Extra") or []
    assert [extra for extra in extras if not re.search(rf"`pip install \"\.\[(\w+,)*{extra}[\],]", installing)] == []
    assert f"`octamem>={octamem.__version__}`" in installing


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_no_page_installs_the_vendors_package(path: Path) -> None:
    """The index's `octamem` is the vendor's, so no command of ours asks for it by that name."""
    assert not re.search(r"pip install [^\n`]*\boctamem\b", path.read_text(encoding="utf-8"))


def test_the_guide_says_what_pytest_asyncio_wants() -> None:
    """The ini line without which pytest-asyncio warns stands before the first example."""
    assert "\nasyncio_default_fixture_loop_scope = function\n" in GUIDE.partition("```python")[0]
