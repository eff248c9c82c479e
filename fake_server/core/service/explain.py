"""Why a search finds what it finds, and why one memory is not among it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from fake_server.core.clock import iso
from fake_server.core.json_body import optional_text, text_field
from fake_server.core.memory import Memory
from fake_server.core.search.index import Explained
from fake_server.core.tenants.tenant import Tenant

__all__ = ["Explanation", "Reason", "explained"]

# Places past the last result that are told one by one: to rank a whole key can take a second.
_PLACES = 1_000


@dataclass(frozen=True)
class Reason:
    """One memory under one question.

    `rank` counts from 1 and `score` is that of the search, both None where no search finds the memory, or more than a
    thousand others keep it from the results. `told` is what the index says of it: None where it holds nothing that was
    asked for, and under a search of one's own. `why` says what keeps it from the results, and is empty where it is one
    of them. The repr leaves out all texts.
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
        """Give the reason as JSON values, numbers to four decimals."""
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
    """What a search would find if it were asked now.

    `hits` are its results, best first. Of so many memories that the key has `stored` the search may find those
    `within_reach`: of the context that it asks for, and indexed. `asked` is the one that the author asked about.
    """

    query: str = field(repr=False)
    previous_context: str = field(repr=False)
    top_k: int
    stored: int
    within_reach: int
    hits: Tuple[Reason, ...]
    asked: Optional[Reason] = None

    def as_dict(self) -> Dict[str, Any]:
        """Give the explanation as JSON values."""
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
        return Reason(memory, None, None, None, ("it holds none of the telling words of the question",))
    limit = top_k + _PLACES if tenant.ranker is None else len(tenant.store)
    for rank, (each, score) in enumerate(tenant.search(query, context=context, limit=limit), 1):
        if each.id == memory.id:
            # Only the likeliest are looked at closely: one of the others can have earned a better place.
            place = f"it would be hit {rank}" if rank > top_k else "others are nearer at first sight"
            return Reason(memory, rank, round(score, 4), told, (f"{place}, and top_k is {top_k}",))
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
        why.append(f"it is not indexed yet: {polls} more {'search has' if polls == 1 else 'searches have'} to go first")
    return why


def _rounded(number: float) -> float:
    return round(number, 4) + 0.0  # which has no minus before a zero
