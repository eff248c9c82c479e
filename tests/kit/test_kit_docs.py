"""The user guide: its examples are files, the files run, and it names all that the kit has."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import octamem_testing
from octamem_testing import plugin

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "tests" / "examples").glob("kit_*.py"))
GUIDE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [each for each in EXAMPLES if "def test_" in each.read_text()], ids=lambda p: p.stem)
def test_an_example_passes(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Every example of the guide is a test file that passes with every warning an error."""
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    project.makepyfile(**{f"test_example_{path.stem}": path.read_text(encoding="utf-8")})
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.OK
    assert set(result.parseoutcomes()) == {"passed"}


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
        *plugin.FIXTURES,
        *octamem_testing.__all__,
        "--octamem-live",
        "--octamem-report",
        "--octamem-seed",
        "octamem_live",
        "octamem_report",
        "octamem_seed",
    ]
    assert [name for name in names if f"`{name}" not in GUIDE] == []
