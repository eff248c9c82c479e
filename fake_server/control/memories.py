"""Control of the memories: list, store, delete, and explain a search."""

from __future__ import annotations

from functools import partial
from typing import Any, Mapping, Optional

from fake_server.core import Memory, SeedError
from fake_server.core.json_body import BadBody
from fake_server.core.tenants.memories import bytes_of
from fake_server.core.tenants.seed_fields import as_seed
from fake_server.core.tenants.snapshot import Snapshot
from fake_server.core.wording import expected, json_kind, shown

from .answers import Answer
from .asked import Asked, needed, one_key, only, whole_number
from .listing import MOST, list_answer, newest
from .undo import can_undo

__all__ = ["delete_one", "edit", "explain", "forget", "list_memories", "read_one", "remember"]

LEFT_OUT = 20  # memories of a page that are left out, if nothing else is asked
MOST_LEFT_OUT = 200
FURTHEST = 10_000


def list_memories(asked: Asked) -> Answer:
    """Return what is stored, oldest first, or the newest `limit` of a key; what comes meanwhile is not in it."""
    limit, before = whole_number(asked.fields, "limit", most=MOST, least=1), asked.fields.get("before")
    if limit is None and before is None:
        return _listed(asked.fake.snapshot(key=asked.key))
    (state,) = asked.fake.snapshot(key=one_key(asked, "a page of memories")).keys
    stored = list(state.memories) if before is None else state.memories.older_than(before)
    page, more = newest(stored, limit)
    return list_answer("memories", map(as_seed, page), {"next": page[0].id if more else None})


def _listed(snapshot: Snapshot, **rest: Any) -> Answer:
    return list_answer("memories", (as_seed(memory) for state in snapshot.keys for memory in state.memories), rest)


def remember(asked: Asked) -> Mapping[str, Any]:
    """Store memories, or replace some by id."""
    key = one_key(asked, "POST memories")
    seeds = only(asked.fields, ("memories", "replace"), "memories")
    if not isinstance(seeds, list):
        raise BadBody(expected("memories", "an array", json_kind(seeds)))
    replace = asked.fields.get("replace", False)
    if not isinstance(replace, bool):
        raise BadBody(expected("replace", "true or false", shown(replace)))
    put = asked.fake.replace if replace else asked.fake.remember
    return {"memories": [as_seed(memory) for memory in put(seeds, key=key)]}


def forget(asked: Asked) -> Answer:
    """Delete one memory, or every memory of the key, and return those that are left."""
    key = one_key(asked, "DELETE memories")
    with asked.fake.lock:
        undo = _forget(asked, key, asked.fields.get("memory"))
        left = asked.fake.snapshot(key=key)
    return _listed(left, undo=undo)


def read_one(asked: Asked) -> Mapping[str, Any]:
    """Return one memory by its id."""
    key = one_key(asked, "GET memories/ID")
    return as_seed(asked.fake.memory(asked.path["id"], key=key))


def edit(asked: Asked) -> Mapping[str, Any]:
    """Change the fields given of one memory, which is then the newest and found at once."""
    key, identity = one_key(asked, "PUT memories/ID"), asked.path["id"]
    if asked.fields.get("id", identity) != identity:
        raise BadBody(expected("id", shown(identity), shown(asked.fields["id"]), "leave it out, or correct it"))
    with asked.fake.lock:
        old, put_back = asked.fake.memory(identity, key=key), asked.fake.keep(memory=identity, key=key)
        try:
            (new,) = asked.fake.replace([{**asked.fields, "id": identity}], key=key)
        except SeedError as error:
            raise BadBody(str(error).replace("memories[0].", "")) from None
        lost = partial(_changed, asked, key, identity, old, new)
        undo = can_undo(asked, "edit", put_back, lost=lost, size=bytes_of(old, new))
        return {**as_seed(new), "undo": undo}


def delete_one(asked: Asked) -> Mapping[str, Any]:
    """Delete one memory by its id."""
    key = one_key(asked, "DELETE memories/ID")
    with asked.fake.lock:
        return {"undo": _forget(asked, key, asked.path["id"])}


def _forget(asked: Asked, key: str, memory: Optional[str]) -> Optional[str]:
    fake = asked.fake
    if memory is not None:
        old, put_back = fake.memory(memory, key=key), fake.forget(memory=memory, key=key)
        return can_undo(asked, "delete", put_back, lost=partial(_changed, asked, key, memory, old), size=bytes_of(old))
    before = fake.snapshot(key=key)
    put_back = fake.forget(key=key)
    return can_undo(asked, "delete", put_back, lost=lambda: fake.snapshot(key=key).since(before), size=before.size)


def _changed(asked: Asked, key: str, identity: str, *before: Memory) -> int:
    """Return 1 if a memory is there as it was at none of these moments, else 0."""
    if not asked.fake.has_memory(identity, key=key):
        return 0
    return int(asked.fake.memory(identity, key=key) not in before)


def explain(asked: Asked) -> Mapping[str, Any]:
    """Return what a search would find, why, and a page of what it leaves out."""
    key = one_key(asked, "GET explain")
    query = needed(asked.fields, "query")
    context = asked.fields.get("previousContext", "")
    limit = whole_number(asked.fields, "limit", most=MOST_LEFT_OUT)
    offset = whole_number(asked.fields, "offset", most=FURTHEST) or 0
    explanation = asked.fake.explain(query, previous_context=context, memory=asked.fields.get("memory"), key=key)
    page = asked.fake.left_out(
        query, previous_context=context, offset=offset, limit=LEFT_OUT if limit is None else limit, key=key
    )
    return {**explanation.as_dict(), "left_out": page.as_dict()}
