"""The same tests against the real service: which of them cannot run there, and how it gets its memories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Iterable, Mapping, Optional

if TYPE_CHECKING:
    from octamem import OctaMem
    from octamem_testing.marker import Plan

__all__ = ["FAKE_ONLY", "obstacle", "remember"]

FAKE_ONLY = ("octamem_fake", "octamem_clock", "octamem_server", "octamem_mock", "octamem_chaos", "octamem_virtual_time")
"""The fixtures that only the fake has."""

SENT = {"content", "previousContext"}


def obstacle(fixtures: Collection[str], plan: Plan) -> Optional[str]:
    """Return what a test needs that only the fake has, None if there is nothing."""
    for name in FAKE_ONLY:
        if name in fixtures:
            return name
    if plan.faults:
        return "the fault script of its marker"
    if plan.virtual_time:
        return "the virtual_time of its marker"
    if plan.settings:
        return f"the setting {next(iter(plan.settings))} of its marker"
    if any(map(_has_more_fields, plan.memories)):
        return "a memory with more than content and previousContext"
    return None


def _has_more_fields(memory: object) -> bool:
    if isinstance(memory, Mapping):
        return bool({*memory} - SENT)
    return hasattr(memory, "content")  # a memory of a fake, with its own id and time


def remember(client: OctaMem, memories: Iterable[object]) -> None:
    """Add the memories of a marker through the client; the service keeps them after the test."""
    for memory in memories:
        if isinstance(memory, Mapping):
            client.add(content=memory["content"], previous_context=memory.get("previousContext") or "")
        else:
            client.add(content=str(memory))
