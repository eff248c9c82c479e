"""Wider scopes and unittest: what to use where pytest gives no fixture of the kit."""

from __future__ import annotations

import re
import unittest

import pytest

from .plan import FIXTURES

__all__ = ["scope_remedy", "unittest_remedy"]

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


def _is_unittest(item: pytest.Item) -> bool:
    owner = getattr(item, "cls", None)
    return isinstance(owner, type) and issubclass(owner, unittest.TestCase)


def unittest_remedy(item: pytest.Item, error: BaseException) -> str:
    """Return what to do if a method of unittest took a fixture of the kit for an argument or attribute, else ""."""
    if not _is_unittest(item):
        return ""
    named = [name for name in FIXTURES if f"'{name}'" in str(error)]
    if not named:
        return ""
    return (
        f"{named[0]}: a method of unittest.TestCase is given no fixture, neither as an argument nor as an attribute\n"
        'what to do: write @pytest.mark.usefixtures("octamem_mock") above the class, and build clients in the test '
        "(OctaMem()); for the fake itself, enter octamem_testing.mocked() in setUp"
    )
