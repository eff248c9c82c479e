"""The options of a client: from the arguments, else from the environment; checked when the client is built."""

from __future__ import annotations

import inspect
import math
import os
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional

from ._base_url import URL_VARIABLE, check_url, url_from_environment
from ._errors import AuthenticationError
from ._headers import ExtraHeaders, check_headers
from ._options import DEFAULT_BASE_URL, DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_RETRY_BUDGET, UNSET, OnAttempt
from ._redact.secret import Secret
from ._redact.show import invalid, show

KEY_VARIABLE = "OCTAMEM_API_KEY"

# A socket takes its timeout as 32 bits of milliseconds, so every platform can wait for about 24 days at most.
_LONGEST = 1_000_000.0


@dataclass(frozen=True)
class Timeouts:
    """The seconds that each step of one attempt may take without progress; None for no limit."""

    connect: Optional[float] = 30.0
    read: Optional[float] = 30.0
    write: Optional[float] = 30.0
    pool: Optional[float] = 30.0

    def within(self, remaining: Optional[float]) -> Dict[str, Optional[float]]:
        """Return the limits by httpx's names, none longer than the remaining seconds."""
        limits = {"connect": self.connect, "read": self.read, "write": self.write, "pool": self.pool}
        if remaining is None:
            return limits
        return {step: remaining if limit is None else min(limit, remaining) for step, limit in limits.items()}


@dataclass(frozen=True)
class Settings:
    """The checked options of one client.

    `api_key` and `base_url` are None as long as the environment decides. `environment` names those of the two that
    were read from the environment when the client was built.
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
    default_headers: ExtraHeaders = ()

    def changed(self, given: Mapping[str, object]) -> Settings:
        """Return these settings with other options; ValidationError names the first invalid one."""
        found = checked(given)
        looked_up = {name for name in ("api_key", "base_url") if found.get(name) is not None and given[name] is None}
        return replace(self, **found, environment=(self.environment - found.keys()) | looked_up)

    def key(self, *, again: bool = False) -> Secret:
        """Return the key, from the environment if none was given; AuthenticationError if there is none.

        `again` looks up again the key that the environment gave when the client was built.
        """
        key = self.api_key
        if key is None or (again and "api_key" in self.environment):
            key = key_from_environment() or key
        if not key:
            raise AuthenticationError(f"api_key is required: pass api_key=, or set {KEY_VARIABLE} (nothing was sent)")
        return key

    def url(self, *, again: bool = False) -> str:
        """Return the base URL, from the environment if none was given; `again` is as for `key`."""
        if self.base_url and not (again and "base_url" in self.environment):
            return self.base_url
        return url_from_environment() or self.base_url or DEFAULT_BASE_URL

    def url_variable(self) -> str:
        """Return the name of the variable that the base URL comes from; "" for an argument and for the default."""
        named = "base_url" in self.environment if self.base_url else bool(os.environ.get(URL_VARIABLE, "").strip())
        return URL_VARIABLE if named else ""


def key_from_environment() -> Optional[Secret]:
    """Return the key of the environment, or None."""
    return check_key(os.environ.get(KEY_VARIABLE), KEY_VARIABLE) or None


def check_key(value: object, option: str = "api_key") -> Optional[Secret]:
    """Return the key without the white space around it; None for None. An invalid key is not echoed."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(option, "must be a str", type(value).__name__)
    key = value.strip()
    if re.match(r"(?i)(authorization:\s*)?bearer\s", key):
        got, advice = 'a value that begins with "Bearer"', "remove that word (the value is not shown)"
        raise invalid(option, "must be the key alone", got, advice)
    if not re.fullmatch(r"[!-~]*", key):
        advice = "copy the key again from the dashboard (the value is not shown)"
        raise invalid(option, "must be printable ASCII without spaces", "another character", advice)
    return Secret(key)


def check_timeout(value: object, option: str = "timeout") -> Timeouts:
    """Return the four limits from a number of seconds, None for no limit, or a mapping of some of them."""
    if not isinstance(value, Mapping):
        seconds = check_limit(value, option)
        return Timeouts(seconds, seconds, seconds, seconds)
    limits: Dict[str, Optional[float]] = {}
    for step, seconds in value.items():
        if step not in ("connect", "read", "write", "pool"):
            raise invalid(option, "must only have the keys connect, read, write and pool", show(step))
        limits[step] = check_limit(seconds, f"{option}[{step!r}]")
    return Timeouts(**limits)


def check_seconds(value: object, option: str) -> float:
    """Return a number of seconds, at least 0 and at most a million."""
    number = _number(value)
    if number is None or not 0 <= number <= _LONGEST:
        raise invalid(option, f"must be a number of seconds of at least 0 and at most {_LONGEST:,.0f}", show(value))
    return number


def check_limit(value: object, option: str) -> Optional[float]:
    """Return a number of seconds, above 0 and at most a million, or None for no limit."""
    number = _number(value)
    if value is not None and (number is None or not 0 < number <= _LONGEST):
        rule = f"must be a number of seconds above 0 and at most {_LONGEST:,.0f}, or None for no limit"
        raise invalid(option, rule, show(value))
    return number


def check_count(value: object, option: str, *, least: int) -> int:
    """Return an int of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise invalid(option, f"must be an int of at least {least}", show(value))
    return value


def check_flag(value: object, option: str) -> bool:
    """Return True or False; no other value is accepted."""
    if not isinstance(value, bool):
        raise invalid(option, "must be True or False", show(value))
    return value


def check_budget(value: object, option: str) -> Optional[float]:
    """Return the size of the retry budget, or None for no budget."""
    number = _number(value)
    if value is not None and (number is None or not 0 <= number < math.inf):
        raise invalid(option, "must be a finite number of at least 0, or None", show(value))
    return number


def check_hook(value: object, option: str, *, takes: str = "AttemptRecord") -> Optional[Callable[[Any], object]]:
    """Return the hook, which must be a plain function: it is not awaited."""
    called = getattr(type(value), "__call__", None)  # noqa: B004 - asked is whether it is async
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(called):
        raise invalid(option, "must be a plain function or None", "an async function", "it is called and not awaited")
    if value is not None and not callable(value):
        raise invalid(option, f"must be a function of one {takes}, or None", show(value))
    return value


def check_methods(value: Any, option: str, expected: str, *methods: str) -> Any:
    """Return the object if it has all of the methods; None for None."""
    missing = [f"{name}()" for name in methods if not callable(getattr(value, name, None))]
    if value is not None and missing:
        raise invalid(option, f"must be {expected}", show(value), f"it has no {' and no '.join(missing)}")
    return value


def _number(value: object) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _key(value: object, option: str) -> Optional[Secret]:
    key = check_key(value, option)
    return key_from_environment() if key is None else key


def _url(value: object, option: str) -> Optional[str]:
    return check_url(value, option) or url_from_environment()


_CHECKS: Dict[str, Callable[[object, str], object]] = {
    "api_key": _key,
    "base_url": _url,
    "timeout": check_timeout,
    "max_retries": partial(check_count, least=0),
    "retry_delay": check_seconds,
    "max_retry_delay": check_seconds,
    "deadline": check_limit,
    "max_response_bytes": partial(check_count, least=1),
    "retry_unknown_writes": check_flag,
    "retry_budget": check_budget,
    "on_attempt": check_hook,
    "default_headers": check_headers,
}


def checked(given: Mapping[str, object]) -> Dict[str, Any]:
    """Return the options that were given, each checked; ValidationError names the first invalid one."""
    return {name: check(given[name], name) for name, check in _CHECKS.items() if given.get(name, UNSET) is not UNSET}
