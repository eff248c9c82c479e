"""Schedules as a Hypothesis strategy, for a property that only this program has."""

from hypothesis import given, settings

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos


def greeting(client: OctaMem) -> str:
    """Greet by name, or without one."""
    try:
        found = client.get(query="what is the user's name?").results or []
    except OctaMemError:
        found = []
    return f"Hello {found[0].content}" if found else "Hello"


@settings(max_examples=30, deadline=None)
@given(schedule=chaos.fault_schedules(endpoints="search", requests=1))
def test_there_is_always_a_greeting(schedule: str) -> None:
    """Whatever the service does, the user is greeted, and by no other name."""
    over = chaos.replay(greeting, schedule, invariants=(), memories=["Ana"])

    assert over.returned in ("Hello", "Hello Ana")
