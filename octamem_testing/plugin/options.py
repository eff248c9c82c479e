"""The options and ini settings of a run, and the line of the header that shows them."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Optional

import pytest

from octamem_testing.verdicts import EXPECTED, VERDICTS
from octamem_testing.wiring import BASE_URL, ESCAPES_ALLOWED, KEY_VARIABLE, URL_VARIABLE

__all__ = [
    "escapes_allowed",
    "live",
    "pytest_addoption",
    "pytest_configure",
    "pytest_report_header",
    "pytest_unconfigure",
    "report_path",
    "seed_of_run",
    "verdict_of_run",
]

_LOOP_SCOPE_UNSET = 'The configuration option "asyncio_default_fixture_loop_scope" is unset'

MARKER = (
    "octamem(memories=[...], faults='add: 503 x2', unused='fail', unexpected='fail', verdict='report', "
    "virtual_time=False, **settings): what the fake of the test holds and which faults it injects; unused='allow' "
    "allows faults that are not injected, unexpected='allow' allows calls to unknown routes, verdict='off' does not "
    "judge the retries of the test; virtual_time=True puts the time of the whole program on the fake's; settings are "
    "those of Fake(...), such as limit=10 or search=my_ranking"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the ini settings of the same names."""
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
        help="seed of the fake in every test (default: one for each test, from its node id)",
    )
    group.addoption(
        "--octamem-report",
        metavar="FILE.html",
        help="write an HTML page at the end of the run: the calls of each test as swim lanes",
    )
    group.addoption(
        "--octamem-verdict",
        choices=VERDICTS,
        metavar="{report,fail,off}",
        help="whether tests that pass although their calls show a retry bug are named in the summary (report, the "
        "default), fail (fail), or are not judged (off)",
    )
    parser.addini("octamem_live", type="bool", default=False, help="same as --octamem-live")
    parser.addini("octamem_seed", default="", help="same as --octamem-seed")
    parser.addini(
        "octamem_escape",
        default="fail",
        help="fail (the default) or allow: what becomes of a call to OctaMem that no fixture of its test catches",
    )
    parser.addini("octamem_report", default="", help="same as --octamem-report, relative to the folder of the ini file")
    parser.addini("octamem_verdict", default="", help="same as --octamem-verdict")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and raise UsageError for wrong options."""
    # Our extra brings pytest-asyncio, and under -W error its warning would end the run before it begins.
    warnings.filterwarnings("ignore", _LOOP_SCOPE_UNSET, pytest.PytestDeprecationWarning)
    config.addinivalue_line("markers", MARKER)
    seed_of_run(config)
    if verdict_of_run(config) == "report" and not hasattr(config, "workerinput"):
        from .verdict_summary import VerdictSummary

        config.pluginmanager.register(VerdictSummary(), "octamem_verdict")
    ESCAPES_ALLOWED.append(escapes_allowed(config))
    if live(config) and not os.environ.get(KEY_VARIABLE, "").strip():
        raise pytest.UsageError(f"--octamem-live needs an API key of the real service: set {KEY_VARIABLE}")
    path = report_path(config)
    if path is not None and not hasattr(config, "workerinput"):  # the workers of xdist send theirs to the controller
        if path.is_dir():
            raise pytest.UsageError(f"--octamem-report: expected a file, got the folder {str(path)!r}")
        from octamem_testing.report.run_report import RunReport

        config.pluginmanager.register(RunReport(path, pytest_report_header(config), config), "octamem_report")


def pytest_unconfigure() -> None:
    """Forget what this run says of calls that no fixture catches."""
    del ESCAPES_ALLOWED[-1:]
    if "octamem_testing.wiring.doorway" in sys.modules:
        from octamem_testing.wiring.doorway import DOORWAY

        DOORWAY.close()


def pytest_report_header(config: pytest.Config) -> str:
    """Return the line that shows the seed and the mode of the run."""
    if live(config):
        url = os.environ.get(URL_VARIABLE) or BASE_URL
        return f"octamem: live, at {url.rpartition('@')[2]}"  # without a password, in case there is one
    seed = seed_of_run(config)
    return f"octamem: fake, {'a seed for each test from its node id' if seed is None else f'seed {seed}'}"


def live(config: pytest.Config) -> bool:
    """Whether the run is against the real service."""
    chosen: Optional[bool] = config.getoption("octamem_live")
    return bool(config.getini("octamem_live") if chosen is None else chosen)


def seed_of_run(config: pytest.Config) -> Optional[int]:
    """Return the seed of all tests, None if each test has its own; raises UsageError if it is not an int."""
    chosen: Optional[int] = config.getoption("octamem_seed")
    if chosen is not None:
        return chosen
    text = str(config.getini("octamem_seed")).strip()
    try:
        return int(text) if text else None
    except ValueError:
        raise pytest.UsageError(f"octamem_seed: expected an int, got {text!r} (in the ini file)") from None


def verdict_of_run(config: pytest.Config) -> str:
    """Return what becomes of passed tests that show a bug: "report", "fail" or "off"; raises UsageError."""
    chosen: Optional[str] = config.getoption("octamem_verdict")
    text = chosen or str(config.getini("octamem_verdict")).strip() or VERDICTS[0]
    if text not in VERDICTS:
        raise pytest.UsageError(f"octamem_verdict: expected {EXPECTED}, got {text!r} (in the ini file)")
    return text


def escapes_allowed(config: pytest.Config) -> bool:
    """Whether a call that no fixture catches may leave; raises UsageError for another word than fail and allow."""
    word = str(config.getini("octamem_escape")).strip() or "fail"
    if word not in ("fail", "allow"):
        raise pytest.UsageError(f"octamem_escape: expected fail or allow, got {word!r} (in the ini file)")
    return word == "allow"


def report_path(config: pytest.Config) -> Optional[Path]:
    """Return the file for the page of the run, if there is to be one."""
    chosen: Optional[str] = config.getoption("octamem_report")
    if chosen is not None:
        return Path(chosen)
    text = str(config.getini("octamem_report")).strip()
    return config.rootpath / text if text else None
