"""Filters of calls: which calls a list shows, read from the fields of a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence

from fake_server.core.clock import read_moment
from fake_server.core.wording import alternatives, expected, shown

from .entry import Entry
from .outcome import FLAGS, OUTCOMES, flags, outcome
from .summary import context_of, text_of

__all__ = ["FILTERS", "Filter"]

FILTERS = ("q", "endpoint", "outcome", "flag", "status", "context", "fault", "since", "until")
"""The names of the filters."""


@dataclass(frozen=True)
class Filter:
    """What a call must have to be listed; a filter that is None lets every call pass.

    `q` is looked for in the text, the context, the path and the id, whatever its case. `status` and `fault` are those
    of any attempt; the fault by the beginning of its name. `since` and `until` are ticks, of the latest attempt.
    """

    q: Optional[str] = None
    endpoint: Optional[str] = None
    outcome: Optional[str] = None
    flag: Optional[str] = None
    status: Optional[int] = None
    context: Optional[str] = None
    fault: Optional[str] = None
    since: Optional[int] = None
    until: Optional[int] = None

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Filter:
        """Read a filter from texts by name, other names left aside; raises ValueError, which names the field.

        An empty text is no filter, except for `context`, where it stands for calls without one.
        """
        given = {name: fields[name] for name in FILTERS if fields.get(name) or (name == "context" and name in fields)}
        return cls(
            q=given["q"].casefold() if "q" in given else None,
            endpoint=_one_of("endpoint", given, ("add", "search", "details", "none")),
            outcome=_one_of("outcome", given, OUTCOMES),
            flag=_one_of("flag", given, FLAGS),
            status=_status(given.get("status")),
            context=given.get("context"),
            fault=given.get("fault"),
            since=_moment("since", given),
            until=_moment("until", given),
        )

    def passes(self, entries: Sequence[Entry]) -> bool:
        """Return whether a call is listed, by its attempts, oldest first."""
        if self.outcome is not None and outcome(entries) != self.outcome:
            return False
        return (self.flag is None or self.flag in flags(entries)) and self.counts(entries)

    def counts(self, entries: Sequence[Entry]) -> bool:
        """Return whether a call is counted: as `passes` does, whatever its outcome and flags."""
        first, last = entries[0], entries[-1]
        if self.endpoint is not None and (first.endpoint or "none") != self.endpoint:
            return False
        if self.since is not None and last.ticks < self.since:
            return False
        if self.until is not None and last.ticks >= self.until:
            return False
        if self.status is not None and all(entry.status != self.status for entry in entries):
            return False
        if self.fault is not None and not any((entry.fault or "").startswith(self.fault) for entry in entries):
            return False
        if self.context is not None and (context_of(first) or "") != self.context:
            return False
        return self.q is None or self._holds(first)

    def _holds(self, first: Entry) -> bool:
        texts = (text_of(first), context_of(first), first.path, first.call.id)
        return any(self.q in text.casefold() for text in texts if text and self.q)


def _one_of(name: str, given: Mapping[str, str], choices: Sequence[str]) -> Optional[str]:
    value = given.get(name)
    if value is not None and value not in choices:
        raise ValueError(expected(name, alternatives(choices), shown(value)))
    return value


def _status(text: Optional[str]) -> Optional[int]:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 3):
        raise ValueError(expected("status", "a number of three digits such as 503", shown(text)))
    return int(text)


def _moment(name: str, given: Mapping[str, str]) -> Optional[int]:
    if name not in given:
        return None
    ticks = read_moment(given[name])
    if ticks is None:
        raise ValueError(expected(name, "a date and time such as 2026-01-31T12:00:00Z", shown(given[name])))
    return ticks
