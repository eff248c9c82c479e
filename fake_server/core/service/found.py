"""Found: the funnel of a search, and the words of the journal for how many memories it found, and why none."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Iterable, List, Optional, Sequence, Tuple

from fake_server.core.journal.funnel import LEFT_OUT, OF_THE_KEY, FoundElsewhere, Funnel, OtherKey
from fake_server.core.key_text import blank_key
from fake_server.core.memory import Memory
from fake_server.core.tenants.tenant import Tenant

__all__ = ["asked_elsewhere", "found_by", "found_words", "funnel", "most", "other_keys"]

LOOKED_AT = 10_000  # memories that may not be indexed yet: to look at more on every search takes too long
NEAREST = 3
CONTEXTS = 3  # contexts of what the context left out that are named
KEYS = 3  # other keys that are named
KEYS_LOOKED_AT = 1_000
KEYS_SEARCHED = 20  # other keys that are asked what they would find
MEMORIES_SEARCHED = 20_000  # and how many memories they have in all
LONGEST_QUERY = 300  # characters of a query that other keys are asked for

_WHY = {
    "no_memories": "",
    "context": "none is under the context of the search",
    "index_delay": "none is indexed yet",
    "no_term": "none holds a term of the query",
    "ranker": "search= returned none",
    "fault": "the fault withholds what there is",
}


def found_words(found: int, stored: int, funnel: Optional[Funnel]) -> str:
    """Return how many memories were found, of how many, and if there are none, why."""
    words = f"found {found} of {stored} {'memory' if stored == 1 else 'memories'}"
    why = "" if funnel is None or funnel.cause is None else _why(funnel)
    return f"{words}: {why}" if why else words


def _why(funnel: Funnel) -> str:
    if funnel.cause == "context" and funnel.in_context:
        return "those that match are under another context"
    if funnel.cause == "index_delay" and funnel.indexed:
        return "those that match are not indexed yet"
    return _WHY[funnel.cause or "no_memories"]


def funnel(tenant: Tenant, query: str, context: str, *, matching: int, returned: int, counted: int = 0) -> Funnel:
    """Return the funnel of a search that found `matching` memories, of which the faults left `returned`.

    It changes and counts nothing. `counted` is 1 if the search itself is to be counted as a poll.
    """
    store, selected = tenant.store, tenant.selects(context)
    in_context = store.in_context(selected) if selected else len(store)
    waiting, is_exact = store.waiting(tenant.clock.ticks(), LOOKED_AT)
    waits = [memory for memory in waiting if not selected or memory.context == selected]
    nearest: List[Memory] = []
    if not matching and tenant.ranker is None and (waiting or in_context < len(store)):
        nearest = store.nearest(query, LEFT_OUT)
    unindexed = {memory.id for memory in waits}
    nearest.sort(key=lambda memory: memory.id not in unindexed)
    cause = (
        None
        if returned
        else _cause(tenant, in_context, len(waits), matching, [each.id in unindexed for each in nearest])
    )
    contexts = Counter(memory.context for memory in nearest if selected and memory.context != selected)
    first = next((memory for memory in nearest if memory.id in unindexed), None)
    return Funnel(
        cause=cause,
        stored=len(store),
        in_context=in_context,
        indexed=in_context - len(waits),
        matching=matching,
        after_faults=returned,
        returned=returned,
        top_k=tenant.settings.top_k,
        context=selected,
        found_from=_soonest((first,) if first else waits, tenant.clock.ticks()),
        found_after=_polls((first,) if first else waits, store.searches + counted),
        left_out_matching=len(nearest),
        nearest=tuple(memory.id for memory in nearest[:NEAREST]),
        nearest_contexts=tuple(memory.context for memory in nearest[:NEAREST]),
        matching_contexts=tuple(contexts.most_common(CONTEXTS)),
        similar_contexts=tuple(store.similar_contexts(selected)) if selected and not returned else (),
        is_exact=is_exact,
    )


def other_keys(tenants: Iterable[Tenant], own: Tenant) -> Tuple[OtherKey, ...]:
    """Return the other keys that store the most memories."""
    looked_at: List[Tuple[int, Tenant]] = []
    for each in tenants:
        if each is not own and len(each.store):
            looked_at.append((len(each.store), each))
        if len(looked_at) == KEYS_LOOKED_AT:
            break
    looked_at.sort(key=lambda pair: -pair[0])
    return tuple(OtherKey(each.key_id, blank_key(each.key), stored) for stored, each in looked_at[:KEYS])


def asked_elsewhere(tenants: Iterable[Tenant], own: Tenant, search: Funnel, query: str) -> Optional[List[Tenant]]:
    """Return which other keys may be asked what they would find, None if it is not for them that nothing was found."""
    if search.cause not in OF_THE_KEY or own.ranker is not None or len(query) > LONGEST_QUERY:
        return None
    asked: List[Tenant] = []
    left = MEMORIES_SEARCHED
    for each in islice(tenants, KEYS_LOOKED_AT):
        if each is own or not 0 < len(each.store) <= left or each.store.is_behind:
            continue
        left -= len(each.store)
        asked.append(each)
        if len(asked) == KEYS_SEARCHED:
            break
    return asked


def found_by(tenant: Tenant, query: str, context: str) -> List[FoundElsewhere]:
    """Return what a search by a key would find now, [] if that is nothing; it counts as no search."""
    hits = tenant.search(query, context=tenant.selects(context), limit=tenant.settings.top_k)
    return [FoundElsewhere(tenant.key_id, blank_key(tenant.key), len(hits))] if hits else []


def most(found: Iterable[FoundElsewhere]) -> Tuple[FoundElsewhere, ...]:
    """Return the few keys that would find most."""
    return tuple(sorted(found, key=lambda each: -each.found)[:KEYS])


def _cause(tenant: Tenant, in_context: int, waiting: int, matching: int, nearest: Sequence[bool]) -> str:
    """Return what left nothing; `nearest` says of each memory that matches whether only the index delay left it out."""
    if not len(tenant.store):
        return "no_memories"
    if matching:
        return "fault"
    if not in_context:
        return "context"
    if in_context == waiting:
        return "index_delay"
    if tenant.ranker is not None:
        return "ranker"
    if not nearest:
        return "no_term"
    return "index_delay" if nearest[0] else "context"


def _soonest(waits: Sequence[Memory], now: int) -> Optional[int]:
    return min((memory.found_at for memory in waits if memory.found_at > now), default=None)


def _polls(waits: Sequence[Memory], searches: int) -> int:
    return max(0, min((memory.found_after - searches for memory in waits), default=0))
