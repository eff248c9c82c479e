"""What run, hunt and replay are given, checked before anything runs."""

from __future__ import annotations

import inspect
from typing import Any, Dict, Iterable, Mapping, Tuple

from octamem_testing.static import is_a

from .judge.invariant import Invariant
from .judge.invariants import INVARIANTS
from .scenario.scenario import ScenarioError, is_generator, name_of, target_of

__all__ = [
    "checked_invariants",
    "checked_memories",
    "checked_rounds",
    "checked_scenario",
    "checked_schedule",
    "checked_seed",
    "checked_settings",
]


def checked_scenario(scenario: Any) -> Any:
    """Raise ScenarioError for what does nothing by being called: a generator function, or a class."""
    target = target_of(scenario)
    if is_generator(scenario):
        raise ScenarioError(
            f"{name_of(target)} is a generator function, of which nothing runs when it is called: "
            "return what it claims, in place of yielding it"
        )
    if is_a(target, type):
        raise ScenarioError(f"{name_of(target)} is a class: give a method of an object, or a function that builds one")
    return scenario


def checked_rounds(rounds: Any) -> int:
    """Raise ValueError for what is no number of rounds."""
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise ValueError(f"rounds is {rounds!r}: a number of rounds, 1 or more")
    return rounds


def checked_seed(seed: Any) -> int:
    """Give the seed, 0 for None; raises ValueError for what is no whole number."""
    if seed is None:
        return 0
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed is {seed!r:.80}: a whole number")  # noqa: TRY004 - one error for a number, as above
    return seed


def checked_invariants(invariants: Any) -> Tuple[Invariant, ...]:
    """Give the promises to hold a scenario to, PROMISES for None; raises TypeError for what is no promise."""
    if invariants is None:
        return INVARIANTS
    if isinstance(invariants, (str, bytes)) or not isinstance(invariants, Iterable):
        raise TypeError(f"invariants={invariants!r:.80}: several promises in a list, such as [chaos.Bounded()]")
    given: Tuple[Any, ...] = tuple(invariants)
    for invariant in given:
        if inspect.isclass(invariant):
            raise TypeError(
                f"invariants: {invariant.__name__} is a class: build the invariant, as {invariant.__name__}()"
            )
        if not callable(getattr(invariant, "check", None)) or not isinstance(getattr(invariant, "name", None), str):
            raise TypeError(
                f"invariants: {invariant!r:.80} is no invariant: an object with a `name` and a method check(round), "
                "or by name, from chaos.INVARIANTS"
            )
    return given


def checked_memories(memories: Any) -> Tuple[Any, ...]:
    """Give the memories that the fake is to hold; raises TypeError for one text, which would be as many as letters."""
    if isinstance(memories, (str, bytes)) or not isinstance(memories, Iterable):
        raise TypeError(f"memories={memories!r:.80}: several in a list, such as ['Ana']")
    return tuple(memories)


def checked_settings(settings: Any) -> Dict[str, Any]:
    """Give the settings of the fake; raises TypeError for what is no mapping."""
    if settings is not None and not isinstance(settings, Mapping):
        raise TypeError(f"settings={settings!r:.80}: a mapping of names to values, such as {{'idempotency': True}}")
    return dict(settings or {})


def checked_schedule(schedule: Any) -> str:
    """Raise TypeError for a schedule that is no text."""
    if not isinstance(schedule, str):
        raise TypeError(f"the schedule is {schedule!r:.80}: a fault script, such as 'add: ok, reset @after'")
    return schedule
