"""Chaos: hunt through fault schedules until a promise of a program breaks, and hand back the smallest that breaks it.

`run` raises at the first promise broken, `hunt` reports it, `replay` makes one round of one schedule. A scenario is a
function, sync or async, of one client or of nothing; what it returns is what it claims. Each round has a fresh fake and
runs in virtual time. Everything loads when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from .conduct import Bounded, Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall
    from .engine import hunt, replay, run
    from .fixture import Chaos
    from .outcomes import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer, Recovers
    from .promise import Promise
    from .promises import PROMISES, without
    from .report import ChaosFailure, Finding, Report
    from .round import Arrival, Claims, Round
    from .scenario import ScenarioError
    from .strategies import fault_schedules

__all__ = [
    "PROMISES",
    "AcknowledgedOnce",
    "Arrival",
    "Bounded",
    "Chaos",
    "ChaosFailure",
    "Claims",
    "Delayed",
    "Finding",
    "NothingUnasked",
    "OnlyDocumentedErrors",
    "OwnAnswer",
    "Promise",
    "Recovers",
    "RefusalsNotRepeated",
    "Report",
    "RetryAfterHonoured",
    "Round",
    "SameCall",
    "ScenarioError",
    "fault_schedules",
    "hunt",
    "replay",
    "run",
    "without",
]

_HOMES: Dict[str, str] = {
    "PROMISES": "promises",
    "AcknowledgedOnce": "outcomes",
    "Arrival": "round",
    "Bounded": "conduct",
    "Chaos": "fixture",
    "ChaosFailure": "report",
    "Claims": "round",
    "Delayed": "conduct",
    "Finding": "report",
    "NothingUnasked": "outcomes",
    "OnlyDocumentedErrors": "outcomes",
    "OwnAnswer": "outcomes",
    "Promise": "promise",
    "Recovers": "outcomes",
    "RefusalsNotRepeated": "conduct",
    "Report": "report",
    "RetryAfterHonoured": "conduct",
    "Round": "round",
    "SameCall": "conduct",
    "ScenarioError": "scenario",
    "fault_schedules": "strategies",
    "hunt": "engine",
    "replay": "engine",
    "run": "engine",
    "without": "promises",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from octamem_testing.installed import needed

    with needed(f"{__name__}.{name}"):
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
