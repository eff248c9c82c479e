"""For test kits and simulations: overrides for all clients, and the retry policy by itself.

The names of the retry policy are loaded when they are first used.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Dict, FrozenSet, Mapping, Optional, Union

from ._base import BaseClient
from ._clock import AsyncClock, Clock, SyncClock
from ._lazy import LazyModule, lazy_names
from ._options import DEFAULT_RETRY_BUDGET
from ._overrides import Override, RandomSource, override_scope
from ._registry import base_urls as _base_urls
from ._settings import Settings

if TYPE_CHECKING:
    import httpx

    from ._call.budget import EARNED_PER_SUCCESS, RetryBudget
    from ._call.classification import Answer, Failure, SendOutcome
    from ._call.environment import Environment
    from ._call.exchange import Attempt
    from ._call.exchange import exchange as call_steps
    from ._call.operations import Call
    from ._call.operations import add as add_call
    from ._call.operations import details as details_call
    from ._call.operations import get as get_call
    from ._call.retry import back_off
else:
    httpx = LazyModule("httpx")

__all__ = [
    "DEFAULT_RETRY_BUDGET",
    "EARNED_PER_SUCCESS",
    "Answer",
    "AsyncClock",
    "Attempt",
    "Call",
    "Clock",
    "Environment",
    "Failure",
    "RandomSource",
    "RetryBudget",
    "SendOutcome",
    "Settings",
    "SyncClock",
    "add_call",
    "back_off",
    "base_urls",
    "call_settings",
    "call_steps",
    "details_call",
    "get_call",
    "override",
    "preload",
    "sent_by",
]

_HOMES: Dict[str, str] = {
    "Answer": "octamem._call.classification",
    "Attempt": "octamem._call.exchange",
    "Call": "octamem._call.operations",
    "EARNED_PER_SUCCESS": "octamem._call.budget",
    "Environment": "octamem._call.environment",
    "Failure": "octamem._call.classification",
    "RetryBudget": "octamem._call.budget",
    "SendOutcome": "octamem._call.classification",
    "add_call": "octamem._call.operations:add",
    "back_off": "octamem._call.retry",
    "call_steps": "octamem._call.exchange:exchange",
    "details_call": "octamem._call.operations:details",
    "get_call": "octamem._call.operations:get",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)


def override(
    *,
    transport: Optional[httpx.BaseTransport] = None,
    async_transport: Optional[httpx.AsyncBaseTransport] = None,
    clock: Optional[Clock] = None,
    rng: Optional[RandomSource] = None,
    force: bool = False,
) -> AbstractContextManager[None]:
    """Return a context in which every client of this process uses these replacements.

    Clients read them at each call, in any thread or task. A client that was given the argument itself keeps its own,
    unless `force` is true. Overrides nest: of two that replace the same thing, the one entered last counts. A client
    never closes an overriding transport.
    """
    return override_scope(Override(transport, async_transport, clock, rng), force=force)


def preload() -> None:
    """Load every module that clients would otherwise load at their first call.

    A test may restore `sys.modules` around that call, and then some packages cannot be loaded again.
    """
    from ._http.transports import load_early

    load_early("octamem._client_state")


def base_urls() -> FrozenSet[str]:
    """Return the base URLs of all living clients of this process, each as a call made now would use it."""
    return _base_urls()


def sent_by(request: httpx.Request, client: object) -> bool:
    """Return whether this client, or a `with_options` copy of it or of its origin, sent the request.

    Each request carries the identity of its client in the extension `octamem_client`. A transport that copies a request
    has to copy its extensions too.
    """
    identity = request.extensions.get("octamem_client")
    return identity is not None and isinstance(client, BaseClient) and identity is client._state.identity  # noqa: SLF001


def call_settings(
    *,
    timeout: Union[float, Mapping[str, Optional[float]], None] = 30.0,
    max_retries: int = 3,
    retry_delay: float = 1.0,
    max_retry_delay: float = 60.0,
    deadline: Optional[float] = None,
    retry_unknown_writes: bool = True,
    retry_budget: Optional[float] = DEFAULT_RETRY_BUDGET,
) -> Settings:
    """Return the settings of a call as a client with these options has them; ValidationError names an invalid option.

    `call_steps(call, settings, environment)` is the retry policy itself, a generator: it yields each `Attempt` (sleep
    for its `wait`, then send), takes an `Answer` or a `Failure`, and returns the result or raises the OctaMemError. The
    `Environment` holds the time, the randomness and the `RetryBudget`. Nothing is sent and nobody waits.
    """
    return Settings().changed(locals())
