"""Chaos: hunt through fault schedules until a program violates an invariant, and return the smallest that does it.

`run` raises for the first violated invariant, `hunt` reports it, and `replay` makes one round of one schedule. A
scenario is a function, sync or async, of one client or of nothing; what it returns is what it claims. Each round has a
fresh fake and runs in virtual time. Each name loads when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from .engine import hunt, replay, run
    from .fixture import Chaos
    from .judge.invariant import Invariant
    from .judge.invariants import INVARIANTS, without
    from .judge.outcome_invariants import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer, Recovers
    from .judge.retry_invariants import Bounded, Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall
    from .scenario.scenario import ScenarioError
    from .scenario.trial import Claims, RequestRecord, Round
    from .show.report import ChaosFailure, Finding, Report
    from .strategies import fault_schedules

__all__ = [
    "INVARIANTS",
    "AcknowledgedOnce",
    "Bounded",
    "Chaos",
    "ChaosFailure",
    "Claims",
    "Delayed",
    "Finding",
    "Invariant",
    "NothingUnasked",
    "OnlyDocumentedErrors",
    "OwnAnswer",
    "Recovers",
    "RefusalsNotRepeated",
    "Report",
    "RequestRecord",
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
    "INVARIANTS": "judge.invariants",
    "AcknowledgedOnce": "judge.outcome_invariants",
    "RequestRecord": "scenario.trial",
    "Bounded": "judge.retry_invariants",
    "Chaos": "fixture",
    "ChaosFailure": "show.report",
    "Claims": "scenario.trial",
    "Delayed": "judge.retry_invariants",
    "Finding": "show.report",
    "NothingUnasked": "judge.outcome_invariants",
    "OnlyDocumentedErrors": "judge.outcome_invariants",
    "OwnAnswer": "judge.outcome_invariants",
    "Invariant": "judge.invariant",
    "Recovers": "judge.outcome_invariants",
    "RefusalsNotRepeated": "judge.retry_invariants",
    "Report": "show.report",
    "RetryAfterHonoured": "judge.retry_invariants",
    "Round": "scenario.trial",
    "SameCall": "judge.retry_invariants",
    "ScenarioError": "scenario.scenario",
    "fault_schedules": "strategies",
    "hunt": "engine",
    "replay": "engine",
    "run": "engine",
    "without": "judge.invariants",
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
