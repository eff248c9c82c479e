"""The suite's own set-up: which tests run by default, and all of ours loaded before pytester runs anything."""

from __future__ import annotations

import gc
import os
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Generator, List, Optional

import pytest

pytest_plugins = ["pytester"]

BORDERS = Path(__file__).parent / "tests" / "borders"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    """Leave tests/borders out unless it is named: what it needs is installed by `make borders`."""
    unnamed = collection_path == BORDERS and not any("borders" in arg for arg in config.args)
    return True if unnamed else None


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Deselect the long proofs unless `-m` speaks of them."""
    if "proof" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("proof")]
    if long:
        config.hook.pytest_deselected(items=long)
        left_out = set(long)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave what is loaded and collected, which lives as long as the run, out of the search for garbage.

    A search that looks at 13,000 tests and all modules takes longer than most tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are cores: much of what the tests do is wait for sockets."""
    return (os.cpu_count() or 1) + 1


# Pytester forgets what is first loaded in its runs. A module of ours would then be there twice, each with classes of
# its own; so would httpcore, whose errors httpx knows by class; and numpy refuses to be.
for needed in ("httpcore", "numpy"):
    import_module(needed)
for package in ("octamem", "fake_server", "octamem_testing"):
    for module in walk_packages(import_module(package).__path__, f"{package}."):
        if "load.locusts." not in module.name:  # they import Locust, which patches its process
            import_module(module.name)
