"""What several of the kit's tests share: two ways to run a client, and a project that pytest runs."""

from __future__ import annotations

import pytest
from kit_project import ini


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
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Give a project whose pytest runs as ours does."""
    pytester.makeini(ini())
    return pytester
