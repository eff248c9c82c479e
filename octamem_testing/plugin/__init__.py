"""The pytest plugin: options, hooks and fixtures; everything else loads when a test first uses it."""

from __future__ import annotations

import pytest

from .fixtures import (
    _octamem_context,
    _octamem_host,
    _octamem_live_memories,
    async_octamem_client,
    octamem_chaos,
    octamem_client,
    octamem_clock,
    octamem_fake,
    octamem_mock,
    octamem_server,
    octamem_virtual_time,
)
from .hooks import (
    pytest_fixture_setup,
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_runtest_setup_done,
    pytest_runtest_teardown,
)
from .options import pytest_addoption, pytest_configure, pytest_report_header, pytest_unconfigure

__all__ = [
    "_octamem_context",
    "_octamem_host",
    "_octamem_live_memories",
    "async_octamem_client",
    "octamem_chaos",
    "octamem_client",
    "octamem_clock",
    "octamem_fake",
    "octamem_mock",
    "octamem_server",
    "octamem_virtual_time",
    "pytest_addoption",
    "pytest_configure",
    "pytest_fixture_setup",
    "pytest_report_header",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_setup_done",
    "pytest_runtest_teardown",
    "pytest_unconfigure",
]

pytest.register_assert_rewrite(
    "octamem_testing.assertions.effects", "octamem_testing.assertions.called", "octamem_testing.assertions.invariants"
)
