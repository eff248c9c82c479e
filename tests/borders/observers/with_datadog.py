"""Datadog's tracer, with the spans kept."""

from __future__ import annotations

import sys
from typing import Any, List

from ddtrace import patch
from ddtrace.trace import TraceFilter, tracer

SPANS: List[Any] = []


class Keep(TraceFilter):
    """Keep each span, and send none."""

    def process_trace(self, trace: List[Any]) -> None:
        """Keep the spans of a trace."""
        SPANS.extend(trace)


tracer.configure(trace_processors=[Keep()])
patch(httpx=True)
watching = tracer.trace


def failed(_error: Exception) -> None:
    """Put the error that is handled on the span."""
    tracer.current_span().set_exc_info(*sys.exc_info())


def seen() -> List[Any]:
    """Return the spans, and forget them."""
    spans = [{"name": span.name, "resource": span.resource, "tags": dict(span.get_tags())} for span in SPANS]
    SPANS.clear()
    return spans
