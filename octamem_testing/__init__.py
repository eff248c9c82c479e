"""The pytest kit for code that talks to OctaMem: fixtures by its plugin, and these names.

Everything loads when it is first asked for, so that importing the package needs none of its extras.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from fake_server.core import Fake

    from . import chaos, faults, storm
    from .assertions.called import assert_called
    from .assertions.effects import (
        assert_attempts,
        assert_not_retried,
        assert_retry_after_honoured,
        assert_stored_once,
        assert_waited,
    )
    from .context import OctaMemServer
    from .matrix import FaultCase, fault_matrix
    from .virtual_time.clock import VirtualClock
    from .wiring.transport import FakeTransport

__all__ = [
    "Fake",
    "FakeTransport",
    "FaultCase",
    "OctaMemServer",
    "VirtualClock",
    "assert_attempts",
    "assert_called",
    "assert_not_retried",
    "assert_retry_after_honoured",
    "assert_stored_once",
    "assert_waited",
    "chaos",
    "fault_matrix",
    "faults",
    "storm",
]

_MODULES = ("chaos", "faults", "storm")
_HOMES: Dict[str, str] = {
    "Fake": "fake_server.core",
    "FakeTransport": "octamem_testing.wiring.transport",
    "FaultCase": "octamem_testing.matrix",
    "OctaMemServer": "octamem_testing.context",
    "VirtualClock": "octamem_testing.virtual_time.clock",
    "assert_attempts": "octamem_testing.assertions.effects",
    "assert_called": "octamem_testing.assertions.called",
    "assert_not_retried": "octamem_testing.assertions.effects",
    "assert_retry_after_honoured": "octamem_testing.assertions.effects",
    "assert_stored_once": "octamem_testing.assertions.effects",
    "assert_waited": "octamem_testing.assertions.effects",
    "fault_matrix": "octamem_testing.matrix",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _MODULES and name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .installed import needed

    with needed(f"{__name__}.{name}"):
        if name in _MODULES:
            return import_module(f"{__name__}.{name}")
        value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
