"""The options of a client: the arguments, else the environment; checked once, when the client is built."""

from __future__ import annotations

import inspect
import math
import os
import re
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional

from ._base_url import DEFAULT_BASE_URL, URL_VARIABLE, check_url, url_from_environment
from ._errors import AuthenticationError, ValidationError
from ._options import DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_RETRY_BUDGET, UNSET, OnAttempt
from ._redact.redact import concealing
from ._redact.secret import Secret
from ._redact.show import show

KEY_VARIABLE = "OCTAMEM_API_KEY"

# A socket takes its timeout as 32 bits of milliseconds, so about 24 days is the most that every platform can wait.
_LONGEST = 1_000_000.0


@dataclass(frozen=True)
class Timeouts:
    """The seconds that each step of one attempt may take without progress."""

    connect: float = 30.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0

    def within(self, remaining: Optional[float]) -> Dict[str, float]:
        """Return them as httpx names them, none longer than what remains."""
        limits = {"connect": self.connect, "read": self.read, "write": self.write, "pool": self.pool}
        if remaining is None:
            return limits
        return {step: min(limit, remaining) for step, limit in limits.items()}


@dataclass(frozen=True)
class Settings:
    """The checked options of one client; `api_key` and `base_url` are None while the environment decides.

    `environment` names those of the two that were read from the environment when the client was built.
    """

    api_key: Optional[Secret] = None
    base_url: Optional[str] = None
    environment: FrozenSet[str] = frozenset()
    timeout: Timeouts = Timeouts()
    max_retries: int = 3
    retry_delay: float = 1.0
    max_retry_delay: float = 60.0
    deadline: Optional[float] = None
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    retry_unknown_writes: bool = True
    retry_budget: Optional[float] = DEFAULT_RETRY_BUDGET
    on_attempt: Optional[OnAttempt] = None

    def changed(self, given: Mapping[str, object]) -> Settings:
        """Return these settings with other options; ValidationError names the first that makes no sense."""
        found = checked(given)
        looked_up = {name for name, value in found.items() if value is not None and given[name] is None}
        return replace(self, **found, environment=(self.environment - found.keys()) | looked_up)

    def key(self, *, anew: bool = False) -> Secret:
        """Return the key, looked up in the environment where none was given; AuthenticationError without one.

        `anew` looks up again what the environment gave when the client was built.
        """
        key = self.api_key
        if key is None or (anew and "api_key" in self.environment):
            key = key_from_environment() or key
        if not key:
            raise AuthenticationError(
                f"there is no API key: set {KEY_VARIABLE}, or pass api_key= when the client is built (nothing was sent)"
            )
        return key

    def url(self, *, anew: bool = False) -> str:
        """Return the base URL, looked up in the environment where none was given; `anew` is as for `key`."""
        if self.base_url and not (anew and "base_url" in self.environment):
            return self.base_url
        return url_from_environment() or self.base_url or DEFAULT_BASE_URL

    def url_variable(self) -> str:
        """Return the name of the variable that the base URL is from; "" for the program's own, and the default."""
        named = "base_url" in self.environment if self.base_url else bool(os.environ.get(URL_VARIABLE, "").strip())
        return URL_VARIABLE if named else ""

    def depend_on_environment(self, *, anew: bool) -> bool:
        """Return whether the key or the base URL is to be looked up at each call."""
        return self.api_key is None or self.base_url is None or (anew and bool(self.environment))

    def unseen(self) -> concealing:
        """Return a context in which no error about an argument shows the key."""
        return concealing(lambda: (self.api_key, os.environ.get(KEY_VARIABLE)))


def key_from_environment() -> Optional[Secret]:
    """Return the key of the environment, or None."""
    return check_key(os.environ.get(KEY_VARIABLE), KEY_VARIABLE) or None


def check_key(value: object, option: str = "api_key") -> Optional[Secret]:
    """Return the key without the white space around it; None for None. What is refused is not echoed."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValidationError(f"{option} must be a text and is a {type(value).__name__}: pass the key as a str")
    key = value.strip()
    if re.match(r"(?i)(authorization:\s*)?bearer\s", key):
        raise ValidationError(
            f'{option} begins with "Bearer" (it is not shown here): leave that out, and pass the key alone'
        )
    if not re.fullmatch(r"[!-~]*", key):
        raise ValidationError(
            f"{option} holds white space, a control character or one that is not ASCII (it is not shown here): "
            "copy the key again from the dashboard"
        )
    return Secret(key)


def check_timeout(value: object) -> Timeouts:
    """Return the four limits from a number of seconds, or from a mapping of some of them."""
    if not isinstance(value, Mapping):
        seconds = check_seconds(value, "timeout", positive=True)
        return Timeouts(seconds, seconds, seconds, seconds)
    limits: Dict[str, float] = {}
    for step, seconds in value.items():
        if step not in ("connect", "read", "write", "pool"):
            raise ValidationError(f"timeout has the unknown key {show(step)}: connect, read, write and pool are known")
        limits[step] = check_seconds(seconds, f"timeout[{step!r}]", positive=True)
    return Timeouts(**limits)


def check_seconds(value: object, option: str, *, positive: bool = False) -> float:
    """Return a number of seconds: finite, from 0 (or above 0) to a million."""
    number = _number(value)
    if number is None or not 0 <= number <= _LONGEST or (positive and number == 0):
        least = "above 0" if positive else "from 0"
        raise ValidationError(f"{option} is {show(value)}: it must be a number of seconds {least} to {_LONGEST:,.0f}")
    return number


def check_deadline(value: object) -> Optional[float]:
    """Return the seconds that a whole call may take, or None for no limit."""
    return None if value is None else check_seconds(value, "deadline", positive=True)


def check_count(value: object, option: str, *, least: int) -> int:
    """Return a whole number that is not below the least."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValidationError(f"{option} is {show(value)}: it must be a whole number, {least} or more")
    return value


def check_flag(value: object, option: str) -> bool:
    """Return True or False, and take nothing that is merely like it."""
    if not isinstance(value, bool):
        raise ValidationError(f"{option} is {show(value)}: it must be True or False")
    return value


def check_budget(value: object) -> Optional[float]:
    """Return the size of the retry budget, or None for none."""
    number = _number(value)
    if value is not None and (number is None or not 0 <= number < math.inf):
        raise ValidationError(f"retry_budget is {show(value)}: it must be a number of retries, 0 or more, or None")
    return number


def check_hook(value: object) -> Optional[OnAttempt]:
    """Return the hook, which must be a plain callable: it is called, not awaited."""
    called = getattr(type(value), "__call__", None)  # noqa: B004 - asked is whether it is async
    is_async = inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(called)
    if value is not None and (not callable(value) or is_async):
        seen = "an async function" if is_async else show(value)
        raise ValidationError(f"on_attempt is {seen}: it must be a plain function of one record, or None")
    return value


def check_methods(value: Any, option: str, *methods: str) -> Any:
    """Return the object where it has all of the methods; None for None."""
    missing = [name for name in methods if not callable(getattr(value, name, None))]
    if value is not None and missing:
        raise ValidationError(f"{option} is {show(value)}: it has no method {' and no '.join(missing)}")
    return value


def _number(value: object) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _key(value: object) -> Optional[Secret]:
    key = check_key(value)
    return key_from_environment() if key is None else key


def _url(value: object) -> Optional[str]:
    return check_url(value) or url_from_environment()


_CHECKS: Dict[str, Callable[[object], object]] = {
    "api_key": _key,
    "base_url": _url,
    "timeout": check_timeout,
    "max_retries": lambda value: check_count(value, "max_retries", least=0),
    "retry_delay": lambda value: check_seconds(value, "retry_delay"),
    "max_retry_delay": lambda value: check_seconds(value, "max_retry_delay"),
    "deadline": check_deadline,
    "max_response_bytes": lambda value: check_count(value, "max_response_bytes", least=1),
    "retry_unknown_writes": lambda value: check_flag(value, "retry_unknown_writes"),
    "retry_budget": check_budget,
    "on_attempt": check_hook,
}


def checked(given: Mapping[str, object]) -> Dict[str, Any]:
    """Return the options that were given, each checked; ValidationError names the first that makes no sense."""
    with concealing(lambda: (given.get("api_key"), os.environ.get(KEY_VARIABLE))):
        return {name: _CHECKS[name](value) for name, value in given.items() if value is not UNSET}
