"""The golden documents: what one request looks like on the wire, what it is answered, and what the SDK makes of it.

A text that begins with "~" is a pattern for what the fake invents, with an example for the SDK's side.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

import pytest

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.json"))


def load(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def _pattern(text: str) -> tuple[str, Any]:
    pattern, _, example = text[1:].partition(" e.g. ")
    try:
        return pattern, json.loads(example)
    except ValueError:
        return pattern, example


def matches(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, str) and wanted.startswith("~"):
        return re.fullmatch(_pattern(wanted)[0], got if isinstance(got, str) else json.dumps(got)) is not None
    if isinstance(wanted, dict):
        return isinstance(got, dict) and set(wanted) == set(got) and all(matches(wanted[at], got[at]) for at in got)
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(matches, wanted, got))
    return type(wanted) is type(got) and wanted == got


def concrete(wanted: Any) -> Any:
    """Put the examples in the place of the patterns."""
    if isinstance(wanted, str) and wanted.startswith("~"):
        return _pattern(wanted)[1]
    if isinstance(wanted, dict):
        return {name: concrete(value) for name, value in wanted.items()}
    return [concrete(value) for value in wanted] if isinstance(wanted, list) else wanted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden" in metafunc.fixturenames:
        metafunc.parametrize("golden", [pytest.param(load(name), id=name) for name in NAMES])
    if "golden_success" in metafunc.fixturenames:
        named = [name for name in NAMES if not name.startswith("error_")]
        metafunc.parametrize("golden_success", [pytest.param(load(name), id=name) for name in named])


@pytest.fixture
def agrees() -> Callable[[Any, Any], bool]:
    """Hold a value against what a golden document wants."""
    return matches


@pytest.fixture
def example() -> Callable[[Any], Any]:
    """Give a golden value with examples in the place of its patterns."""
    return concrete
