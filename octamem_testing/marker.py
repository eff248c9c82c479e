"""The test plan: what all `@pytest.mark.octamem(...)` marks on one test ask for together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Protocol, Tuple

from .checks import mismatch
from .verdicts import EXPECTED, VERDICTS

__all__ = ["OWN_NAMES", "MarkerError", "Plan", "plan_of"]

OWN_NAMES = ("memories", "faults", "unused", "unexpected", "verdict", "virtual_time")
"""The marker's own arguments; all others are settings of the fake."""

_OF_THE_TEST = {
    "aliases": "the keys of earlier tests already open this test's memories",
    "api_key": 'each test has its own key; to choose it, write keys=["sk-mine"]',
    "clock": "each test has its own clock, octamem_clock",
}
"""The arguments of `Fake(...)` that a marker refuses, and why."""


class MarkerError(ValueError):
    """A marker with a wrong argument; the message names it and says what to write."""


class _Mark(Protocol):
    @property
    def args(self) -> Tuple[Any, ...]: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Plan:
    """What a test asks of its fake before the test begins."""

    memories: Tuple[Any, ...] = ()
    faults: Tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_unused: bool = False
    allow_unexpected: bool = False
    verdict: Optional[str] = None
    """What becomes of the test if it passes and shows a bug, None for the choice of the run."""
    virtual_time: bool = False


def plan_of(marks: Iterable[_Mark]) -> Plan:
    """Return the plan of a test from its marks, outermost first; raises MarkerError.

    The memories and faults of all marks count, those of the module or class before the function's own. If a setting is
    given twice, the innermost mark counts.
    """
    memories: List[Any] = []
    faults: List[str] = []
    settings: Dict[str, Any] = {}
    checks = {"unused": "fail", "unexpected": "fail"}
    verdict: Optional[str] = None
    virtual_time = False
    for mark in marks:
        if mark.args:
            raise MarkerError(f"expected keyword arguments such as memories=[...], got {mark.args[0]!r:.80}")
        given = dict(mark.kwargs)
        more = given.pop("memories", ())
        if not isinstance(more, (list, tuple)):
            raise MarkerError(mismatch("memories", "a list of str, (str, context) pairs or dicts with content", more))
        memories.extend(map(_named, more))
        script = given.pop("faults", None)
        if script is not None:
            if not isinstance(script, str):
                raise MarkerError(mismatch("faults", 'a str such as "add: 503 x2"', script))
            faults.append(script)
        for name, outer in checks.items():
            chosen = checks[name] = given.pop(name, outer)
            if chosen not in ("allow", "fail"):
                raise MarkerError(mismatch(name, '"allow" or "fail"', chosen))
        verdict = given.pop("verdict", verdict)
        if verdict is not None and verdict not in VERDICTS:
            raise MarkerError(mismatch("verdict", EXPECTED, verdict))
        virtual_time = given.pop("virtual_time", virtual_time)
        if not isinstance(virtual_time, bool):
            raise MarkerError(mismatch("virtual_time", "True or False", virtual_time))
        for name, why in _OF_THE_TEST.items():
            if name in given:
                raise MarkerError(f"{name} cannot be set: {why}")
        settings.update(given)
    return Plan(
        tuple(memories),
        tuple(faults),
        settings,
        allow_unused=checks["unused"] == "allow",
        allow_unexpected=checks["unexpected"] == "allow",
        verdict=verdict,
        virtual_time=virtual_time,
    )


def _named(memory: Any) -> Any:
    """Return a pair as a dict with the field names of the real service, and any other memory unchanged."""
    if isinstance(memory, (list, tuple)) and len(memory) == 2:
        return {"content": memory[0], "previousContext": memory[1]}
    return memory
