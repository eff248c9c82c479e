"""The page of recipes shows exactly the programs that `make borders` runs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "tests" / "borders" / "recipes").glob("*.py"))


def test_the_page_shows_each_recipe_as_it_is_run() -> None:
    """Each block of Python on the page is a file under tests/borders/recipes, and each such file is on the page."""
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```py(?:thon)?\n(.*?)```", page, re.DOTALL)
    assert sorted(blocks) == sorted(path.read_text(encoding="utf-8") for path in RECIPES)


def test_each_recipe_is_run() -> None:
    """No recipe stands on the page that the tests beside other tools leave out."""
    tests = (ROOT / "tests" / "borders" / "test_borders_recipes.py").read_text(encoding="utf-8")
    assert [path.stem for path in RECIPES if f'"{path.stem}"' not in tests] == []
