"""The server thread keeps the machine's clock, whatever a test does to the functions of time."""

from __future__ import annotations

import asyncio
import time
from unittest.mock import AsyncMock

import pytest

from octamem import OctaMem
from octamem_testing import Fake
from octamem_testing.wiring.server import hosting

PATIENCE = 10.0
"""Seconds within which a server ends that is asked to; one that is stuck takes half a minute."""


def frozen(patch: pytest.MonkeyPatch) -> None:
    """Stop the clocks in the year 2030, as tools that freeze time do."""
    for name in ("time", "monotonic", "perf_counter"):
        patch.setattr(time, name, lambda: 1_904_169_600.0)


def without_sleep(patch: pytest.MonkeyPatch) -> None:
    """Let `asyncio.sleep` return at once, without a turn of the event loop."""
    patch.setattr(asyncio, "sleep", AsyncMock())


@pytest.mark.parametrize("replace", [frozen, without_sleep], ids=lambda each: each.__name__)
def test_a_test_that_replaces_time_does_not_stop_the_server(replace):
    """Delays of the server pass, and it ends when it is asked to, while a test has replaced the clocks or `sleep`."""
    fake = Fake()
    fake.faults("add: slow(0.05s)")
    with hosting() as host, host.serving(fake) as server, pytest.MonkeyPatch.context() as patch:
        replace(patch)
        with OctaMem(server.api_key, base_url=server.url, timeout=5, max_retries=0) as client:
            client.add(content="Tea is at four.")
        began = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - began < PATIENCE
    assert len(fake.memories()) == 1
