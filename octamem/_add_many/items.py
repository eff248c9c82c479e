"""The arguments of `add_many`: its options, the iterable, and the call that each item stands for."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from octamem._call import operations
from octamem._call.operations import Call
from octamem._models import AddResult
from octamem._redact.show import invalid, show
from octamem._settings import check_count, check_hook

MOST_AT_ONCE = 400
"""As many calls as a client has connections: one more would only wait for a free one, and time out."""


def check_options(concurrency: object, on_progress: object) -> int:
    """Return the concurrency; ValidationError names the option that is invalid."""
    count = check_count(concurrency, "concurrency", least=1)
    if count > MOST_AT_ONCE:
        raise invalid("concurrency", f"must be at most {MOST_AT_ONCE}", show(count))
    check_hook(on_progress, "on_progress", takes="AddProgress")
    return count


def check_items(items: Any, *, is_async: bool) -> None:
    """Raise a ValidationError unless the items can be iterated over, and are not one item."""
    if isinstance(items, (str, bytes, Mapping)):
        raise invalid(
            "items", "must be an iterable of memories", f"one {type(items).__name__}", "pass [it] or use add()"
        )
    if hasattr(items, "__iter__") or (is_async and hasattr(items, "__aiter__")):
        return
    advice = "an async iterable needs AsyncOctaMem" if hasattr(items, "__aiter__") else ""
    raise invalid("items", "must be an iterable of memories", show(items), advice)


def call_of(index: int, item: Any, idempotency_key: Optional[str] = None) -> Call[AddResult]:
    """Return the call that stores an item; ValidationError if it is none of the three kinds."""
    if isinstance(item, str):
        return operations.add(None, item, "", idempotency_key)
    if isinstance(item, Mapping):
        params: Any = item
        return operations.add(params, None, "", idempotency_key)
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return operations.add(None, item[0], item[1], idempotency_key)
    got = f"a {type(item).__name__} of {len(item)}" if isinstance(item, (tuple, list)) else show(item)
    raise invalid(f"items[{index}]", "must be a str, a dict of params, or a pair of content and context", got)
