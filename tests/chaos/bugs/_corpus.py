"""The corpus as values: what each bug is, and the scenarios that a hunt is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Tuple

from ._world import Client, Program, World, run_blocking

RETRIED = "retried or not"
DELAY = "delay or cap"
STATE = "state"
BEYOND = "not in the study"
"""Crashes, the order of writes, limits of accounts, circuit breakers, and what is wrong without a fault."""
ORDER = "order"
"""Races: bugs of the order of threads and tasks, of which that study has none."""
FAMILIES = (RETRIED, DELAY, STATE)
"""The families of the published study of 70 retry bugs in 8 systems (SOSP 2024), which found 36, 33 and 31 %."""


@dataclass(frozen=True)
class Bug:
    """One planted bug and its cure.

    `breaks` names the invariants that it may violate, `faults` the most faults that it takes. `settings` are those of
    the fake, `retries` those of the client that the program is given, and `raw` says that it does not use the SDK.
    `ways` are those in which it can exist.
    """

    family: str
    planted: Program
    cured: Program
    breaks: Tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    retries: int = 0
    raw: bool = False
    faults: int = 1
    ways: Tuple[str, ...] = ("sync", "async")

    @property
    def name(self) -> str:
        return self.planted.__module__.rpartition(".")[2]

    @property
    def says(self) -> str:
        """The bug in one sentence."""
        return (self.planted.__doc__ or "").strip()

    @property
    def cure(self) -> str:
        """The cure in one sentence."""
        return (self.cured.__doc__ or "").strip()

    def scenario(self, which: str, way: str) -> Callable[..., Any]:
        """Return the "planted" or the "cured" program as a scenario of chaos, "sync" or "async"."""
        program: Program = getattr(self, which)
        made = _SCENARIOS[way, self.raw](program, self.retries)
        made.__name__ = made.__qualname__ = f"{self.name}_{which}"
        return made


def _sync(program: Program, retries: int) -> Callable[..., Any]:
    def scenario(client: Client) -> Any:
        return run_blocking(program, World(client, blocks=True).using(max_retries=retries))

    return scenario


def _async(program: Program, retries: int) -> Callable[..., Any]:
    async def scenario(client: Client) -> Any:
        return await program(World(client, blocks=False).using(max_retries=retries))

    return scenario


def _sync_raw(program: Program, _: int) -> Callable[..., Any]:
    def scenario() -> Any:
        return run_blocking(program, World(blocks=True))

    return scenario


def _async_raw(program: Program, _: int) -> Callable[..., Any]:
    async def scenario() -> Any:
        return await program(World(blocks=False))

    return scenario


_SCENARIOS: Dict[Tuple[str, bool], Callable[[Program, int], Callable[..., Any]]] = {
    ("sync", False): _sync,
    ("async", False): _async,
    ("sync", True): _sync_raw,
    ("async", True): _async_raw,
}


def collected() -> Tuple[Bug, ...]:
    """Load every program beside this file."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return tuple(import_module(f"{__package__}.{name}").BUG for name in names)
