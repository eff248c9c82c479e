"""Catching: the transport that answers a request of any library, while a mock is in use."""

from __future__ import annotations

from typing import Optional, Type

from octamem_testing.wiring.blocks import BLOCKS
from octamem_testing.wiring.parent import is_forwarding
from octamem_testing.wiring.refusals import EscapeError, refuse_late
from octamem_testing.wiring.transport import FakeTransport
from octamem_testing.wiring.urls import Url, service_path

__all__ = ["caught"]


def caught(url: Url, error: Type[EscapeError] = EscapeError) -> Optional[FakeTransport]:
    """Return the transport of the innermost mock if the request is for the service, None for any other request.

    Raises EscapeError for a thread whose test has ended.
    """
    if is_forwarding():
        return None
    transport = next((block.transport for block in reversed(BLOCKS.open) if block.transport is not None), None)
    if transport is None or service_path(url) is None:
        return None
    refuse_late(url, error)
    return transport
