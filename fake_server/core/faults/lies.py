"""Lies: answers with status 200 that leave out, reorder or add results."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

from fake_server.core.memory import Memory

from .steps import Step

__all__ = ["Lie", "chance"]

Hits = List[Tuple[Memory, float]]


def chance(*parts: object) -> float:
    """Draw from [0, 1) as a function of the parts alone: the same on every run, in every thread and process."""
    digest = blake2b(repr(parts).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)


@dataclass(frozen=True)
class Lie:
    """One lie to one attempt, whose `identity` (key, endpoint, call, attempt) its chance is drawn from."""

    step: Step
    identity: Tuple[object, ...]

    @property
    def kind(self) -> str:
        """The name of the lie."""
        return self.step.kind

    def reach(self, top_k: int, stored: int) -> int:
        """Return how many hits to search for, so that `top_k` can remain after some are withheld."""
        return top_k + min(self.step.memories, stored)

    def looks_at(self, stored: int) -> int:
        """Return how many of the newest memories `apply` looks at."""
        return stored if self.kind == "foreign" else min(self.step.memories, stored)

    def apply(
        self, hits: Hits, top_k: int, memories: Sequence[Memory], context: str, effect: Dict[str, Any], notes: List[str]
    ) -> Hits:
        """Return the hits of a search as the lie changes them, and write down in `effect` what it did.

        `memories` are the newest that it looks at, oldest first; `context` is the one of the search.
        """
        return _SEARCH[self.kind](self, hits, top_k, memories, context, effect, notes)

    def draw(self, *parts: object) -> float:
        """Draw from [0, 1) for this lie to this attempt."""
        return chance(self.step.seed, *self.identity, self.kind, *parts)


def _stale(lie: Lie, hits: Hits, top_k: int, memories: Sequence[Memory], _: str, effect: Any, _notes: Any) -> Hits:
    newest = {memory.id for memory in memories[-lie.step.memories :]}
    effect["withheld"] = [memory.id for memory, _ in hits[:top_k] if memory.id in newest]
    return [hit for hit in hits if hit[0].id not in newest][:top_k]


def _missing(lie: Lie, hits: Hits, top_k: int, _m: Sequence[Memory], _: str, effect: Any, _notes: Any) -> Hits:
    gone = min(lie.step.memories, top_k)
    effect["withheld"] = [memory.id for memory, _ in hits[:gone]]
    return hits[lie.step.memories :][:top_k]


def _shuffled(lie: Lie, hits: Hits, _k: int, _m: Sequence[Memory], _: str, effect: Any, _notes: Any) -> Hits:
    # By rank and not by id, which follows from the order in which the adds came.
    order = sorted(range(len(hits)), key=lie.draw)
    if order == list(range(len(hits))):
        order = order[1:] + order[:1]
    effect["shuffled"] = len(hits) > 1
    return [hits[rank] for rank in order]


def _foreign(
    lie: Lie, hits: Hits, top_k: int, memories: Sequence[Memory], context: str, effect: Any, notes: List[str]
) -> Hits:
    among = {memory.id for memory, _ in hits}
    others = [memory for memory in memories if memory.context != context and memory.id not in among]
    effect["foreign"] = []
    if not others:
        notes.append("foreign: the key holds no memory of another context to mix in")
        return hits
    others.sort(key=lambda memory: (memory.context, memory.content, memory.id))
    chosen = others[int(lie.draw("which") * len(others))]
    kept = hits[: top_k - 1]
    at = int(lie.draw("where") * (len(kept) + 1))
    # The score of a neighbour: a result with a score of its own would give the lie away.
    score = kept[max(0, at - 1)][1] if kept else 1.0
    effect["foreign"] = [chosen.id]
    return [*kept[:at], (chosen, score), *kept[at:]]


_SEARCH: Mapping[str, Callable[..., Hits]] = {
    "stale": _stale,
    "missing": _missing,
    "shuffled": _shuffled,
    "foreign": _foreign,
}
