"""Both parsers of the server, each on the event loop that comes with it, for tests that are about sockets."""

from __future__ import annotations

import pytest

__all__ = ["LOOPS", "http", "with_both_parsers"]

LOOPS = {"httptools": "uvloop", "h11": "asyncio"}
"""The event loop that comes with each parser."""

with_both_parsers = pytest.mark.parametrize("http", LOOPS)
"""Run a test with both parsers; the shared server has the one that the test is at."""


@pytest.fixture(params=LOOPS)
def http(request: pytest.FixtureRequest) -> str:
    """Run each test of a module that imports this with both parsers."""
    return str(request.param)
