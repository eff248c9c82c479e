"""What several of the kit's tests share: two ways to run a client, and a wait for what another thread does."""

from __future__ import annotations

import threading
from typing import Callable

import pytest
from kit_project import ini

PATIENCE = 10.0  # seconds that a test gives another thread before it calls it stuck

Until = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the inner runs print alike everywhere: under CI pytest repeats whole messages in its summary."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Give each async library by its name for anyio.run."""
    return str(request.param)


@pytest.fixture
def until() -> Until:
    """Give a function that returns once a condition holds, and fails where it never does."""

    def until(condition: Callable[[], object]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.001)):
            if condition():
                return
            pause.wait(0.001)
        pytest.fail("the condition never held")

    return until


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Give a project whose pytest runs as ours does."""
    pytester.makeini(ini())
    return pytester
