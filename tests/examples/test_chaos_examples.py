"""Every example of the chaos guide is in it as it stands."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from octamem_testing import chaos

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(Path(__file__).parent.glob("chaos_*.py"))
GUIDE = (ROOT / "docs" / "chaos.md").read_text(encoding="utf-8")
BLOCKS = [block.strip() for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)]


def code_of(path: Path) -> str:
    """Give an example without the sentence at its top, which the guide says in other words."""
    text = path.read_text(encoding="utf-8")
    top = ast.parse(text).body[0]
    return "\n".join(text.splitlines()[top.end_lineno :]).strip()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_guide_shows_an_example(path: Path) -> None:
    """Each example is in the guide, word for word, where the test of the pasted blocks runs it."""
    assert code_of(path) in BLOCKS


def test_the_guide_shows_what_a_finding_says() -> None:
    """The finding in the guide is the one of its example, word for word."""
    example = import_module("chaos_finding")
    finding = chaos.hunt(example.save, seed=7).finding
    assert f"```text\n{finding}\n```" in GUIDE


def test_the_guide_shows_what_a_green_run_says() -> None:
    """The summary in the guide is the one of its example, except the lines that it leaves out."""
    report = str(chaos.hunt(import_module("chaos_first").save, seed=7))
    head, _, tail = GUIDE.partition("```text\nevery invariant held")[2].partition("\n```")[0].partition("\n  …\n")
    assert tail
    assert report.startswith(f"every invariant held{head}\n")
    assert report.endswith(f"\n{tail}")


def test_the_guide_names_every_invariant() -> None:
    """Each default invariant has its row."""
    assert [invariant.name for invariant in chaos.INVARIANTS if f"| `{invariant.name}` |" not in GUIDE] == []
