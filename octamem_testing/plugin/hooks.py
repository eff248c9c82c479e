"""What the plugin does around each test: who is skipped, what fails after it passed, and what a report shows."""

from __future__ import annotations

import shlex
import sys
from typing import Generator

import pytest

from .options import live, report_path
from .plan import BENCH, CHAOS, build_bench, fail_idle, is_idle, load_early, node_id, plan, skip_live

__all__ = [
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_setup_done",
]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Load what the fixtures of the test need, or skip what only the fake can do in a run against the real service."""
    if live(item.config):
        from .live import obstacle

        asked = plan(item)
        what = obstacle(getattr(item, "fixturenames", ()), asked)
        if what:
            skip_live(what)
        if asked.memories:
            build_bench(item, "@pytest.mark.octamem")  # which fails a test whose memories cannot be stored anywhere
    else:
        load_early(item)


@pytest.hookimpl(wrapper=True, specname="pytest_runtest_setup")
def pytest_runtest_setup_done(item: pytest.Item) -> Generator[None, None, None]:
    """Fail, before its call, a test whose marks are wrong, or are read by no fixture although they should be."""
    yield  # a test that is skipped ends here
    if is_idle(item):
        build_bench(item, "@pytest.mark.octamem")
        from .unread_marks import may_ask_later

        if not may_ask_later(item):
            fail_idle(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that passed although what its marks asked for never came, or a call went where no route is."""
    yield
    if is_idle(item):
        fail_idle(item)
    bench = item.stash.get(BENCH, None)
    if bench is not None:
        from octamem_testing.report.complaints import complaints

        told = complaints(bench.fake, unused=not bench.allow_unused, unexpected=not bench.allow_unexpected)
        if told:
            pytest.fail(told, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the calls and the seed to the report of a failing test."""
    report = yield
    bench = item.stash.get(BENCH, None)
    if report.failed and call.excinfo is not None and "octamem_testing.chaos.show.report" in sys.modules:
        from octamem_testing.chaos.fixture import rendered_failure

        report.longrepr = rendered_failure(call.excinfo.value, item.config.rootpath) or report.longrepr
    if report.failed and report_path(item.config) is not None:
        from octamem_testing.report.failure_reason import reason_of, texts_in, texts_of
        from octamem_testing.report.run_report import REASON

        texts = {*texts_in([mark.kwargs.get("memories") for mark in item.iter_markers("octamem")])}
        report.__dict__[REASON] = reason_of(report.longrepr, texts | texts_of(bench.fake) if bench else texts)
    if bench is not None:
        if report.failed:
            from octamem_testing.report.complaints import journal

            report.sections.append(("octamem calls", journal(bench.fake)))
            report.sections.append(("octamem seed", _seed_told(item, bench.seed)))
        if call.when == "teardown":
            if report_path(item.config) is not None:
                from octamem_testing.report.run_report import ATTRIBUTE
                from octamem_testing.report.story import told_of

                report.__dict__[ATTRIBUTE] = told_of(bench.fake, bench.seed)
            del item.stash[BENCH]  # a session would otherwise hold the memories of all its tests
    chaos = item.stash.get(CHAOS, None)
    if chaos is not None and call.when == "call":
        report.sections += [("octamem chaos", str(done)) for done in chaos.reports]
        if report.failed and bench is None:
            report.sections.append(("octamem seed", _seed_told(item, chaos.seed)))
        del item.stash[CHAOS]
    return report


def _seed_told(item: pytest.Item, seed: int) -> str:
    return f"{seed}; run again with: pytest {shlex.quote(node_id(item))} --octamem-seed={seed}"
