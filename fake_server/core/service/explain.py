"""Explain: why a search finds its hits, and why one memory is not among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from fake_server.core.clock import iso
from fake_server.core.journal.funnel import Funnel
from fake_server.core.json_body import optional_text, text_field
from fake_server.core.memory import Memory
from fake_server.core.search.index import ScoreBreakdown
from fake_server.core.search.scores import SCORE_CUT
from fake_server.core.tenants.tenant import Tenant

from .found import funnel

__all__ = ["Explanation", "Reason", "explained", "out_of_reach"]

# Ranks past the last result that are looked for: to rank all memories of a key can take a second.
_RANKS = 1_000


@dataclass(frozen=True)
class Reason:
    """One memory under one query, and why a search finds it or does not.

    `rank` counts from 1 and `score` is that of the search; both are None if no search finds the memory, or if it is
    more than a thousand ranks below the results. `breakdown` is None if the memory holds no term of the query, and for
    a `search=` of the author's own; if that takes our hits, it is the breakdown of our hit. `why` lists what keeps the
    memory from the results; it is empty for a result. The repr shows no text.
    """

    memory: Memory = field(repr=False)
    rank: Optional[int]
    score: Optional[float]
    breakdown: Optional[ScoreBreakdown] = field(default=None, repr=False)
    why: Tuple[str, ...] = field(default=(), repr=False)

    @property
    def found(self) -> bool:
        """Whether the memory is among the results."""
        return not self.why

    def as_dict(self) -> Dict[str, Any]:
        """Return the reason as JSON values, numbers to four decimals."""
        breakdown = self.breakdown
        terms = () if breakdown is None else breakdown.terms
        adjustments = {} if breakdown is None else breakdown.adjustments
        return {
            "id": self.memory.id,
            "content": self.memory.content,
            "previousContext": self.memory.context,
            "type": self.memory.type,
            "rank": self.rank,
            "score": self.score,
            "copy": breakdown is not None and breakdown.is_copy,
            "value": None if breakdown is None else _rounded(breakdown.value),
            "terms": [{**term.as_dict(), "partial_score": _rounded(term.partial_score)} for term in terms],
            "notes": [] if breakdown is None else list(breakdown.notes),
            "adjustments": {name: _rounded(value) for name, value in adjustments.items()},
            "why": list(self.why),
        }


@dataclass(frozen=True)
class Explanation:
    """What a search would find now, and why.

    `hits` are its results, the best first. `stored` is the number of memories of the key, `within_reach` the number of
    those that the search may find: of its context, and indexed. `asked` is the memory that the author asked about,
    and `search` what each step of the search leaves.
    """

    query: str = field(repr=False)
    previous_context: str = field(repr=False)
    top_k: int
    stored: int
    within_reach: int
    hits: Tuple[Reason, ...]
    asked: Optional[Reason] = None
    search: Optional[Funnel] = None

    def as_dict(self) -> Dict[str, Any]:
        """Return the explanation as JSON values."""
        return {
            "query": self.query,
            "previousContext": self.previous_context,
            "top_k": self.top_k,
            "stored": self.stored,
            "within_reach": self.within_reach,
            "score_cut": SCORE_CUT,
            "hits": [hit.as_dict() for hit in self.hits],
            "memory": None if self.asked is None else self.asked.as_dict(),
            "search": None if self.search is None else self.search.as_dict(),
        }


def explained(tenant: Tenant, query: str, context: str, memory: Optional[str] = None) -> Explanation:
    """Return the explanation of a search now, without faults; changes and counts nothing.

    Raises ValueError for a query or a context that a search would refuse, and UnknownMemoryError.
    """
    query = text_field({"query": query}, "query")
    context = optional_text({"previousContext": context}, "previousContext")
    now, selected, top_k = tenant.clock.ticks(), tenant.selects(context), tenant.settings.top_k
    asked = None if memory is None else tenant.store[memory]
    found = tenant.search(query, context=selected, limit=top_k)
    breakdowns = {each.key: each for each in tenant.store.explain(query, context=selected, limit=top_k, now=now)}
    hits = tuple(
        Reason(each, rank, round(score, 4), breakdowns.get(each.id)) for rank, (each, score) in enumerate(found, 1)
    )
    return Explanation(
        query,
        context,
        top_k,
        len(tenant.store),
        tenant.store.count_within_reach(context=selected, now=now),
        hits,
        None if asked is None else _reason(tenant, query, selected, asked, hits),
        funnel(tenant, query, context, matching=_matching(tenant, query, selected, len(found)), returned=len(found)),
    )


def _matching(tenant: Tenant, query: str, context: str, found: int) -> int:
    """Count the memories within reach that hold a query term, up to a bound."""
    if found < tenant.settings.top_k or tenant.ranker is not None:
        return found
    return len(tenant.search(query, context=context, limit=tenant.settings.top_k + _RANKS))


def _reason(tenant: Tenant, query: str, context: str, memory: Memory, hits: Tuple[Reason, ...]) -> Reason:
    for hit in hits:
        if hit.memory.id == memory.id:
            return hit
    breakdown = tenant.store.explain_one(query, memory.id, context=context, now=tenant.clock.ticks())
    why = out_of_reach(tenant, context, memory)
    if why:
        return Reason(memory, None, None, breakdown, tuple(why))
    top_k = tenant.settings.top_k
    if tenant.ranker is None and breakdown is None:
        return Reason(memory, None, None, None, ("it holds none of the content terms of the query",))
    limit = top_k + _RANKS if tenant.ranker is None else len(tenant.store)
    for rank, (each, score) in enumerate(tenant.search(query, context=context, limit=limit), 1):
        if each.id == memory.id:
            # A search for more hits scores more candidates in detail, so it may rank this one among the first `top_k`.
            place = f"it would be hit {rank}" if rank > top_k else "too many other candidates hold more of the query"
            return Reason(memory, rank, round(score, 4), breakdown, (f"{place}, and top_k is {top_k}",))
    if tenant.ranker is not None:
        return Reason(memory, None, None, breakdown, ("search= did not return it",))
    return Reason(
        memory, None, None, breakdown, (f"at least {limit} other memories rank above it, and top_k is {top_k}",)
    )


def out_of_reach(tenant: Tenant, context: str, memory: Memory) -> List[str]:
    """Return why no search of a context can find a memory now, [] if it can."""
    why: List[str] = []
    if context and memory.context != context:
        own = f"its context is {memory.context!r:.80}" if memory.context else "it has no context"
        why.append(f"{own}, and the search asks for {context!r:.80}")
    now = tenant.clock.ticks()
    if memory.found_at > now:
        why.append(f"it is not indexed yet: a search finds it from {iso(memory.found_at)} on, and now is {iso(now)}")
    polls = memory.found_after - tenant.store.searches
    if polls > 0:
        why.append(f"it is not indexed yet: {polls} more {'search' if polls == 1 else 'searches'} must come first")
    return why


def _rounded(number: float) -> float:
    return round(number, 4) + 0.0  # turns -0.0 into 0.0
