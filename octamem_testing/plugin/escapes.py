"""Calls that no fixture caught: the block of a test in which they are refused, and the failure of their test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Optional
from warnings import WarningMessage

import pytest

from .options import escapes_allowed
from .plan import node_id

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem_testing.wiring.blocks import Block

__all__ = ["block_of", "escapes", "fail_escapes", "warn_of_late_calls"]

_REFUSALS = "octamem_testing.wiring.refusals"


def block_of(item: pytest.Item, fake: Optional[Fake]) -> Block:
    """Return the block of a test: calls that none of its fixtures catches are refused in it."""
    from octamem_testing.wiring.blocks import Block, Owner

    return Block(fake, Owner(node_id(item)), allow=escapes_allowed(item.config))


def escapes() -> str:
    """Return what is wrong with the calls that were refused since the last time, "" for none."""
    if _REFUSALS not in sys.modules:
        return ""
    from octamem_testing.wiring.children import read_notes
    from octamem_testing.wiring.refusals import take_escapes

    read_notes()
    return take_escapes()


def fail_escapes() -> None:
    """Fail a test in which a call was refused, even if its code handled the error."""
    message = escapes()
    if message:
        pytest.fail(message, pytrace=False)


def warn_of_late_calls(item: pytest.Item) -> None:
    """Show in the summary which threads called OctaMem after their tests had ended."""
    if _REFUSALS not in sys.modules:
        return
    from octamem_testing.wiring.refusals import late_calls

    for line in late_calls():
        warning = pytest.PytestWarning(f"octamem: {line}; nothing was sent. What to do: wait for it in its test")
        message = WarningMessage(warning, pytest.PytestWarning, str(item.path), 0)
        # Not warnings.warn: under -W error it would fail this test, which is not the one to blame.
        item.ihook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": message, "when": "runtest", "nodeid": node_id(item), "location": None}
        )
