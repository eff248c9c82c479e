"""The pytest kit for code that talks to OctaMem: the fixtures of its plugin, and these names.

Each name loads at its first use, so importing the package needs none of its extras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy_names

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.search.scores import SCORE_CUT

    from . import chaos, faults, storm
    from .assertions.called import assert_called
    from .assertions.effects import (
        assert_attempts,
        assert_not_retried,
        assert_retry_after_honoured,
        assert_stored_once,
        assert_waited,
    )
    from .assertions.found import assert_found, assert_not_found
    from .assertions.invariants import assert_invariants
    from .context import OctaMemServer
    from .matrix import FaultCase, fault_matrix
    from .semantic import SemanticFallback
    from .virtual_time.bounds import LoopRefusedError
    from .virtual_time.clock import VirtualClock
    from .virtual_time.program_time import StandstillError
    from .wiring.mock import mocked
    from .wiring.serving import serving
    from .wiring.transport import FakeTransport

__all__ = [  # noqa: RUF022 - in the order of sorted(), as in the other packages
    "Fake",
    "FakeTransport",
    "FaultCase",
    "LoopRefusedError",
    "OctaMemServer",
    "SCORE_CUT",
    "SemanticFallback",
    "StandstillError",
    "VirtualClock",
    "assert_attempts",
    "assert_called",
    "assert_found",
    "assert_invariants",
    "assert_not_found",
    "assert_not_retried",
    "assert_retry_after_honoured",
    "assert_stored_once",
    "assert_waited",
    "chaos",
    "fault_matrix",
    "faults",
    "mocked",
    "serving",
    "storm",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "fake_server.core": ["Fake"],
        "fake_server.core.search.scores": ["SCORE_CUT"],
        f"{__name__}.assertions.called": ["assert_called"],
        f"{__name__}.assertions.effects": [
            "assert_attempts",
            "assert_not_retried",
            "assert_retry_after_honoured",
            "assert_stored_once",
            "assert_waited",
        ],
        f"{__name__}.assertions.found": ["assert_found", "assert_not_found"],
        f"{__name__}.assertions.invariants": ["assert_invariants"],
        f"{__name__}.chaos": [],
        f"{__name__}.context": ["OctaMemServer"],
        f"{__name__}.faults": [],
        f"{__name__}.matrix": ["FaultCase", "fault_matrix"],
        f"{__name__}.semantic": ["SemanticFallback"],
        f"{__name__}.storm": [],
        f"{__name__}.virtual_time.bounds": ["LoopRefusedError"],
        f"{__name__}.virtual_time.clock": ["VirtualClock"],
        f"{__name__}.virtual_time.program_time": ["StandstillError"],
        f"{__name__}.wiring.mock": ["mocked"],
        f"{__name__}.wiring.serving": ["serving"],
        f"{__name__}.wiring.transport": ["FakeTransport"],
    },
)
