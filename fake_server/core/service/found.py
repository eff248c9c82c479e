"""Found: how many memories a search found, and why it found none, for the line of the journal."""

from __future__ import annotations

from fake_server.core.tenants.tenant import Tenant

__all__ = ["found_words", "why_none"]

LOOKED_AT = 10_000  # memories of a key: to look at more for a line of the journal takes too long


def found_words(found: int, stored: int, why: str) -> str:
    """Return how many memories were found, of how many, and if there are none, why."""
    words = f"found {found} of {stored} {'memory' if stored == 1 else 'memories'}"
    return f"{words}: {why}" if not found and why else words


def why_none(tenant: Tenant, context: str) -> str:
    """Return why a search that found nothing has no result, "" for a key without memories."""
    stored, selected = len(tenant.store), tenant.selects(context)
    if not stored or stored > LOOKED_AT:
        return ""
    if selected and not any(memory.context == selected for memory in tenant.store.all()):
        return "none is under the context of the search"
    if not tenant.store.within_reach(context=selected, now=tenant.clock.ticks()):
        return "none is indexed yet"
    return "none holds a term of the query" if tenant.ranker is None else "search= returned none"
