"""The options of a client: the arguments, else the environment; checked once, when the client is built."""

from __future__ import annotations

import inspect
import math
import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Callable, Dict, Mapping, Optional

from ._errors import AuthenticationError, ValidationError
from ._options import DEFAULT_MAX_RESPONSE_BYTES, DEFAULT_RETRY_BUDGET, UNSET, OnAttempt
from ._secret import Secret
from ._show import show

DEFAULT_BASE_URL = "https://platform.octamem.com"
"""The host that the vendor's page names."""

KEY_VARIABLE = "OCTAMEM_API_KEY"
URL_VARIABLE = "OCTAMEM_BASE_URL"

# A socket takes its timeout as 32 bits of milliseconds, so about 24 days is the most that every platform can wait.
_LONGEST = 1_000_000.0

_PLACE = re.compile(
    r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]*))"
    r"(:0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
)
"""A host, by name or by number, and a port from 1 to 65535."""

_LONGEST_URL = 2000
"""What every server and gateway is known to take."""


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
    """The checked options of one client; `api_key` and `base_url` are None while the environment decides."""

    api_key: Optional[Secret] = None
    base_url: Optional[str] = None
    timeout: Timeouts = Timeouts()
    max_retries: int = 3
    retry_delay: float = 1.0
    max_retry_delay: float = 60.0
    deadline: Optional[float] = None
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    retry_unknown_writes: bool = True
    retry_budget: Optional[float] = DEFAULT_RETRY_BUDGET
    on_attempt: Optional[OnAttempt] = None

    def key(self) -> Secret:
        """Return the key, looked up in the environment where none was given; AuthenticationError without one."""
        key = key_from_environment() if self.api_key is None else self.api_key
        if not key:
            raise AuthenticationError(
                f"there is no API key: set {KEY_VARIABLE}, or pass api_key= when the client is built (nothing was sent)"
            )
        return key

    def url(self) -> str:
        """Return the base URL, looked up in the environment where none was given."""
        return self.base_url or url_from_environment() or DEFAULT_BASE_URL


def key_from_environment() -> Optional[Secret]:
    """Return the key of the environment, or None."""
    return check_key(os.environ.get(KEY_VARIABLE), KEY_VARIABLE) or None


def url_from_environment() -> Optional[str]:
    """Return the base URL of the environment, or None."""
    return check_url(os.environ.get(URL_VARIABLE, "").strip() or None, URL_VARIABLE)


def check_key(value: object, option: str = "api_key") -> Optional[Secret]:
    """Return the key without the white space around it; None for None. What is refused is not echoed."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValidationError(f"{option} must be a text and is a {type(value).__name__}: pass the key as a str")
    key = value.strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise ValidationError(
            f"{option} holds white space, a control character or one that is not ASCII (it is not shown here): "
            "copy the key again from the dashboard"
        )
    return Secret(key)


def check_url(value: object, option: str = "base_url") -> Optional[str]:
    """Return the URL without a slash at its end; None for None."""
    if value is None:
        return None
    problem = _url_problem(value) if isinstance(value, str) else "it must be a text"
    if problem:
        seen = "a URL with credentials" if isinstance(value, str) and "@" in value else show(value)
        raise ValidationError(f"{option} is {seen}: {problem}, such as {DEFAULT_BASE_URL!r}")
    return str(value).strip().rstrip("/")


def _url_problem(value: str) -> str:
    text = value.strip()
    if not re.fullmatch(r"[!-~]+", text) or "\\" in text or len(text) > _LONGEST_URL:
        return f"it must be ASCII without spaces (a name in its xn-- form), {_LONGEST_URL} characters at most"
    if "?" in text or "#" in text:
        return "it must be without ? and #"
    scheme, _, rest = text.partition("://")
    place = rest.partition("/")[0]
    if "@" in place:
        return "it must be without user and password; pass the key as api_key"
    if scheme.lower() not in ("http", "https") or not _is_place(place):
        return "it must be http:// or https:// with a valid host and port"
    return ""


def _is_place(text: str) -> bool:
    found = _PLACE.fullmatch(text)
    if found is None:
        return False
    address = found["six"] or (found["name"] if re.fullmatch("[0-9.]+", found["name"]) else None)
    try:
        return address is None or bool(ip_address(address))
    except ValueError:
        return False


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
        raise ValidationError(f"on_attempt is {show(value)}: it must be a plain function of one record, or None")
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
    return {name: _CHECKS[name](value) for name, value in given.items() if value is not UNSET}
