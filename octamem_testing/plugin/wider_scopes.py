"""Wider scopes: what to use if a fixture of a module or session asks for one of the kit's."""

from __future__ import annotations

import re

from .plan import FIXTURES

__all__ = ["scope_remedy"]

_IN_PLACE = {
    "octamem_server": "`with octamem_testing.serving() as server: yield server`",
    "octamem_chaos": "`octamem_testing.chaos.run(scenario)`",
    "octamem_client": "`with octamem_testing.mocked(): yield OctaMem()`",
    "async_octamem_client": "`with octamem_testing.mocked(): yield AsyncOctaMem()`",
    "octamem_clock": "`clock = VirtualClock(fake)` and `with octamem_testing.mocked(fake, clock=clock): yield clock`",
}
_OTHERWISE = "`with octamem_testing.mocked() as fake: yield fake`"


def scope_remedy(message: str) -> str:
    """Return what to do about a ScopeMismatch of pytest, "" if it is not about a fixture of the kit."""
    named = re.match(r"ScopeMismatch: .*? fixture (\w+) with a (\w+)", message)
    if named is None or named[1] not in FIXTURES:
        return ""
    return (
        f"\nwhat to do: {named[1]} belongs to one test; in a fixture of the scope {named[2]}, use "
        f"{_IN_PLACE.get(named[1], _OTHERWISE)}"
    )
