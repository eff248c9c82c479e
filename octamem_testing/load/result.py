"""The result of a load: calls with their percentiles, errors by kind, counts, and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from fake_server.core.wording import plural

from .comparison import Counts

__all__ = ["CallRow", "ErrorRow", "Result", "Shared", "shared"]

MOST_DIFFERENCES = 100
"""Differences that a result names; the counts have all of them."""
_WORDS = {
    "missing": ("acknowledged memory is missing", "acknowledged memories are missing"),
    "stored_twice": ("memory is stored twice", "memories are stored twice"),
    "refused_and_stored": ("refused memory is stored", "refused memories are stored"),
    "never_sent": ("memory is stored that no user sent", "memories are stored that no user sent"),
    "extra_attempts": ("attempt came that no client made", "attempts came that no client made"),
    "not_checked": ("key is not checked", "keys are not checked"),
}


@dataclass(frozen=True)
class CallRow:
    """The calls of one kind; times are in milliseconds, with retries and the waits before them."""

    call: str
    calls: int
    failed: int
    a_second: float
    p50: float
    p99: float
    longest: float


@dataclass(frozen=True)
class ErrorRow:
    """How often a call or an attempt of one kind ended in the same way."""

    call: str
    kind: str
    count: int


@dataclass(frozen=True)
class Shared:
    """What the processes of a load found, added up."""

    counts: Counts = field(default_factory=Counts)
    differences: Tuple[Mapping[str, Any], ...] = ()
    problems: Tuple[str, ...] = ()
    errors: Tuple[ErrorRow, ...] = ()
    failed_attempts: Tuple[ErrorRow, ...] = ()
    attempts: int = 0
    searches: int = 0
    searches_found: int = 0


@dataclass(frozen=True)
class Result:
    """All that a report shows."""

    url: str
    users: int
    workers: int
    faults: str
    calls: Tuple[CallRow, ...]
    shared: Shared
    begun: str = ""
    """When the first user started, in UTC as ISO 8601 has it."""
    seconds: float = 0.0
    """From then to the last answer."""
    client: Mapping[str, Any] = field(default_factory=dict)
    """The options of the clients that the command line gave."""

    @property
    def wrong(self) -> Tuple[str, ...]:
        """What is wrong, in words; empty if every count is right."""
        counts = self.shared.counts
        found = [_words(name, getattr(counts, name)) for name in counts.wrong]
        if not any(row.calls - row.failed for row in self.calls):
            found.append("no call succeeded, so nothing was counted")
        return (*found, *self.shared.problems)

    def plain(self) -> Dict[str, Any]:
        """Return it as the JSON of a report."""
        plain = asdict(self)
        plain.update(plain.pop("shared"))
        return {**plain, "wrong": list(self.wrong)}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Result:
        """Return what `plain` gave."""
        return cls(
            plain["url"],
            plain["users"],
            plain["workers"],
            plain["faults"],
            tuple(CallRow(**row) for row in plain["calls"]),
            Shared(
                Counts.read(plain["counts"]),
                tuple(plain["differences"]),
                tuple(plain["problems"]),
                tuple(ErrorRow(**row) for row in plain["errors"]),
                tuple(ErrorRow(**row) for row in plain["failed_attempts"]),
                plain["attempts"],
                plain["searches"],
                plain["searches_found"],
            ),
            plain["begun"],
            plain["seconds"],
            plain["client"],
        )


def shared(parts: Iterable[Mapping[str, Any]]) -> Shared:
    """Add up what the processes sent: each a dict of JSON values, as `Run.found` makes it."""
    counts = Counts()
    differences: List[Mapping[str, Any]] = []
    problems: List[str] = []
    errors: Counter[Tuple[str, str]] = Counter()
    failed: Counter[Tuple[str, str]] = Counter()
    numbers: Counter[str] = Counter()
    for part in parts:
        counts += Counts.read(part["counts"])
        differences += part["differences"]
        problems += part["problems"]
        errors.update({(call, kind): count for call, kind, count in part["errors"]})
        failed.update({(call, kind): count for call, kind, count in part["failed_attempts"]})
        numbers.update(part["numbers"])
    return Shared(
        counts,
        tuple(differences[:MOST_DIFFERENCES]),
        tuple(dict.fromkeys(problems)),
        _rows(errors),
        _rows(failed),
        numbers["attempts"],
        numbers["searches"],
        numbers["searches_found"],
    )


def _rows(counted: Mapping[Tuple[str, str], int]) -> Tuple[ErrorRow, ...]:
    most_first = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ErrorRow(call, kind, count) for (call, kind), count in most_first)


def _words(name: str, count: int) -> str:
    return plural(count, *_WORDS[name])
