"""Control of the memories: list, store, delete, and explain a search."""

from __future__ import annotations

from typing import Any, Mapping

from fake_server.core.json_body import BadBody, json_kind
from fake_server.core.tenants.seed_fields import as_seed
from fake_server.core.wording import expected, shown

from .asked import Asked, known, one_key, only

__all__ = ["explain", "forget", "list_memories", "remember"]


def list_memories(asked: Asked) -> Mapping[str, Any]:
    """Return what is stored, oldest first."""
    return {"memories": [as_seed(memory) for memory in asked.fake.memories(key=asked.key)]}


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


def forget(asked: Asked) -> Mapping[str, Any]:
    """Delete one memory, or every memory of the key."""
    key = one_key(asked, "DELETE memories")
    known(asked.fields, ("memory",))  # a typing error must not delete all
    asked.fake.forget(memory=asked.fields.get("memory"), key=key)
    return list_memories(asked)


def explain(asked: Asked) -> Mapping[str, Any]:
    """Return what a search would find, and why."""
    key = one_key(asked, "GET explain")
    query = only(asked.fields, ("query", "previousContext", "memory"), "query")
    context = asked.fields.get("previousContext", "")
    memory = asked.fields.get("memory")
    return asked.fake.explain(query, previous_context=context, memory=memory, key=key).as_dict()
