"""A pytest plugin that runs each test so many times, in a run of its own: `-p benchmarks._repeated`."""

from __future__ import annotations

import os

import pytest

TIMES = "OCTAMEM_REPEAT"
"""The environment variable that says how often, since xdist's workers take no options that they do not know."""


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test one more parameter: which time it is."""
    metafunc.fixturenames.append("octamem_repeat")
    metafunc.parametrize("octamem_repeat", range(int(os.environ.get(TIMES, "1"))), ids=str)


@pytest.fixture
def octamem_repeat(request: pytest.FixtureRequest) -> object:
    """Say which time it is."""
    return request.param
