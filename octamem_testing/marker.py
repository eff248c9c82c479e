"""What `@pytest.mark.octamem(...)` asks for, read from all the marks on one test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Protocol, Tuple

__all__ = ["OWN_NAMES", "MarkerError", "Plan", "plan_of"]

OWN_NAMES = ("memories", "faults", "unused", "unexpected")
"""The marker's arguments that are no setting of the fake."""

_OF_THE_TEST = {
    "aliases": "the keys that earlier tests were given stand for this test's own key already",
    "api_key": 'a test has a key of its own; keys=["sk-mine"] gives it this one',
    "clock": "a test has a clock of its own, octamem_clock",
}
"""What `Fake(...)` takes and a marker does not, and why."""


class MarkerError(ValueError):
    """A marker that cannot be read; says which argument and what would do."""


class _Mark(Protocol):
    @property
    def args(self) -> Tuple[Any, ...]: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Plan:
    """What a test asks of its fake before it begins."""

    memories: Tuple[Any, ...] = ()
    faults: Tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_unused: bool = False
    allow_unexpected: bool = False


def plan_of(marks: Iterable[_Mark]) -> Plan:
    """Join the marks of a test, outermost first; raises MarkerError.

    Memories and faults of all marks are put in place, those of the module or class before the function's own; of a
    setting given twice the innermost counts.
    """
    memories: List[Any] = []
    faults: List[str] = []
    settings: Dict[str, Any] = {}
    ways_out = {"unused": "fail", "unexpected": "fail"}
    for mark in marks:
        if mark.args:
            raise MarkerError(f"takes keyword arguments only, such as memories=[...], not {mark.args[0]!r:.80}")
        given = dict(mark.kwargs)
        more = given.pop("memories", ())
        if not isinstance(more, (list, tuple)):
            raise MarkerError(
                f"memories takes a list of texts, of pairs (text, context) or of objects with content, not {more!r:.80}"
            )
        memories.extend(map(_named, more))
        script = given.pop("faults", None)
        if script is not None:
            if not isinstance(script, str):
                raise MarkerError(f'faults takes a script such as "add: 503 x2", not {script!r:.80}')
            faults.append(script)
        for name, outer in ways_out.items():
            chosen = ways_out[name] = given.pop(name, outer)
            if chosen not in ("allow", "fail"):
                raise MarkerError(f'{name} takes "allow" or "fail" (the default), not {chosen!r:.80}')
        for name, why in _OF_THE_TEST.items():
            if name in given:
                raise MarkerError(f"takes no {name}: {why}")
        settings.update(given)
    return Plan(
        tuple(memories), tuple(faults), settings, ways_out["unused"] == "allow", ways_out["unexpected"] == "allow"
    )


def _named(memory: Any) -> Any:
    """Write a pair as an object with its fields' names, as the real service is sent it too; leave the rest as it is."""
    if isinstance(memory, (list, tuple)) and len(memory) == 2:
        return {"content": memory[0], "previousContext": memory[1]}
    return memory
