"""Progress: one line every ten seconds of a load, as Locust writes none of its tables in between."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

import gevent
from gevent.pool import Group

from fake_server.core.wording import plural

__all__ = ["show_progress"]

EVERY = 10.0
"""Seconds between two lines."""


def show_progress(environment: Any, *, is_master: bool = False) -> None:
    """Write to standard error how far each load of an environment is, if Locust itself says nothing before the end.

    A master says before that how many workers have come.
    """
    options = environment.parsed_options
    if not (getattr(options, "headless", False) and getattr(options, "only_summary", False)):
        return
    writers = Group()

    def begin(**_: Any) -> None:
        writers.kill(block=False)
        writers.spawn(_write, environment)

    environment.events.test_start.add_listener(begin)
    environment.events.test_stopping.add_listener(lambda **_: writers.kill(block=False))
    if is_master:
        writers.spawn(_wait, environment.runner, options.expect_workers)


def _wait(master: Any, expected: int) -> None:
    while True:
        gevent.sleep(EVERY)
        sys.stderr.write(f"waiting: {master.worker_count} of {plural(expected, 'worker')} came\n")


def _write(environment: Any) -> None:
    begun = monotonic()
    while True:
        gevent.sleep(EVERY)
        total = environment.stats.total
        failed = f", {total.num_failures:,} failed" if total.num_failures else ""
        users = plural(environment.runner.user_count, "user")
        sys.stderr.write(f"{monotonic() - begun:,.0f} s: {users}, {total.num_requests:,} calls{failed}\n")
