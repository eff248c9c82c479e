"""The answers that a key keeps: the first one to each Idempotency-Key, which a repeated request gets."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import Any, Dict, NamedTuple, Optional, Tuple

from fake_server.core.budget import Budget
from fake_server.core.changes import AnswerDropped, AnswerKept
from fake_server.core.json_body import encode
from fake_server.core.transactions import Transactions

__all__ = ["Answers", "FirstAnswer", "KeptAnswers", "digest"]

MOST = 10_000  # answers of a key; the service's own retention is unknown
MOST_BYTES = 16 << 20  # of memory that they take
ANSWER = 500  # bytes that an answer takes beside its JSON
PER_BYTE = 3  # bytes that a byte of its JSON takes, roughly


class FirstAnswer(NamedTuple):
    """The first answer to an Idempotency-Key, the digest of the body that it answers, and the bytes that it takes."""

    sent: bytes
    answer: Any
    size: int


Answers = Dict[Tuple[str, str], FirstAnswer]
"""First answers by endpoint and Idempotency-Key."""


def digest(body: bytes) -> bytes:
    """Return the digest of a body, which tells it from any other and takes no room."""
    return blake2b(body, digest_size=16).digest()


class KeptAnswers:
    """The first answers of one key, oldest first; the oldest go beyond the bounds of the key and of its budget.

    What changes is written down in `transactions`. Not thread-safe: the caller holds a lock.
    """

    def __init__(self, key: str, transactions: Transactions, budget: Budget) -> None:
        self.transactions = transactions
        self.cost = 0  # bytes of memory that they take, kept up to date by the budget
        self._key = key
        self._budget = budget
        self._kept: Answers = {}

    def __len__(self) -> int:
        """Count the answers."""
        return len(self._kept)

    def move(self, budget: Budget) -> None:
        """Be counted in another budget from now on."""
        self._budget.leave(self)
        self._budget = budget
        budget.join(self)

    def first(self, endpoint: str, token: str) -> Optional[Tuple[bytes, Any]]:
        """Return the digest of the request body and the first answer to a token, None if there is none."""
        kept = self._kept.get((endpoint, token))
        if kept is None:
            return None
        self._budget.use(self)
        return kept.sent, kept.answer

    def keep(self, endpoint: str, token: str, sent: bytes, answer: Any) -> None:
        """Keep an answer, and drop the oldest beyond the bounds."""
        self.put(endpoint, token, sent, answer)
        while len(self._kept) > 1 and (len(self._kept) > MOST or self.cost > MOST_BYTES):
            self.drop_oldest()
        self._budget.fit(self, 0)

    def put(self, endpoint: str, token: str, sent: bytes, answer: Any) -> None:
        """Keep an answer as the newest; `sent` is the digest of the body that it answers."""
        self._take_back((endpoint, token))
        size = ANSWER + len(token) + PER_BYTE * len(encode(answer))
        self._budget.use(self)
        self._hold((endpoint, token), FirstAnswer(sent, answer, size))
        if self.transactions.on:
            undo = partial(self._take_back, (endpoint, token))
            self.transactions.add(AnswerKept(undo, self._key, endpoint, token, sent, answer))

    def all(self) -> Answers:
        """Return the answers, oldest first."""
        return dict(self._kept)

    def replace(self, answers: Answers) -> None:
        """Keep exactly these answers."""
        while self._kept:
            self.drop_oldest()
        for (endpoint, token), kept in answers.items():
            self.put(endpoint, token, kept.sent, kept.answer)

    def drop_oldest(self) -> None:
        """Drop the oldest answer."""
        name, kept = next(iter(self._kept.items()))
        self._take_back(name)
        if self.transactions.on:
            self.transactions.add(AnswerDropped(partial(self._put_back, name, kept), self._key, *name))

    def forget_rest(self) -> None:
        """Forget nothing: without answers, nothing is left."""

    def _hold(self, name: Tuple[str, str], kept: FirstAnswer) -> None:
        self._kept[name] = kept
        self._budget.charge(self, kept.size)

    def _take_back(self, name: Tuple[str, str]) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self._budget.charge(self, -kept.size)

    def _put_back(self, name: Tuple[str, str], kept: FirstAnswer) -> None:
        others, self._kept = self._kept, {}  # it was the oldest
        self._hold(name, kept)
        self._kept.update(others)
        self._budget.use(self)
