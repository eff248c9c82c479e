"""Control of the memories: list, store, delete, and explain a search."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fake_server.core import Fake
from fake_server.core.json_body import BadBody, json_kind
from fake_server.core.tenants.seeds import as_seed
from fake_server.core.wording import expected, shown

from .asked import Fields, known, one_key, only

__all__ = ["explain", "forget", "list_memories", "remember"]


def list_memories(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return what is stored, oldest first."""
    return {"memories": [as_seed(memory) for memory in fake.memories(key=key)]}


def remember(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    """Store memories, or replace some by id."""
    one = one_key(key, "POST memories")
    seeds = only(fields, ("memories", "replace"), "memories")
    if not isinstance(seeds, list):
        raise BadBody(expected("memories", "an array", json_kind(seeds)))
    replace = fields.get("replace", False)
    if not isinstance(replace, bool):
        raise BadBody(expected("replace", "true or false", shown(replace)))
    put = fake.replace if replace else fake.remember
    return {"memories": [as_seed(memory) for memory in put(seeds, key=one)]}


def forget(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    """Delete one memory, or every memory of the key."""
    one = one_key(key, "DELETE memories")
    known(fields, ("key", "memory"))  # a typing error must not delete all
    fake.forget(memory=fields.get("memory"), key=one)
    return list_memories(fake, one, {})


def explain(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    """Return what a search would find, and why."""
    one = one_key(key, "GET explain")
    query = only(fields, ("key", "query", "previousContext", "memory"), "query")
    context = fields.get("previousContext", "")
    return fake.explain(query, previous_context=context, memory=fields.get("memory"), key=one).as_dict()
