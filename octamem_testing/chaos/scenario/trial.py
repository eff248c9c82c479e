"""One trial, or round: the requests that reached the fake, how the scenario ended, and what it claims."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple
from typing import Counter as CounterOf

from octamem_testing.report.timeline import timeline

from .calls import What, in_calls, in_sweeps
from .reruns import Reruns
from .trace import Trace

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.entry import Entry
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["ROUNDS", "STAGES", "Claims", "RequestRecord", "Round"]

ROUNDS = 200
"""Rounds of a hunt by default, in which every bug of our corpus is found."""
STAGES: Tuple[str, ...] = (
    *("kept", "single", "alike", "persistent", "knock-out"),
    *("pairs", "interleave", "runs", "odd", "triples", "swarm"),
)
"""The stages of a hunt after the baseline, in their order."""


@dataclass
class RequestRecord:
    """One request as it reached the fake, and its result; the last fields are filled in as the round goes on.

    `number` counts the requests of the round from 1, `nth` those of its endpoint and key. `text` is its content or
    query, and `context` its context, None if the body has none. `token` is its Idempotency-Key, `announced` its
    X-OctaMem-Attempt. Moments are ticks (microseconds) of the fake's clock: `at` when it came, `known` when the client
    learned its result, None if it never did. `retry_after` is in seconds from `at`. `of_client` says whether the client
    that the scenario was given sent it, or a copy of that client, None if nobody looked; `of_scenario` whether the
    scenario's own task sent it. `account` numbers the keys, and `sender` the tasks and threads that send, both from 1
    in the order of their first requests. `life` numbers the processes of a round from 1: a crash begins a new one.
    `caller` numbers those who send requests like this one: a task or thread that
    was there before such a request, and did not start its sender, is another caller, and does not retry it.
    """

    number: int
    endpoint: Optional[str]
    nth: int
    at: int
    entry: Entry = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    text: Optional[str] = field(default=None, repr=False)
    context: Optional[str] = field(default=None, repr=False)
    authorization: Optional[str] = field(default=None, repr=False)
    token: Optional[str] = None
    announced: Optional[str] = None
    of_client: Optional[bool] = None
    of_scenario: bool = False
    account: int = 1
    sender: int = 1
    life: int = 1
    caller: int = 1
    known: Optional[int] = None
    fault: Optional[str] = None
    status: Optional[int] = None
    retry_after: Optional[float] = None

    @property
    def name(self) -> str:
        """The injection point in words, such as "add 2", or "add 2 of key 2" for another than the round's first key."""
        point = f"{self.endpoint or 'elsewhere'} {self.nth}"
        return point if self.account == 1 else f"{point} of key {self.account}"

    @property
    def delivered(self) -> bool:
        """Whether a success was sent, whole and unspoilt, and nothing is known to have kept it from the client."""
        return self.entry.delivered

    @property
    def refused(self) -> bool:
        """Whether the client learned for certain that nothing was carried out."""
        return self.status is not None and 400 <= self.status <= 499 and not self.entry.lost

    @property
    def what(self) -> What:
        """The endpoint and the body, which every attempt of a call has in common."""
        return self.endpoint, self.body


@dataclass(frozen=True)
class Claims:
    """What a scenario says by what it returns: the texts that are saved, and the answers that it was given.

    `answers` are pairs of a text, the note or the question, and an AddResult or SearchResult. `made` says whether the
    scenario claimed anything at all.
    """

    saved: Tuple[str, ...] = ()
    answers: Tuple[Tuple[str, Any], ...] = field(default=(), repr=False)
    made: bool = False

    @property
    def amount(self) -> CounterOf[str]:
        """How often each text is claimed, as saved or as answered."""
        # An AddResult under its note claims both: once is enough.
        return Counter(self.saved) | Counter(text for text, _ in self.answers)


@dataclass(frozen=True)
class Round:
    """One round that has ended: its schedule, its requests, the result of the scenario, and the fake after it.

    `schedule` is the fault script that was armed, "" for none; `stage` says which part of the hunt it belongs to.
    `error` is what the scenario raised, None if it ended well; `returned` is what it returned, and `claims` what that
    claims. `seconds` is how long it took in virtual time. `interrupted_at` is the number of the request at which it was
    cancelled or its client closed, None if it was not. `leftover` are the requests after the scenario had ended.
    `stopped` says why the round was stopped from outside, None if it was not. `reference` is the baseline, None in the
    baseline itself. `outside` counts the calls to other hosts than OctaMem's, by host.
    `reruns` make the round again with a change, None in such a round itself. `lives` is how many processes it had, 1
    unless it crashed: `requests`, `seconds` and what is stored are those of all of them, and how it ended and what it
    claims is of the last.
    `used_random` says whether the program drew from `random`, `concurrent` whether requests were in
    flight at the same time, or could have been, `interleaved` whether the schedule says who goes first, and `choices`
    how often there was someone else who could. `in_series` says of a rerun whether its threads and tasks could go one
    after the other, and `trace` has the lines of a rerun that follows texts, None in any other.
    """

    number: int
    stage: str
    schedule: str
    seed: int
    requests: Tuple[RequestRecord, ...]
    claims: Claims
    returned: Any = field(repr=False)
    error: Optional[BaseException]
    seconds: float
    interrupted_at: Optional[int]
    leftover: Tuple[RequestRecord, ...]
    stopped: Optional[str]
    fake: Fake = field(repr=False)
    clock: VirtualClock = field(repr=False)
    reference: Optional[Round] = field(default=None, repr=False)
    outside: Mapping[str, int] = field(default_factory=dict, repr=False)
    reruns: Optional[Reruns[Round]] = field(default=None, repr=False)
    lives: int = 1
    used_random: bool = False
    concurrent: bool = False
    interleaved: bool = False
    choices: int = 0
    in_series: bool = False
    trace: Optional[Trace] = field(default=None, repr=False)

    @property
    def baseline(self) -> Round:
        """The baseline, which is this round itself if it has no schedule."""
        return self if self.reference is None else self.reference

    @property
    def hits(self) -> Tuple[RequestRecord, ...]:
        """The requests that met a fault."""
        return tuple(request for request in self.requests if request.fault is not None)

    @property
    def met(self) -> bool:
        """Whether any step of the schedule made a difference."""
        return bool(self.hits or self.choices)

    @cached_property
    def asked(self) -> CounterOf[What]:
        """How often each (endpoint, body) was sent."""
        return Counter(request.what for request in self.requests)

    @cached_property
    def alike(self) -> Mapping[What, Sequence[RequestRecord]]:
        """The requests with the same endpoint and body."""
        found: Dict[What, List[RequestRecord]] = {}
        for request in self.requests:
            found.setdefault(request.what, []).append(request)
        return found

    @cached_property
    def stored(self) -> CounterOf[Tuple[str, str]]:
        """How often each (content, context) is stored, under all keys together."""
        return Counter((memory.content, memory.context) for memory in self.fake.memories())

    @property
    def timeline(self) -> str:
        """The calls of the round with their attempts, as text without the texts of memories."""
        return timeline(self.fake)

    @cached_property
    def _calls(self) -> Calls:
        return in_calls(self.requests, self.baseline.alike)

    @cached_property
    def groups(self) -> Calls:
        """The requests grouped by what may be one call: its first attempt and its retries, oldest first.

        They have the same endpoint, body and account. If the baseline sends one several times, as several calls,
        attempts belong together that the journal counts to one call. A program that comes back to a call after a real
        wait, as a sweep of what is left unsent does, makes another call.
        """
        return in_sweeps(self._calls, self.requests)

    @cached_property
    def retries(self) -> Pairs:
        """Each attempt that failed, with the next of the same call: a retry, whoever makes it."""
        return _pairs(self.groups)

    @cached_property
    def repeats(self) -> Pairs:
        """The retries, and each call that failed with the one by which the program comes back to it."""
        return _pairs(self._calls)


Calls = Tuple[Tuple[RequestRecord, ...], ...]
Pairs = Tuple[Tuple[RequestRecord, RequestRecord], ...]


def _pairs(calls: Calls) -> Pairs:
    return tuple((before, after) for call in calls for before, after in zip(call, call[1:]) if not before.delivered)
