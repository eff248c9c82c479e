"""What a hunt did and found, as values that all renderers read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional, Tuple

from octamem_testing.chaos.judge.invariant import Invariant
from octamem_testing.chaos.scenario.trial import Round

__all__ = ["NOT_CAUGHT", "WITHOUT_FAULTS", "FindingValues", "ReportValues"]

NOT_CAUGHT = "httpx, httpx2, requests, urllib3, aiohttp and http.client are caught; other processes and sockets are not"
"""A possible reason if no request came."""
WITHOUT_FAULTS = "none (violated without faults)"
"""What stands for the schedule of a baseline."""


@dataclass(frozen=True)
class FindingValues:
    """The fields of a finding, which `Finding` describes."""

    invariant: Invariant
    evidence: str
    schedule: str
    found: str
    faults: int
    hits: int
    timeline: str
    round: Round = field(repr=False)
    scenario: Callable[..., Any] = field(repr=False)
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    memories: Tuple[Any, ...] = field(default=(), repr=False)
    allow_hosts: Tuple[str, ...] = field(default=(), repr=False)
    searched: Optional[int] = field(default=None, repr=False)
    faults_named: Tuple[str, ...] = field(default=(), repr=False)
    by_default: bool = field(default=True, repr=False)
    alone: bool = field(default=True, repr=False)
    rounds: int = field(default=0, repr=False)
    shrinking: Optional[int] = field(default=None, repr=False)


@dataclass(frozen=True)
class ReportValues:
    """The fields of a report, which `Report` describes."""

    rounds: int
    seed: int
    stages: Mapping[str, int]
    covered: Mapping[str, Tuple[int, int]]
    fired: Mapping[Tuple[str, str], int]
    injection_points: Tuple[str, ...]
    trail: Tuple[Tuple[str, str], ...] = field(repr=False)
    invariants: Tuple[str, ...] = ()
    unmet: Mapping[str, int] = field(default_factory=dict)
    not_tried: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, int] = field(default_factory=dict)
    findings: Tuple[FindingValues, ...] = ()
    ended: str = ""
    left_out: int = 0

    @property
    def by_kind(self) -> Mapping[str, int]:
        """How many attempts met each fault."""
        return self._sums(0)

    @property
    def by_injection_point(self) -> Mapping[str, int]:
        """How many attempts met a fault at each injection point."""
        return self._sums(1)

    def _sums(self, part: int) -> Mapping[str, int]:
        sums: dict[str, int] = {}
        for names, times in self.fired.items():
            sums[names[part]] = sums.get(names[part], 0) + times
        return sums
