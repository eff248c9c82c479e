"""The memories that a search leaves out, in pages: those that hold a query term first, and why each is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Dict, Iterator, List, Optional, Tuple

from fake_server.core.json_body import optional_text, text_field
from fake_server.core.memory import Memory
from fake_server.core.tenants.tenant import Tenant

from .explain import out_of_reach

__all__ = ["LeftOut", "LeftOutPage", "left_out"]

RANKS = 1_000  # memories that hold a query term and are put first: to rank all of a key can take a second


@dataclass(frozen=True)
class LeftOut:
    """A memory that a search leaves out, and why.

    `rank` is where it stands among all memories of the key that hold a query term, indexed or not, whatever their
    context; None if it holds none, or stands further down than the first thousand. The repr shows no text.
    """

    memory: Memory = field(repr=False)
    rank: Optional[int]
    why: Tuple[str, ...] = field(repr=False)

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values."""
        memory = self.memory
        return {
            "id": memory.id,
            "content": memory.content,
            "previousContext": memory.context,
            "type": memory.type,
            "rank": self.rank,
            "why": list(self.why),
        }


@dataclass(frozen=True)
class LeftOutPage:
    """Some of the memories that a search leaves out, and how many there are in all."""

    total: int
    offset: int
    memories: Tuple[LeftOut, ...]

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values; `next` is the offset of the next page, None if there is none."""
        following = self.offset + len(self.memories)
        return {
            "total": self.total,
            "memories": [each.as_dict() for each in self.memories],
            "next": following if self.memories and following < self.total else None,
        }


def left_out(tenant: Tenant, query: str, context: str, *, offset: int, limit: int) -> LeftOutPage:
    """Return a page of what a search now leaves out; changes and counts nothing.

    Raises ValueError for a query or a context that a search would refuse.
    """
    query = text_field({"query": query}, "query")
    selected = tenant.selects(optional_text({"previousContext": context}, "previousContext"))
    found = {memory.id for memory, _ in tenant.search(query, context=selected, limit=tenant.settings.top_k)}
    holding = tenant.store.nearest(query, RANKS)
    ranks = {memory.id: rank for rank, memory in enumerate(holding, 1)}
    others = (memory for memory in tenant.store.newest() if memory.id not in ranks)
    order: Iterator[Memory] = (memory for memory in chain(holding, others) if memory.id not in found)
    page = tuple(
        LeftOut(memory, ranks.get(memory.id), tuple(_why(tenant, selected, memory, ranks)))
        for memory in islice(order, offset, offset + limit)
    )
    return LeftOutPage(len(tenant.store) - len(found), offset, page)


def _why(tenant: Tenant, context: str, memory: Memory, ranks: Dict[str, int]) -> List[str]:
    why = out_of_reach(tenant, context, memory)
    if tenant.ranker is not None:
        return why or ["search= did not return it"]
    if memory.id not in ranks:
        few = len(ranks) < RANKS
        why.append("it holds none of the content terms of the query" if few else "a thousand other memories hold more")
    return why or [f"others hold more of the query, and top_k is {tenant.settings.top_k}"]
