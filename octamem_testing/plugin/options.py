"""The options and ini settings of a run, and the first line that says them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import pytest

from octamem_testing.wiring.service import BASE_URL, KEY_VARIABLE, URL_VARIABLE

__all__ = ["live", "pytest_addoption", "pytest_configure", "pytest_report_header", "report_path", "seed_of_run"]

MARKER = (
    "octamem(memories=[...], faults='add: 503 x2', unused='fail', unexpected='fail', **settings): what the test's fake "
    "holds and does before the test begins; unused='allow' lets faults go unmet, unexpected='allow' calls go to routes "
    "that do not exist; settings are those of Fake(...), such as limit=10 or search=my_ranking"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their ini twins."""
    group = parser.getgroup("octamem")
    group.addoption(
        "--octamem-live",
        action="store_true",
        default=None,
        help=f"run against the real service with the key in {KEY_VARIABLE}; tests that need the fake are skipped",
    )
    group.addoption(
        "--octamem-seed",
        type=int,
        metavar="N",
        help="seed of every test's fake (default: one for each test, from its node id)",
    )
    group.addoption(
        "--octamem-report",
        metavar="FILE.html",
        help="write one page at the end of the run: each test's calls as swim lanes",
    )
    parser.addini("octamem_live", type="bool", default=False, help="as --octamem-live")
    parser.addini("octamem_seed", default="", help="as --octamem-seed")
    parser.addini("octamem_report", default="", help="as --octamem-report, from the folder of the ini file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and refuse options that cannot be carried out."""
    config.addinivalue_line("markers", MARKER)
    seed_of_run(config)
    if live(config) and not os.environ.get(KEY_VARIABLE, "").strip():
        raise pytest.UsageError(f"--octamem-live needs a key of the real service: set {KEY_VARIABLE}")
    path = report_path(config)
    if path is not None and not hasattr(config, "workerinput"):  # xdist's workers hand theirs to the controller
        if path.is_dir():
            raise pytest.UsageError(f"--octamem-report takes the name of a file, and {str(path)!r} is a folder")
        from octamem_testing.report.run_report import RunReport

        config.pluginmanager.register(RunReport(path, pytest_report_header(config), config), "octamem_report")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which seed and mode the run has."""
    if live(config):
        url = os.environ.get(URL_VARIABLE) or BASE_URL
        return f"octamem: live, at {url.rpartition('@')[2]}"  # without a password that should not be there
    seed = seed_of_run(config)
    return f"octamem: fake, {'a seed for each test from its node id' if seed is None else f'seed {seed}'}"


def live(config: pytest.Config) -> bool:
    """Say whether the run is against the real service."""
    chosen: Optional[bool] = config.getoption("octamem_live")
    return bool(config.getini("octamem_live") if chosen is None else chosen)


def seed_of_run(config: pytest.Config) -> Optional[int]:
    """Return the seed of every test's fake, None for one of its own for each; UsageError for one that is no number."""
    chosen: Optional[int] = config.getoption("octamem_seed")
    if chosen is not None:
        return chosen
    text = str(config.getini("octamem_seed")).strip()
    try:
        return int(text) if text else None
    except ValueError:
        raise pytest.UsageError(f"octamem_seed in the ini file takes a whole number, not {text!r}") from None


def report_path(config: pytest.Config) -> Optional[Path]:
    """Return where the page of the run is to be written, if anywhere."""
    chosen: Optional[str] = config.getoption("octamem_report")
    if chosen is not None:
        return Path(chosen)
    text = str(config.getini("octamem_report")).strip()
    return config.rootpath / text if text else None
