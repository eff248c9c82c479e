"""The suite's own set-up: pytest's plugin tester, and all of ours loaded before it runs anything."""

import os
from importlib import import_module
from pkgutil import walk_packages

import pytest

pytest_plugins = ["pytester"]


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
        import_module(module.name)
