"""Chaos: hunt through fault schedules for invariants that a program violates, and return the smallest for each.

`run` raises for what was found, `hunt` reports it, and `replay` makes one round of one schedule. A scenario is a
function, sync or async, of one client or of nothing; what it returns is what it claims. Each round has a fresh fake and
runs in virtual time. Each name loads when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from octamem_testing.lazy import lazy_names

if TYPE_CHECKING:
    from .engine import hunt, replay, run
    from .fixture import Chaos
    from .judge.bounded import Bounded
    from .judge.invariant import Invariant
    from .judge.invariants import INVARIANTS, without
    from .judge.outcome_invariants import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer
    from .judge.recovery import Recovers
    from .judge.retry_invariants import Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall
    from .judge.write_order import WritesInOrder
    from .parted import parts
    from .scenario.scenario import ScenarioError
    from .scenario.trial import Claims, RequestRecord, Round
    from .show.report import ChaosFailure, Finding, Report
    from .strategies import fault_schedules
    from .world.workdir import workdir

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
    "WritesInOrder",
    "fault_schedules",
    "hunt",
    "parts",
    "replay",
    "run",
    "without",
    "workdir",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.engine": ["hunt", "replay", "run"],
        f"{__name__}.fixture": ["Chaos"],
        f"{__name__}.judge.bounded": ["Bounded"],
        f"{__name__}.judge.invariant": ["Invariant"],
        f"{__name__}.judge.invariants": ["INVARIANTS", "without"],
        f"{__name__}.judge.outcome_invariants": [
            "AcknowledgedOnce",
            "NothingUnasked",
            "OnlyDocumentedErrors",
            "OwnAnswer",
        ],
        f"{__name__}.judge.recovery": ["Recovers"],
        f"{__name__}.judge.retry_invariants": [
            "Delayed",
            "RefusalsNotRepeated",
            "RetryAfterHonoured",
            "SameCall",
        ],
        f"{__name__}.judge.write_order": ["WritesInOrder"],
        f"{__name__}.parted": ["parts"],
        f"{__name__}.scenario.scenario": ["ScenarioError"],
        f"{__name__}.scenario.trial": ["Claims", "RequestRecord", "Round"],
        f"{__name__}.show.report": ["ChaosFailure", "Finding", "Report"],
        f"{__name__}.strategies": ["fault_schedules"],
        f"{__name__}.world.workdir": ["workdir"],
    },
)
