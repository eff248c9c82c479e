"""What one round of chaos was: the requests that arrived, how the scenario ended, and what it claims."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple
from typing import Counter as CounterOf

from octamem_testing.report.timeline import timeline

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.journal import Entry
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["PHASES", "ROUNDS", "Claims", "RequestRecord", "Round"]

ROUNDS = 200
"""Rounds of a hunt where nothing is said: our own choice, in which every bug of our corpus is found."""
PHASES: Tuple[str, ...] = ("single", "persistent", "knock-out", "pairs", "triples", "swarm")
"""The phases of a search, in their order."""


@dataclass
class RequestRecord:
    """One request as it reached the fake, and what became of it; the last fields are filled in as it goes.

    `number` counts the requests of the round from 1, `nth` those of its endpoint (and key). `text` and `context` are
    its content or query and its context, None where the body has none. `token` is its Idempotency-Key, `announced` its
    X-OctaMem-Attempt. Moments are ticks (microseconds) of the fake's clock: `at` when it came, `known` when the client
    learned what came of it, None where it never did. `retry_after` is in seconds from `at`. `of_client` says whether it
    came from the client that the scenario was given, or a copy of it, None where nobody looked; `of_scenario` whether
    the scenario's own task sent it. `account` numbers the keys, and `sender` the tasks and threads that send, both from
    1 in the order of their first requests.
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
    known: Optional[int] = None
    fault: Optional[str] = None
    status: Optional[int] = None
    retry_after: Optional[float] = None

    @property
    def name(self) -> str:
        """The place in words, such as "add 2", or "add 2 of key 2" where it is not the round's first key."""
        place = f"{self.endpoint or 'elsewhere'} {self.nth}"
        return place if self.account == 1 else f"{place} of key {self.account}"

    @property
    def delivered(self) -> bool:
        """Whether a success was sent, whole and unspoilt, and nothing is known that kept it from the client."""
        return self.entry.delivered

    @property
    def refused(self) -> bool:
        """Whether the client was told for certain that nothing was carried out."""
        return self.status is not None and 400 <= self.status <= 499 and not self.entry.lost

    @property
    def what(self) -> Tuple[Optional[str], bytes]:
        """What was asked: the endpoint and the body, the same for every attempt of a call."""
        return self.endpoint, self.body


@dataclass(frozen=True)
class Claims:
    """What a scenario says of itself by what it returns: texts that are saved, and the answers that it was given.

    `answers` are pairs of a text, the note or the question, and an AddResult or SearchResult. `made` says whether it
    claimed anything at all.
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
    """One round, over: what was armed, what arrived, what the scenario did, and the fake as it stands after it.

    `schedule` is the fault script that was armed, "" for none; `phase` says which part of the search it belongs to.
    `error` is what the scenario ended with, None where it ended well; `returned` what it returned, `claims` what that
    claims. `seconds` is how long it took in virtual time. `interrupted_at` is the number of the request at which it was
    cancelled or its client closed, None where it was not; `leftover` are the arrivals after the scenario had ended.
    `stopped` says why the round was ended from outside, None where it was not. `reference` is the round without faults,
    None in that round itself.
    """

    number: int
    phase: str
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

    @property
    def baseline(self) -> Round:
        """The round without faults, which is this round itself if nothing was armed in it."""
        return self if self.reference is None else self.reference

    @property
    def hits(self) -> Tuple[RequestRecord, ...]:
        """The arrivals that met a fault."""
        return tuple(arrival for arrival in self.requests if arrival.fault is not None)

    @cached_property
    def asked(self) -> CounterOf[Tuple[Optional[str], bytes]]:
        """How often each (endpoint, body) was sent."""
        return Counter(arrival.what for arrival in self.requests)

    @cached_property
    def stored(self) -> CounterOf[Tuple[str, str]]:
        """How often each (content, context) is stored, under all keys together."""
        return Counter((memory.content, memory.context) for memory in self.fake.memories())

    @property
    def timeline(self) -> str:
        """The calls of the round with their attempts, as text without any memory's."""
        return timeline(self.fake)

    @cached_property
    def groups(self) -> Tuple[Tuple[RequestRecord, ...], ...]:
        """The arrivals grouped by what may be one call: its first attempt and whatever repeats it, oldest first.

        That is the same (endpoint, body); where the round without faults sends one several times, as several calls,
        attempts belong together that the journal counts to one call.
        """
        often = self.baseline.asked
        found: Dict[Tuple[object, ...], List[RequestRecord]] = {}
        for arrival in self.requests:
            call = arrival.entry.call.id if often[arrival.what] > 1 else ""
            found.setdefault((*arrival.what, call), []).append(arrival)
        return tuple(tuple(group) for group in found.values())

    @cached_property
    def retries(self) -> Tuple[Tuple[RequestRecord, RequestRecord], ...]:
        """Each attempt that failed, with the next of the same call: what a retry is, whoever makes it."""
        return tuple(
            (before, after) for group in self.groups for before, after in zip(group, group[1:]) if not before.delivered
        )
