"""The constructor, `with_options` and the repr of both clients.

Nothing heavy is imported here: the parts of a client are loaded when the first client is built.
"""

from __future__ import annotations

import inspect
from abc import ABC
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Callable,
    ClassVar,
    Generic,
    Mapping,
    NoReturn,
    Optional,
    SupportsIndex,
    TypeVar,
    Union,
)

from typing_extensions import ParamSpec, Self

from ._options import DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_RETRY_BUDGET, UNSET, OnAttempt, Unset

if TYPE_CHECKING:
    from ._client_state import ClientState

TransportT = TypeVar("TransportT")
HttpClientT = TypeVar("HttpClientT")
ClockT = TypeVar("ClockT")
ReturnT = TypeVar("ReturnT")
P = ParamSpec("P")


def _public(method: Callable[P, ReturnT]) -> Callable[P, ReturnT]:
    """Raise errors about the arguments in the name of the public class, from a frame that holds none of them.

    A TypeError names the option that may be meant.
    """
    signature = inspect.signature(method)
    names = list(signature.parameters)
    by_place = sum(each.kind is not each.KEYWORD_ONLY for each in signature.parameters.values())
    # By how many arguments come by their place, the options that may come by name; each except `self` has a default.
    fitting = [frozenset(), *(frozenset(names[given:]) for given in range(1, by_place + 1))]

    @wraps(method)
    def checked(*arguments: P.args, **options: P.kwargs) -> ReturnT:
        try:
            # Binding takes a tenth of the time that it takes to build a client, so only what does not fit is bound.
            if not (0 < len(arguments) <= by_place and options.keys() <= fitting[len(arguments)]):
                signature.bind(*arguments, **options)
        except TypeError as error:
            problem = str(error).removeprefix("got ")
            name = type(arguments[0]).__name__ + ("" if method.__name__ == "__init__" else f".{method.__name__}")
            unknown = next((option for option in options if option not in signature.parameters), "")
            # No variable may keep the key for a traceback, in this function or in those that it called.
            del arguments, options
        else:
            try:
                return method(*arguments, **options)
            except Exception as error:
                # The frames below hold the key, and a traceback keeps them.
                from traceback import clear_frames

                clear_frames(error.__traceback__)
                del arguments, options
                raise
        from difflib import get_close_matches

        near = get_close_matches(unknown, signature.parameters, 1)
        raise TypeError(f"{name}() got {problem}" + (f"; did you mean {near[0]}?" if near else ""))

    return checked


class BaseClient(ABC, Generic[TransportT, HttpClientT, ClockT]):
    """The options of a client, checked once, and what all its calls share."""

    _is_async: ClassVar[bool]
    _state: ClientState
    _transport: object = None

    @_public
    def __init__(
        self,
        api_key: Optional[str] = None,
        *,
        base_url: Optional[str] = None,
        timeout: Union[float, Mapping[str, Optional[float]], None] = 30.0,
        max_retries: int = 3,
        retry_delay: float = 1.0,
        max_retry_delay: float = 60.0,
        deadline: Optional[float] = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        retry_unknown_writes: bool = True,
        retry_budget: Optional[float] = DEFAULT_RETRY_BUDGET,
        on_attempt: Optional[OnAttempt] = None,
        default_headers: Optional[Mapping[str, str]] = None,
        transport: Optional[TransportT] = None,
        http_client: Optional[HttpClientT] = None,
        clock: Optional[ClockT] = None,
    ) -> None:
        """Build a client; it sends nothing and opens nothing before its first call.

        - `api_key` and `base_url` default to OCTAMEM_API_KEY and OCTAMEM_BASE_URL, looked up now and, if unset, at each
          call. Without either, the base URL is https://platform.octamem.com, and a call raises AuthenticationError.
        - `timeout` limits each step of an attempt; None for no limit. A mapping may limit connect, read, write and
          pool; those left out are 30. All times are in seconds.
        - `deadline` limits the whole call, with its attempts, waits and body.
        - `max_retries` limits the retries of a call. The wait before each is `retry_delay`, doubled each time up to
          `max_retry_delay`, with jitter.
        - `retry_unknown_writes=False` retries an `add` only if it was certainly not carried out.
        - `retry_budget` limits the retries of all calls together, beyond those that successes earn; None for no limit.
        - `max_response_bytes` limits the size of an answer.
        - `on_attempt` is called with an AttemptRecord after each attempt.
        - `default_headers` are added to each request.
        - `transport` is an httpx transport, which the client closes. `clock` replaces the system's time.
        - `http_client` is an httpx client to send through, for its transport, proxies and hooks. It is not closed.

        ValidationError names an invalid option.
        """
        options = dict(locals())  # The parameters are the options, so their names stand in the signature alone.
        from ._client_state import ASYNC, SYNC, new_state

        self._state = new_state(ASYNC if self._is_async else SYNC, options, type(self))
        self._transport = options["transport"]  # for the repr

    @_public
    def with_options(
        self,
        *,
        api_key: Union[str, Unset, None] = UNSET,
        base_url: Union[str, Unset, None] = UNSET,
        timeout: Union[float, Mapping[str, Optional[float]], Unset, None] = UNSET,
        max_retries: Union[int, Unset] = UNSET,
        retry_delay: Union[float, Unset] = UNSET,
        max_retry_delay: Union[float, Unset] = UNSET,
        deadline: Union[float, Unset, None] = UNSET,
        max_response_bytes: Union[int, Unset] = UNSET,
        retry_unknown_writes: Union[bool, Unset] = UNSET,
        retry_budget: Union[float, Unset, None] = UNSET,
        on_attempt: Union[OnAttempt, Unset, None] = UNSET,
        default_headers: Union[Mapping[str, str], Unset, None] = UNSET,
    ) -> Self:
        """Return a client with these options changed, on the same connections, transport and clock.

        The connections belong to this client: closing the new one ends only the new one, closing this one ends both.
        They share a retry budget too, unless `retry_budget` is given. ValidationError names an invalid option.
        """
        options = dict(locals())
        new = type(self).__new__(type(self))
        vars(new).update(vars(self), _state=self._state.derived(options))
        return new

    def __repr__(self) -> str:
        # A refused option leaves a client without a state in the traceback.
        state: Optional[ClientState] = getattr(self, "_state", None)
        if state is None:
            return f"<{type(self).__name__} not built>"
        shown = state.transport_for_repr(self._transport)
        return f"<{type(self).__name__} {state.url_for_repr()}{shown and f' on {shown}'}>"

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be copied or pickled, since it holds a key and connections; "
            "build a client where it is needed, or call with_options()"
        )
