"""What both clients have in common: their options, and how they show themselves.

Nothing heavy is imported here: what a client is made of loads when the first one is built.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Dict, Generic, Mapping, NoReturn, Optional, SupportsIndex, TypeVar, Union

from typing_extensions import Self

from ._options import DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_RETRY_BUDGET, UNSET, OnAttempt, Unset

if TYPE_CHECKING:
    from ._core import Core

TransportT = TypeVar("TransportT")
ClockT = TypeVar("ClockT")
CoreT = TypeVar("CoreT", bound="Core[Any, Any]")


class BaseClient(ABC, Generic[TransportT, ClockT, CoreT]):
    """The options of a client, checked once, and what every call of it shares."""

    def __init__(
        self,
        api_key: Optional[str] = None,
        *,
        base_url: Optional[str] = None,
        timeout: Union[float, Mapping[str, float]] = 30.0,
        max_retries: int = 3,
        retry_delay: float = 1.0,
        max_retry_delay: float = 60.0,
        deadline: Optional[float] = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        retry_unknown_writes: bool = True,
        retry_budget: Optional[float] = DEFAULT_RETRY_BUDGET,
        on_attempt: Optional[OnAttempt] = None,
        transport: Optional[TransportT] = None,
        clock: Optional[ClockT] = None,
    ) -> None:
        """Build a client; nothing is sent, and nothing is opened, before the first call.

        `api_key` and `base_url` are looked up in OCTAMEM_API_KEY and OCTAMEM_BASE_URL where they are not given, now
        and, while unset, at each call; the base URL is then https://platform.octamem.com, and a call without a key
        raises AuthenticationError. Times are in seconds. `timeout` bounds each step of an attempt (or a mapping of
        connect, read, write and pool does; those left out are 30), `deadline` the whole call with its attempts,
        waits and body. Failed attempts are repeated `max_retries` times, after `retry_delay` doubled each time up to
        `max_retry_delay`, with jitter. An answer longer than `max_response_bytes` is refused.
        `retry_unknown_writes=False` repeats an `add` only where it was certainly not carried out. `retry_budget` is
        how many retries all calls together may be ahead of their successes, None for no such limit. `on_attempt` is
        called with an AttemptRecord after each attempt. `transport` is an httpx transport, which the client closes;
        `clock` is what it takes for time.

        ValidationError names an option that makes no sense.
        """
        self._core = self._new_core(
            {
                "api_key": api_key,
                "base_url": base_url,
                "timeout": timeout,
                "max_retries": max_retries,
                "retry_delay": retry_delay,
                "max_retry_delay": max_retry_delay,
                "deadline": deadline,
                "max_response_bytes": max_response_bytes,
                "retry_unknown_writes": retry_unknown_writes,
                "retry_budget": retry_budget,
                "on_attempt": on_attempt,
            },
            transport,
            clock,
        )

    def with_options(
        self,
        *,
        api_key: Union[str, Unset, None] = UNSET,
        base_url: Union[str, Unset, None] = UNSET,
        timeout: Union[float, Mapping[str, float], Unset] = UNSET,
        max_retries: Union[int, Unset] = UNSET,
        retry_delay: Union[float, Unset] = UNSET,
        max_retry_delay: Union[float, Unset] = UNSET,
        deadline: Union[float, Unset, None] = UNSET,
        max_response_bytes: Union[int, Unset] = UNSET,
        retry_unknown_writes: Union[bool, Unset] = UNSET,
        retry_budget: Union[float, Unset, None] = UNSET,
        on_attempt: Union[OnAttempt, Unset, None] = UNSET,
    ) -> Self:
        """Return a client with these options changed, on the same connections, transport and clock.

        The connections stay this client's: closing the new one ends only the new one, closing this one ends both.
        They share a retry budget too, unless `retry_budget` is given. ValidationError names an option that makes no
        sense.
        """
        new = type(self).__new__(type(self))
        core = self._core.derived(
            {
                "api_key": api_key,
                "base_url": base_url,
                "timeout": timeout,
                "max_retries": max_retries,
                "retry_delay": retry_delay,
                "max_retry_delay": max_retry_delay,
                "deadline": deadline,
                "max_response_bytes": max_response_bytes,
                "retry_unknown_writes": retry_unknown_writes,
                "retry_budget": retry_budget,
                "on_attempt": on_attempt,
            }
        )
        vars(new).update(vars(self), _core=core)
        return new

    @abstractmethod
    def _new_core(self, options: Dict[str, object], transport: Optional[TransportT], clock: Optional[ClockT]) -> CoreT:
        """Return what a client of this kind is made of, with these options checked."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._core.shown_url()}>"

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds a key and connections, and cannot be pickled or copied: "
            "build one where it is needed, or derive one with with_options()"
        )
