"""Explanations of a search: why it finds its hits, and why it does not find one memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from fake_server.core.clock import iso
from fake_server.core.json_body import optional_text, text_field
from fake_server.core.memory import Memory
from fake_server.core.search.index import Explained
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.wording import plural

__all__ = ["Explanation", "Reason", "explained"]

# Ranks past the last result that are looked at: ranking a whole key can take a second.
_RANKS = 1_000


@dataclass(frozen=True)
class Reason:
    """One memory under one query.

    `rank` counts from 1 and `score` is that of the search, both None if no search finds the memory, or more than a
    thousand others come before it. `told` is its score breakdown: None if it holds no query term, and under a search
    of the author's own. `why` says what keeps it from the results, and is empty if it is one of them. The repr
    leaves out all texts.
    """

    memory: Memory = field(repr=False)
    rank: Optional[int]
    score: Optional[float]
    told: Optional[Explained] = field(default=None, repr=False)
    why: Tuple[str, ...] = field(default=(), repr=False)

    @property
    def found(self) -> bool:
        """Whether a search gives it."""
        return not self.why

    def as_dict(self) -> Dict[str, Any]:
        """Return the reason as JSON values, numbers to four decimals."""
        told = self.told
        words = () if told is None else told.words
        return {
            "id": self.memory.id,
            "content": self.memory.content,
            "previousContext": self.memory.context,
            "type": self.memory.type,
            "rank": self.rank,
            "score": self.score,
            "copy": told is not None and told.is_copy,
            "value": None if told is None else _rounded(told.value),
            "words": [{**word.as_dict(), "share": _rounded(word.share)} for word in words],
            "parts": {} if told is None else {name: _rounded(part) for name, part in told.parts.items()},
            "why": list(self.why),
        }


@dataclass(frozen=True)
class Explanation:
    """The result of a search if it were made now.

    `hits` are its results, best first. The key has so many memories `stored`, of which the search may
    find those `within_reach`: of its context, and indexed. `asked` is the memory that the author asked about.
    """

    query: str = field(repr=False)
    previous_context: str = field(repr=False)
    top_k: int
    stored: int
    within_reach: int
    hits: Tuple[Reason, ...]
    asked: Optional[Reason] = None

    def as_dict(self) -> Dict[str, Any]:
        """Return the explanation as JSON values."""
        return {
            "query": self.query,
            "previousContext": self.previous_context,
            "top_k": self.top_k,
            "stored": self.stored,
            "within_reach": self.within_reach,
            "hits": [hit.as_dict() for hit in self.hits],
            "memory": None if self.asked is None else self.asked.as_dict(),
        }


def explained(tenant: Tenant, query: str, context: str, memory: Optional[str] = None) -> Explanation:
    """Explain a search of a key's memories as it would go now, without faults; changes and counts nothing.

    Raises ValueError for a query or a context that a search would refuse, and UnknownMemoryError.
    """
    query = text_field({"query": query}, "query")
    context = optional_text({"previousContext": context}, "previousContext")
    now, selected, top_k = tenant.clock.ticks(), tenant.selects(context), tenant.settings.top_k
    asked = None if memory is None else tenant.store[memory]
    found = tenant.search(query, context=selected, limit=top_k)
    told = {each.key: each for each in tenant.store.explain(query, context=selected, limit=top_k, now=now)}
    hits = tuple(Reason(each, rank, round(score, 4), told.get(each.id)) for rank, (each, score) in enumerate(found, 1))
    return Explanation(
        query,
        context,
        top_k,
        len(tenant.store),
        len(tenant.store.within_reach(context=selected, now=now)),
        hits,
        None if asked is None else _reason(tenant, query, selected, asked, hits),
    )


def _reason(tenant: Tenant, query: str, context: str, memory: Memory, hits: Tuple[Reason, ...]) -> Reason:
    for hit in hits:
        if hit.memory.id == memory.id:
            return hit
    told = tenant.store.explain_one(query, memory.id, context=context, now=tenant.clock.ticks())
    why = _out_of_reach(tenant, context, memory)
    if why:
        return Reason(memory, None, None, told, tuple(why))
    top_k = tenant.settings.top_k
    if tenant.ranker is None and told is None:
        return Reason(memory, None, None, None, ("it holds none of the content terms of the query",))
    limit = top_k + _RANKS if tenant.ranker is None else len(tenant.store)
    for rank, (each, score) in enumerate(tenant.search(query, context=context, limit=limit), 1):
        if each.id == memory.id:
            # Only the likeliest are reranked: one of the others can rank higher for that.
            rank_shown = f"it would be hit {rank}" if rank > top_k else "others are nearer at first sight"
            return Reason(memory, rank, round(score, 4), told, (f"{rank_shown}, and top_k is {top_k}",))
    if tenant.ranker is not None:
        return Reason(memory, None, None, told, ("search= did not give it",))
    return Reason(memory, None, None, told, (f"at least {limit} others go before it, and top_k is {top_k}",))


def _out_of_reach(tenant: Tenant, context: str, memory: Memory) -> List[str]:
    why: List[str] = []
    if context and memory.context != context:
        own = f"its context is {memory.context!r:.80}" if memory.context else "it has no context"
        why.append(f"{own}, and the search asks for {context!r:.80}")
    now = tenant.clock.ticks()
    if memory.found_at > now:
        why.append(f"it is not indexed yet: found from {iso(memory.found_at)}, and it is {iso(now)}")
    polls = memory.found_after - tenant.store.searches
    if polls > 0:
        why.append(f"it is not indexed yet: {plural(polls, 'more search', 'more searches')} must come first")
    return why


def _rounded(number: float) -> float:
    return round(number, 4) + 0.0  # which has no minus before a zero
