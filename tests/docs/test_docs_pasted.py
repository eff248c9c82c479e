"""The Python of the documents runs as it is pasted: each block is a file of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import List

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if "```python\n" in path.read_text(encoding="utf-8")
]
INI = """
[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest
filterwarnings = error
asyncio_default_fixture_loop_scope = function
octamem_verdict = fail
"""
PROGRAMS = """
import runpy
from pathlib import Path

import pytest

@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("program_*.py")), ids=lambda path: path.name)
def test_it(path, octamem_server):
    runpy.run_path(str(path), run_name="__main__")
"""


def blocks_of(page: Path) -> List[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def is_whole(block: str) -> bool:
    try:
        ast.parse(block)
    except SyntaxError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_as_pasted(
    page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block is a file that runs as it stands: its tests pass and show no retry bug, and a program runs to its end."""
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    pytester.makeini(INI)
    blocks = [block for block in blocks_of(page) if is_whole(block)]
    for number, block in enumerate(blocks):
        kind = "test" if "def test_" in block else "program"
        (pytester.path / f"{kind}_{number}.py").write_text(block, encoding="utf-8")
    if any(pytester.path.glob("program_*.py")):
        (pytester.path / "test_programs.py").write_text(PROGRAMS, encoding="utf-8")
    result = pytester.runpytest_inprocess("-q")
    assert set(result.parseoutcomes()) == {"passed"}
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_are_whole(page: Path) -> None:
    """No block ends in the middle of what it says."""
    assert [block for block in blocks_of(page) if not is_whole(block)] == []
