"""The arguments of run, hunt and replay, checked before anything runs."""

from __future__ import annotations

import inspect
import re
from math import inf
from os import PathLike
from pathlib import Path
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from octamem_testing.static import is_a
from octamem_testing.wiring import HOST
from octamem_testing.wiring.urls import parsed, url_of

from .judge.invariant import Invariant
from .judge.invariants import INVARIANTS, worst_first
from .scenario.scenario import ScenarioError, is_generator, name_of, target_of

__all__ = [
    "checked_database",
    "checked_hosts",
    "checked_invariants",
    "checked_jobs",
    "checked_memories",
    "checked_part",
    "checked_parts",
    "checked_rounds",
    "checked_scenario",
    "checked_schedule",
    "checked_seconds",
    "checked_seed",
    "checked_settings",
    "checked_unmet",
]


MOST_JOBS = 64
"""The most processes that share a hunt: each costs a fork and memory, whatever it finds."""
MOST_PARTS = 64
"""The most parts of a hunt: each makes a baseline, and shrinks, by itself."""


def _wrong(path: str, expected: str, got: Any) -> str:
    """Return the message for an argument that is not as expected."""
    return f"{path}: expected {expected}, got {got!r:.80}"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def checked_scenario(scenario: Any) -> Any:
    """Return the scenario; raises ScenarioError for a generator function or a class, as calling one runs no program."""
    target = target_of(scenario)
    if is_generator(scenario):
        raise ScenarioError(
            f"scenario: {name_of(target)} is a generator function, and calling it runs nothing; "
            "return what it claims instead of yielding it"
        )
    if is_a(target, type):
        raise ScenarioError(
            f"scenario: expected a function, got the class {name_of(target)}; "
            "pass a method of an object, or a function that builds one"
        )
    return scenario


def checked_database(database: Any, name: str = "database") -> Optional[Path]:
    """Return a directory by the name of its argument, None for none; raises TypeError unless it is a path."""
    if database is None:
        return None
    if not isinstance(database, (str, PathLike)):
        raise TypeError(_wrong(name, "a directory such as '.octamem/chaos'", database))
    return Path(database)


def checked_seconds(seconds: Any) -> Optional[float]:
    """Return the seconds of a hunt, None for no limit; raises ValueError unless they are a number above 0."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < inf:
        raise ValueError(f"seconds must be a number above 0, got {seconds!r:.80}")
    return float(seconds)


def checked_rounds(rounds: Any, seconds: Optional[float] = None) -> Optional[int]:
    """Return the number of rounds; raises ValueError unless it is an int of at least 1, or None beside seconds."""
    if rounds is None:
        if seconds is None:
            instead = "pass seconds= to end the hunt by time alone"
            raise ValueError(f"rounds must be an int of at least 3, got {rounds!r}; {instead}")
        return None
    if not _is_int(rounds) or rounds < 1:
        raise ValueError(f"rounds must be an int of at least 3, got {rounds!r:.80}")
    return int(rounds)


def checked_seed(seed: Any) -> int:
    """Return the seed, 0 for None; raises ValueError unless it is an int."""
    if seed is None:
        return 0
    if not _is_int(seed):
        raise ValueError(f"seed must be an int, got {seed!r:.80}")
    return int(seed)


def checked_invariants(invariants: Any) -> Tuple[Invariant, ...]:
    """Return the invariants to check, the worst first; raises TypeError for anything else than invariants."""
    if invariants is None:
        return INVARIANTS
    if isinstance(invariants, (str, bytes)) or not isinstance(invariants, Iterable):
        raise TypeError(_wrong("invariants", "a list such as [chaos.Bounded()]", invariants))
    given: Tuple[Any, ...] = tuple(invariants)
    for number, invariant in enumerate(given):
        path = f"invariants[{number}]"
        if inspect.isclass(invariant):
            name = invariant.__name__
            raise TypeError(f"{path}: expected an instance, got the class {name}; write {name}()")
        if not callable(getattr(invariant, "check", None)) or not isinstance(getattr(invariant, "name", None), str):
            raise TypeError(
                f"{_wrong(path, 'an object with a name and a method check(round)', invariant)}; "
                "those of the kit are in chaos.INVARIANTS"
            )
    return worst_first(given)


def checked_hosts(hosts: Any) -> Tuple[str, ...]:
    """Return the hosts that may be called, in lower case; raises TypeError or ValueError for one that is no host."""
    if isinstance(hosts, (str, bytes)) or not isinstance(hosts, Iterable):
        raise TypeError(_wrong("allow_hosts", "a list such as ['api.example.com']", hosts))
    given: Tuple[Any, ...] = tuple(hosts)
    for number, host in enumerate(given):
        path = f"allow_hosts[{number}]"
        if not isinstance(host, str):
            raise TypeError(_wrong(path, "a host such as 'api.example.com' or '*.internal'", host))
        if not host or parsed(f"//{host}") != url_of("", host, None):
            raise ValueError(
                f"{_wrong(path, 'the name of a host alone', host)}; "
                "write it without scheme, port and path, as in 'api.example.com' or '*.internal'"
            )
        if url_of("", host, None).host == HOST:
            raise ValueError(
                f"{path}: expected another host than OctaMem's, got {host!r}; remove it, its calls are caught"
            )
    return tuple(url_of("", host, None).host for host in given)


def checked_jobs(jobs: Any, refused: Optional[str]) -> int:
    """Return the number of processes; raises ValueError unless it is an int from 1 on, and 1 if none can fork."""
    if not _is_int(jobs) or not 1 <= jobs <= MOST_JOBS:
        raise ValueError(
            f"jobs must be an int from 1 to {MOST_JOBS}, got {jobs!r:.80}; one for each processor is enough"
        )
    if jobs > 1 and refused is not None:
        raise ValueError(f"jobs must be 1 here, got {jobs}: {refused}")
    return int(jobs)


def checked_parts(number: Any) -> None:
    """Raise ValueError unless the number of all parts of a hunt is an int from 1 to the most."""
    if not _is_int(number) or not 1 <= number <= MOST_PARTS:
        raise ValueError(_wrong("parts", f"a number from 1 to {MOST_PARTS}", number))


def checked_part(
    part: Any, shared: Any, *, jobs: int, seconds: Optional[float], leave_out: bool
) -> Tuple[Optional[Tuple[int, int]], Optional[Path]]:
    """Return the number of the part and that of all parts, and their directory; None for each that is not given.

    Raises TypeError or ValueError for a part or a directory that cannot be, for one without the other, and for what
    cannot be combined with them.
    """
    if part is None:
        for name, given in (("shared", shared is not None), ("leave_out", leave_out)):
            if given:
                raise ValueError(f"{name}: expected part= beside it, got None; name the part, as in part='2/4'")
        return None, None
    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", part) if isinstance(part, str) else None
    if found is None or not int(found[1]) <= int(found[2]) <= MOST_PARTS:
        expected = f"one of at most {MOST_PARTS} parts"
        raise ValueError(f"{_wrong('part', expected, part)}; write '2/4' for the second of four")
    if shared is None and not leave_out:
        raise ValueError(f"shared: expected a directory beside part={part!r}, got None; name one that all parts share")
    for name, value, without in (("jobs", jobs, 1), ("seconds", seconds, None)):
        if value != without:
            raise ValueError(f"{name}={value:g} cannot be combined with part={part!r}; leave it out")
    return (int(found[1]), int(found[2])), checked_database(shared, "shared")


def checked_memories(memories: Any) -> Tuple[Any, ...]:
    """Return the memories of the fake; raises TypeError for a single str, which would be taken for its letters."""
    if isinstance(memories, (str, bytes)) or not isinstance(memories, Iterable):
        raise TypeError(_wrong("memories", "a list such as ['Ana']", memories))
    return tuple(memories)


def checked_settings(settings: Any) -> Dict[str, Any]:
    """Return the settings of the fake; raises TypeError unless they are a mapping."""
    if settings is not None and not isinstance(settings, Mapping):
        raise TypeError(_wrong("settings", "a dict such as {'idempotency': True}", settings))
    return dict(settings or {})


def checked_schedule(schedule: Any) -> str:
    """Return the schedule; raises TypeError unless it is a str."""
    if not isinstance(schedule, str):
        raise TypeError(_wrong("schedule", "a str such as 'add: ok, reset @after'", schedule))
    return schedule


def checked_unmet(unmet: Any) -> str:
    """Return `unmet`; raises ValueError unless it is "fail" or "allow"."""
    if unmet not in ("fail", "allow"):
        raise ValueError(_wrong("unmet", "'fail' or 'allow'", unmet))
    return str(unmet)
