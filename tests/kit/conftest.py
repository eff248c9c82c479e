"""What several of the kit's tests share: two ways to run a client, and one way in which pytest prints."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the inner runs print alike everywhere: under CI pytest repeats whole messages in its summary."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Give each async library by its name for anyio.run."""
    return str(request.param)
