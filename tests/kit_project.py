"""The project that pytester runs: set up as ours is, so that every warning is an error."""

from __future__ import annotations

from typing import Dict

import pytest

# Without Hypothesis's plugin, which costs a second a run where its library is not loaded yet.
INI = """
[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest --strict-markers
filterwarnings = error
asyncio_mode = {mode}
asyncio_default_fixture_loop_scope = function
{more}
"""


def ini(*, mode: str = "strict", more: str = "") -> str:
    """Give the project's ini file, with the mode of pytest-asyncio and a line of one's own."""
    return INI.format(mode=mode, more=more)


def outcomes(result: pytest.RunResult) -> Dict[str, int]:
    """Count what became of the tests of a run."""
    return {name: count for name, count in result.parseoutcomes().items() if name not in ("deselected", "warnings")}
