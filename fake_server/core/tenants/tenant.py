"""The state of one key: its memories, settings, limits, clock, faults and journal."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from math import ceil
from sys import intern
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from fake_server.core.bounds import Bounds
from fake_server.core.budget import Budget
from fake_server.core.changes import (
    AnswerKept,
    Change,
    Counted,
    Counters,
    KeySettingsChanged,
    Stored,
    nothing,
)
from fake_server.core.clock import TICKS, Clock
from fake_server.core.custom_search import HITS_GIVEN, Ranker, ranked, takes_hits
from fake_server.core.faults.armed import Armed
from fake_server.core.journal.feed import Feed
from fake_server.core.journal.journal import Journal
from fake_server.core.known_keys import KnownKeys
from fake_server.core.memory import Memory
from fake_server.core.search.languages import language
from fake_server.core.settings import Settings
from fake_server.core.transactions import Transactions

from .answers import KeptAnswers, digest
from .store import Hits, Store

__all__ = ["Rate", "Tenant"]


class Rate:
    """A request rate limit: so many calls in a window that begins with its first call."""

    def __init__(self) -> None:
        self._began = 0
        self._count = 0

    def standing(self, window: Tuple[int, float], now: int) -> Tuple[int, float]:
        """Return how many calls the window has had, and in how many seconds it ends; counts nothing."""
        ends = self._began + round(window[1] * TICKS)
        return (self._count, (ends - now) / TICKS) if self._count and now < ends else (0, 0.0)

    def take(self, window: Tuple[int, float], now: int) -> Tuple[bool, Dict[str, str]]:
        """Count a call; return whether it is allowed, with the rate limit headers."""
        calls, seconds = window
        length = round(seconds * TICKS)
        if self._count == 0 or now >= self._began + length:
            self._began, self._count = now, 0
        allowed = self._count < calls
        if allowed:
            self._count += 1
        wait = str(ceil((self._began + length - now) / TICKS))
        headers = {
            "x-ratelimit-limit": str(calls),
            "x-ratelimit-remaining": str(max(0, calls - self._count)),
            "x-ratelimit-reset": wait,
        }
        return allowed, headers if allowed else {**headers, "retry-after": wait}


class Tenant:
    """One key's memory, and everything that is counted, set or armed for that key alone.

    `ranker` is the test author's own search, None for the fuzzy index. What changes is written down in `transactions`.
    """

    def __init__(
        self,
        key: str,
        clock: Clock,
        defaults: Settings,
        ranker: Optional[Ranker] = None,
        transactions: Optional[Transactions] = None,
        feed: Optional[Feed] = None,
        *,
        keys: KnownKeys,
        budget: Optional[Budget] = None,
        answer_budget: Optional[Budget] = None,
    ) -> None:
        self.key = key
        self.key_id = keys.add(key)
        self.ranker = ranker
        self._transactions = Transactions() if transactions is None else transactions
        self._takes_hits = None if ranker is None else takes_hits(ranker)
        is_indexed = ranker is None or self._takes_hits is not None
        self.store = Store(
            language(defaults.language) if is_indexed else None, key=key, transactions=self._transactions
        )
        self.journal = Journal(feed=feed, keys=keys, budget=budget)
        self.answers = KeptAnswers(key, self._transactions, answer_budget or Budget(Bounds().answer_bytes))
        self.waiting = 0  # requests that were accepted and are not decided yet
        self.rate = Rate()
        self.armed: List[Armed] = []
        self.accepted = 0  # adds and searches carried out: the usage if the unit is requests
        self.own: Dict[str, Any] = {}  # set for this key, over what the setting `keys` lists for it
        self.settings = self._defaults = defaults
        self.clock = Clock(base=clock)  # which can be put ahead of the one of the fake
        self._made = 0
        self.apply(defaults)

    @property
    def is_closable(self) -> bool:
        """Whether nothing is lost with it that somebody stored, set or armed."""
        return not (len(self.store) or self.own or self.is_held)

    @property
    def is_held(self) -> bool:
        """Whether it stays open even without memories and settings."""
        return bool(self.armed or self.clock.ahead or self.waiting)

    def write_in(self, transactions: Transactions, feed: Feed) -> None:
        """Write down elsewhere what changes from now on, and which calls change."""
        self._transactions = self.store.transactions = self.answers.transactions = transactions
        self.journal.feed = feed

    def apply(self, defaults: Settings) -> None:
        """Apply new defaults, under the settings of this key."""
        self._defaults = defaults
        own = {**(defaults.keys or {}).get(self.key, {}), **self.own}
        self.settings = defaults.changed(own, of_key=True) if own else defaults
        self.store.set_language(language(self.settings.language))

    def configure(self, values: Mapping[str, Any], defaults: Settings) -> None:
        """Set some settings of this key; raises SettingError, and sets none, if one is wrong."""
        checked = self.settings.changed(values, of_key=True)
        self.set_own({**self.own, **{name: getattr(checked, name) for name in values}}, defaults)

    def set_own(self, own: Dict[str, Any], defaults: Settings) -> None:
        """Replace the settings of this key, which are checked already, and apply new defaults under them."""
        if self._transactions.on:
            self._transactions.add(KeySettingsChanged(partial(self._put_back_own, self.own), self.key, own))
        self.own = own
        self.apply(defaults)

    def _put_back_own(self, own: Dict[str, Any]) -> None:
        self.own = own
        self.apply(self._defaults)

    # What is counted

    @property
    def counters(self) -> Counters:
        """What is counted, and how far its clock is ahead."""
        return Counters(self.accepted, self.store.searches, self._made, self.clock.ahead)

    def put_back_counters(self, counters: Counters) -> None:
        """Count on from these."""
        self.accepted, self.store.searches, self._made, ahead = counters
        self.clock.reset(ahead)

    def count_from(self, counters: Counters) -> None:
        """Count on from these, except that its clock stays."""
        self._touch()
        self.put_back_counters(counters._replace(ahead=self.clock.ahead))

    def count_add(self) -> None:
        """Count an add that was carried out."""
        self._touch()
        self.accepted += 1

    def count_search(self) -> None:
        """Count a search that was carried out."""
        self._touch()
        self.accepted += 1
        self.store.searches += 1

    def advance(self, ticks: int) -> None:
        """Move its clock forward; raises ValueError as Clock does."""
        self._touch()
        self.clock.advance(ticks)

    def _touch(self) -> None:
        if self._transactions.on:
            self._transactions.touch(self)

    def ids(self) -> Tuple[str, str]:
        """Return a new record id and pending id: unique, and the same in every run with the same seed and order."""
        self._touch()
        while True:
            self._made += 1
            made = blake2b(f"{self.settings.seed}/{self.key}/{self._made}".encode(), digest_size=16).hexdigest()
            identity = f"rec_{made[:16]}"
            if identity not in self.store:  # taken if a memory was stored again under its old id
                return identity, f"pend_{made[16:]}"

    def search(self, query: str, *, context: str, limit: int) -> Hits:
        """Return the best memories with their scores, best first; `context` "" selects all. Counts nothing.

        Raises SearchFailedError if the author's own search fails.
        """
        now = self.clock.ticks()
        if self.ranker is None:
            return self.store.search(query, context=context, limit=limit, now=now)
        return ranked(
            self.ranker,
            query,
            self.store.within_reach(context=context, now=now),
            limit=limit,
            hits=lambda: self.store.search(query, context=context, limit=max(limit, HITS_GIVEN), now=now),
            how=self._takes_hits,
        )

    def selects(self, context: str) -> str:
        """Return the context whose memories a search with `context` may find, "" for all."""
        return context.strip() if self.settings.context_match == "exact" else ""

    def settle(self) -> int:
        """Count the polls that its memories wait for, and return the ticks until all are found, 0 if they are."""
        at, after = self.store.found_from
        self._touch()
        self.store.searches = max(self.store.searches, after)
        return max(0, at - self.clock.ticks())

    def usage(self) -> int:
        """How much of the limit is used, in its unit."""
        unit = self.settings.unit
        if unit == "memories":
            return len(self.store)
        return self.store.size if unit == "bytes" else self.accepted

    def over_limit(self, *, content: Optional[str]) -> bool:
        """Return whether an add of this content, or a search (None), would go over the limit."""
        limit, unit = self.settings.limit, self.settings.unit
        if limit is None or (content is None and unit != "requests"):
            return False
        cost = len((content or "").encode()) if unit == "bytes" else 1
        return self.usage() + cost > limit

    def new_memory(self, identity: str, content: str, context: str, now: int) -> Memory:
        """Build the memory that an add stores, found when the indexing delay says."""
        seconds, polls = self.settings.indexing
        searches = self.store.searches
        # Of a million memories that share a context, or have no delay, each number and text is held once.
        return Memory(
            identity,
            content,
            intern(context.strip()),
            self.settings.default_type,
            "api",
            now,
            now + round(seconds * TICKS) if seconds else now,
            searches + polls if polls else searches,
        )

    def first_answer(self, endpoint: str, token: Optional[str]) -> Optional[Tuple[bytes, Any]]:
        """Return the first answer to this Idempotency-Key, as (digest of the request body, answer)."""
        return self.answers.first(endpoint, token) if token and self.settings.idempotency else None

    def keep_answer(self, endpoint: str, token: Optional[str], body: bytes, answer: Any) -> None:
        """Keep the first answer to this Idempotency-Key, and drop the oldest beyond the bounds."""
        if token and self.settings.idempotency:
            self.answers.keep(endpoint, token, digest(body), answer)

    def count_in(self, journals: Budget, answers: Budget) -> None:
        """Be counted in other budgets from now on."""
        self.journal.move(journals)
        self.answers.move(answers)

    def as_changes(self) -> Iterator[Change]:
        """Yield all that is kept of it as changes of a key that is new; they cannot be undone one by one."""
        if self.own:
            yield KeySettingsChanged(nothing, self.key, self.own)
        for memory in self.store:
            yield Stored(nothing, self.key, memory)
        for (endpoint, token), kept in self.answers.all().items():
            yield AnswerKept(nothing, self.key, endpoint, token, kept.sent, kept.answer)
        yield Counted(nothing, self.key, self.counters)
