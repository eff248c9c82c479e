"""Everything that one call uses, and the sending of its attempts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Tuple

import httpx

from octamem._call.classification import SendOutcome
from octamem._call.environment import Environment
from octamem._call.exchange import CALLED_OFF, Attempt
from octamem._call.operations import Call
from octamem._models import ResultT
from octamem._settings import Settings

from .endpoint import Endpoint
from .wire import Bounds, send, send_async


@dataclass(frozen=True)
class CallContext(Generic[ResultT]):
    """Everything that one call uses; clock, pool and httpx client are of the client's kind.

    `http_client` is None for the pool's own connections. `scope` is the context that the clock has for a call.
    """

    call: Call[ResultT]
    settings: Settings
    clock: Any
    scope: AbstractContextManager[object]
    pool: Any
    http_client: Any
    endpoint: Endpoint
    environment: Environment
    idempotency_key: bytes = field(repr=False)
    client: object

    # No variable here holds a request: it contains the key, and a traceback keeps the variables.

    def send(self, http_client: httpx.Client, attempt: Attempt) -> SendOutcome:
        """Make one attempt and return its outcome, unless the client was closed during the wait."""
        if attempt.wait and self.environment.closed():
            return CALLED_OFF
        return send(http_client, *self._outgoing(attempt))

    async def send_async(self, http_client: httpx.AsyncClient, attempt: Attempt) -> SendOutcome:
        """Make one attempt and return its outcome, unless the client was closed during the wait."""
        if attempt.wait and self.environment.closed():
            return CALLED_OFF
        return await send_async(http_client, *self._outgoing(attempt))

    def _outgoing(self, attempt: Attempt) -> Tuple[httpx.Request, Bounds]:
        return (
            self.endpoint.request(self.call, self.idempotency_key, attempt.timeout, attempt.number, self.client),
            Bounds(self.settings.max_response_bytes, attempt.deadline, self.clock.now),
        )
