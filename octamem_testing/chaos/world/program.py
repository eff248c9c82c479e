"""The program under test, with what each of its rounds is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable, Mapping, Tuple

from octamem_testing.chaos.scenario.scenario import ScenarioError, takes_client

__all__ = ["Program"]


@dataclass(frozen=True)
class Program:
    """A scenario, the seed, settings and memories of the fake in each round, and the hosts that it may call."""

    scenario: Callable[..., Any]
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    memories: Tuple[Any, ...] = ()
    allow_hosts: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the scenario's parameters; raises ScenarioError unless it takes one client, or nothing."""
        if not callable(self.scenario):
            raise ScenarioError(f"scenario: expected a function of one client or of none, got {self.scenario!r:.80}")
        _ = self.takes_client  # raises for the wrong parameters, before any round

    @cached_property
    def takes_client(self) -> bool:
        """Whether the scenario is given its client."""
        return takes_client(self.scenario)
