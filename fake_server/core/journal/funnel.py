"""The funnel of a search: how many memories each of its steps left, and which one left none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from fake_server.core.clock import iso

__all__ = ["CAUSES", "LEFT_OUT", "OF_THE_KEY", "FoundElsewhere", "Funnel", "OtherKey"]

CAUSES = ("no_memories", "context", "index_delay", "no_term", "ranker", "fault")
"""Why a search found nothing; `ranker` is the author's own `search=`, which returned nothing."""

OF_THE_KEY = ("no_memories", "context", "no_term")
"""The causes under which a search by another key may find something."""

LEFT_OUT = 100
"""Memories that the context or the index delay left out, and that hold a query term: so many are counted at most."""


@dataclass(frozen=True)
class OtherKey:
    """Another key that stores memories: its id, the key blanked, and how many."""

    key_id: Optional[str]
    key: Optional[str]
    stored: int


@dataclass(frozen=True)
class FoundElsewhere:
    """Another key under which the search finds something: its id, the key blanked, and how many memories."""

    key_id: Optional[str]
    key: Optional[str]
    found: int

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values."""
        return {"key_id": self.key_id, "key": self.key, "found": self.found}


@dataclass(frozen=True)
class Funnel:
    """The memories that each step of a search left, in the order of the steps, as they were when it ran.

    `cause` is None if something was returned. `matching` counts those of them that hold a query term, up to a bound.
    `left_out_matching` are those that hold one, and that the context or the index delay left out; `nearest` are the ids
    of the best, first those of the context, and `nearest_contexts` the context of each. `matching_contexts` are those
    that most of them are under, with how many, if the context left them out. `found_from` is when the first of the
    unindexed is found, in ticks, and `found_after` how many further searches must come before. `elsewhere` are other
    keys under which the search would find something; nobody looks for them before the call is read, so it is None till
    then. `is_exact` is false if a key has too many memories to look at each.
    """

    cause: Optional[str]
    stored: int
    in_context: int
    indexed: int
    matching: int
    after_faults: int
    returned: int
    top_k: int
    context: str = ""
    found_from: Optional[int] = None
    found_after: int = 0
    left_out_matching: int = 0
    nearest: Tuple[str, ...] = ()
    nearest_contexts: Tuple[str, ...] = ()
    matching_contexts: Tuple[Tuple[str, int], ...] = ()
    similar_contexts: Tuple[str, ...] = ()
    other_keys: Tuple[OtherKey, ...] = ()
    elsewhere: Optional[Tuple[FoundElsewhere, ...]] = None
    is_exact: bool = True

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values."""
        return {
            "cause": self.cause,
            "stored": self.stored,
            "in_context": self.in_context,
            "indexed": self.indexed,
            "matching": self.matching,
            "after_faults": self.after_faults,
            "returned": self.returned,
            "top_k": self.top_k,
            "context": self.context or None,
            "found_from": None if self.found_from is None else iso(self.found_from),
            "found_after": self.found_after,
            "left_out_matching": self.left_out_matching,
            "nearest": list(self.nearest),
            "nearest_contexts": [each or None for each in self.nearest_contexts],
            "matching_contexts": [
                {"context": context or None, "matching": count} for context, count in self.matching_contexts
            ],
            "similar_contexts": list(self.similar_contexts),
            "other_keys": [{"key_id": each.key_id, "key": each.key, "stored": each.stored} for each in self.other_keys],
            "elsewhere": None if self.elsewhere is None else [each.as_dict() for each in self.elsewhere],
            "exact": self.is_exact,
        }
