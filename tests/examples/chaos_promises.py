"""An invariant of one's own: an object with a name and a check of one round."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Optional

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos import Chaos


@dataclass(frozen=True)
class Patient:
    """Nobody waits for longer than this many seconds."""

    name: ClassVar[str] = "patient"
    seconds: float

    def check(self, over: chaos.Round, /) -> Optional[str]:
        """Say how long it took where that was too long."""
        return None if over.seconds <= self.seconds else f"it took {over.seconds:.0f} s"


def suggest(client: OctaMem) -> None:
    """Look something up, for a user who waits for it."""
    quick = client.with_options(timeout=2, max_retries=1, max_retry_delay=1)
    with suppress(OctaMemError):  # no suggestion, then
        quick.get(query="what was I about to do?")


def test_nobody_waits_long(octamem_chaos: Chaos) -> None:
    """Two attempts of two seconds, and the wait between them, are the most."""
    octamem_chaos(suggest, rounds=100, invariants=[*chaos.INVARIANTS, Patient(seconds=6)])
