"""The same tests against the real service: which of them cannot run there, and its memories put in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Iterable, Mapping, Optional

if TYPE_CHECKING:
    from octamem import OctaMem
    from octamem_testing.marker import Plan

__all__ = ["FAKE_ONLY", "obstacle", "remember"]

FAKE_ONLY = ("octamem_fake", "octamem_clock", "octamem_server", "octamem_mock", "octamem_chaos")
"""Fixtures that mean nothing against the real service."""

SENT = {"content", "previousContext"}


def obstacle(fixtures: Collection[str], plan: Plan) -> Optional[str]:
    """Name what a test asks for that only the fake can do; None where there is nothing."""
    used = [name for name in FAKE_ONLY if name in fixtures]
    if used:
        return used[0]
    if plan.faults:
        return "the fault script of its marker"
    if plan.settings:
        return f"the setting {next(iter(plan.settings))} of its marker"
    if any(map(_is_more, plan.memories)):
        return "a memory with more than content and previousContext"
    return None


def _is_more(memory: object) -> bool:
    if isinstance(memory, Mapping):
        return bool({*memory} - SENT)
    return hasattr(memory, "content")  # one that a fake gave, with an id and a moment of its own


def remember(client: OctaMem, memories: Iterable[object]) -> None:
    """Add a marker's memories through the client; they stay."""
    for memory in memories:
        if isinstance(memory, Mapping):
            client.add(content=memory["content"], previous_context=memory.get("previousContext") or "")
        else:
            client.add(content=str(memory))
