"""New Relic's agent in its developer mode, which sends nothing."""

from __future__ import annotations

from typing import Any, List

import newrelic.agent
import newrelic.core.agent

newrelic.agent.initialize()
application = newrelic.agent.register_application(timeout=60)


def watching(name: str) -> newrelic.agent.BackgroundTask:
    """Watch a block."""
    return newrelic.agent.BackgroundTask(application, name=name)


def failed(_error: Exception) -> None:
    """Notice the error that is handled."""
    newrelic.agent.notice_error()


def seen() -> List[Any]:
    """Return the names of the metrics, the errors and the spans, and forget them."""
    stats = newrelic.core.agent.agent_instance().application(application.name)._stats_engine
    found = [name for name, _ in stats.stats_table]
    found += [repr(each) for each in [*stats.error_data(), *stats.span_events]]
    stats.reset_stats(stats.settings, reset_stream=True)
    return found
