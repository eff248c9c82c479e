"""The hooks around each test: which tests are skipped, which fail after they passed, and what a report shows."""

from __future__ import annotations

import shlex
import sys
from typing import Any, Generator, List

import pytest

from .escapes import escapes, fail_escapes, warn_of_late_calls
from .options import live, report_path
from .plan import (
    CHAOS,
    CONTEXT,
    build_context,
    fail_unread_marks,
    has_unread_marks,
    load_early,
    node_id,
    plan_for,
    skip_live,
)
from .tracebacks import hide_sdk
from .verdict import attach, judge
from .virtual_time import begin_early, in_virtual_time, suspended

__all__ = [
    "pytest_fixture_setup",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_setup_done",
    "pytest_runtest_teardown",
]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Load what the fixtures of the test need, or skip a test that needs the fake in a run against the real service."""
    if live(item.config):
        from .live import obstacle

        plan = plan_for(item)
        what = obstacle(getattr(item, "fixturenames", ()), plan)
        if what:
            skip_live(what)
        if plan.memories:
            build_context(item, "@pytest.mark.octamem")  # fails a test with wrong memories
    else:
        load_early(item)
        if in_virtual_time(item):
            begin_early(item)


@pytest.hookimpl(wrapper=True, specname="pytest_runtest_setup")
def pytest_runtest_setup_done(item: pytest.Item) -> Generator[None, None, None]:
    """Fail, before its call, a test with wrong marks, or with unread marks that must be read."""
    try:
        yield  # a skipped test ends here
    except pytest.fail.Exception as error:
        _point_beyond(error)
        raise
    if has_unread_marks(item):
        build_context(item, "@pytest.mark.octamem")
        from .unread_marks import may_request_later

        if not may_request_later(item):
            fail_unread_marks(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """Set a fixture that outlives its test up in real time, even if the test is in virtual time."""
    with suspended(fixturedef.scope):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that passed although a call was refused, a fault was not injected, or a route was unknown."""
    yield
    fail_escapes()
    if has_unread_marks(item):
        fail_unread_marks(item)
    context = item.stash.get(CONTEXT, None)
    if context is not None:
        from octamem_testing.report.complaints import complaints

        message = complaints(context.fake, unused=not context.allow_unused, unexpected=not context.allow_unexpected)
        if message:
            pytest.fail(message, pytrace=False)
        judge(item, context)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Report a call that was refused while the fixtures of a test were torn down."""
    yield
    warn_of_late_calls(item)
    fail_escapes()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the calls and the seed to the report of a failing test, whose traceback ends at a line of its own."""
    hide_sdk(call)
    report = yield
    attach(item, report)
    context = item.stash.get(CONTEXT, None)
    if report.failed and call.excinfo is not None and isinstance(call.excinfo.value, (TypeError, AttributeError)):
        from .wider_scopes import unittest_remedy

        remedy = unittest_remedy(item, call.excinfo.value)
        report.sections += [("octamem fixtures", remedy)] if remedy else []
    refused = escapes() if report.failed else ""
    if refused:
        report.sections.append(("octamem refused calls", refused))
    if report.failed and call.excinfo is not None and "octamem_testing.chaos.show.report" in sys.modules:
        from octamem_testing.chaos.fixture import finding_without_texts, rendered_failure

        found = finding_without_texts(call.excinfo.value)
        if found is not None and report_path(item.config) is not None:
            _show_chaos(report, [found])
        report.longrepr = rendered_failure(call.excinfo.value, item.config.rootpath) or report.longrepr
    if report.failed and report_path(item.config) is not None:
        from octamem_testing.report.failure_reason import failure_reason, texts_in, texts_of
        from octamem_testing.report.run_report import REASON

        texts = {*texts_in([mark.kwargs.get("memories") for mark in item.iter_markers("octamem")])}
        report.__dict__[REASON] = failure_reason(report.longrepr, texts | texts_of(context.fake) if context else texts)
    if context is not None:
        if report.failed:
            from octamem_testing.report.complaints import journal

            report.sections.append(("octamem calls", journal(context.fake)))
            report.sections.append(("octamem seed", _seed_line(item, context.seed)))
        if call.when == "teardown":
            if report_path(item.config) is not None:
                from octamem_testing.report.run_report import ATTRIBUTE
                from octamem_testing.report.story import values_of

                report.__dict__[ATTRIBUTE] = values_of(context.fake, context.seed)
            del item.stash[CONTEXT]  # else a session holds the memories of all its tests
    chaos = item.stash.get(CHAOS, None)
    if chaos is not None and call.when == "call":
        report.sections += [("octamem chaos", str(each)) for each in chaos.reports]
        if report_path(item.config) is not None:
            _show_chaos(report, [str(each) for each in chaos.reports])
        if report.failed and context is None:
            report.sections.append(("octamem seed", _seed_line(item, chaos.last_seed)))
        del item.stash[CHAOS]
    return report


def _show_chaos(report: pytest.TestReport, texts: List[str]) -> None:
    """Let the page of the run show what hunts found."""
    from octamem_testing.report.run_report import CHAOS as ATTRIBUTE

    report.__dict__[ATTRIBUTE] = [*report.__dict__.get(ATTRIBUTE, []), *texts]


def _point_beyond(error: BaseException) -> None:
    """Let a mismatch of scopes say what to use in the place of a fixture of the kit."""
    message = str(getattr(error, "msg", ""))
    if message.startswith("ScopeMismatch"):
        from .wider_scopes import scope_remedy

        vars(error)["msg"] = message + scope_remedy(message)


def _seed_line(item: pytest.Item, seed: int) -> str:
    return f"{seed}; run again with: pytest {shlex.quote(node_id(item))} --octamem-seed={seed}"
