"""Validate the base URL, and describe it safely in errors."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from typing import Optional, Tuple
from urllib.parse import urlsplit

from ._errors import ValidationError
from ._options import DEFAULT_BASE_URL
from ._redact.show import invalid, size_of

URL_VARIABLE = "OCTAMEM_BASE_URL"

_HOST = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]*)")
"""A host by name or by number; an IPv6 address stands in brackets."""

_LONGEST_URL = 2000
"""Every server and gateway accepts a URL of this length."""

_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,9}://[^/?#\\\s]{1,80}")
"""The part of a URL that is shown: its scheme, host and port. Whatever follows may hold a key."""

_BARE_HOST = re.compile(
    r"(localhost|([a-z0-9][a-z0-9-]{0,14}\.){1,5}[a-z0-9]{1,12}|\[[0-9a-f]*:[0-9a-f:.]{1,44}\])(:[0-9]{1,5})?(?=/|$)"
)
"""A host without a scheme, in short parts that no key has."""

_HALF_A_SCHEME = re.compile(r"(?i)https?[^a-z0-9.-]")
"""A scheme that lacks a part of its "://"."""

_LIKE_A_KEY = re.compile(r"(?i:bearer\s).*|sk-.*|[A-Za-z0-9_-]{16,}")

_HIDDEN = "(a value that could be a key is not shown)"


def url_from_environment() -> Optional[str]:
    """Return the base URL of the environment, or None."""
    return check_url(os.environ.get(URL_VARIABLE, "").strip() or None, URL_VARIABLE)


def check_url(value: object, option: str = "base_url") -> Optional[str]:
    """Return the URL without a slash at its end; None for None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(option, f"must be a str such as {DEFAULT_BASE_URL!r}", type(value).__name__)
    url = value.strip()
    if not url:
        raise invalid(option, f"must not be blank: expected a URL such as {DEFAULT_BASE_URL!r}")
    problem = _problem(url, option)
    if problem is not None:
        raise problem
    return url.rstrip("/")


def _problem(url: str, option: str) -> Optional[ValidationError]:
    if len(url) > _LONGEST_URL:
        return invalid(option, f"must have at most {_LONGEST_URL:,} characters", f"{len(url):,}")
    shown = _shown(url)
    scheme, separator, rest = url.partition("://")
    if not separator and _LIKE_A_KEY.fullmatch(url):
        return invalid(
            f"{option}:", "expected a URL", f"what may be an API key {_HIDDEN}", "are api_key and base_url swapped?"
        )
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        advice = "write an international name in its xn-- form"
        return invalid(option, "must be ASCII without spaces and backslashes", shown, advice)
    if not separator:
        problem = "has a scheme without ://" if _HALF_A_SCHEME.match(url) else "has no scheme"
        return invalid(option, f"{problem}: expected http:// or https://", shown)
    if "?" in url or "#" in url:
        return invalid(option, "must not have a query (?) or a fragment (#)", shown)
    if scheme.lower() not in ("http", "https"):
        return invalid(option, "has the wrong scheme: expected http:// or https://", shown)
    return _problem_of_host(rest.partition("/")[0], shown, option)


def _problem_of_host(text: str, shown: str, option: str) -> Optional[ValidationError]:
    if "@" in text:
        return invalid(option, "must not have a user or a password (it is not shown)", advice="pass the key as api_key")
    host, port = _parted(text)
    if port is not None and not (port.isdecimal() and len(port) < 20 and 1 <= int(port) <= 65535):
        return invalid(option, "has an invalid port: expected a number from 1 to 65535", shown)
    return None if _is_host(host) else invalid(option, "has an invalid host: expected a name or an IP address", shown)


def _shown(url: str) -> str:
    if "@" in url:
        return "a URL with credentials (they are not shown)"
    start = _START.match(url)
    if start is not None:
        return repr(start[0] + ("…" if start.end() < len(url) else ""))
    host = _BARE_HOST.match(url)
    if host is not None:
        return repr(host[0] + ("…" if host.end() < len(url) else ""))
    return f"{size_of(url)} {_HIDDEN}"


def _parted(text: str) -> Tuple[str, Optional[str]]:
    host, colon, port = text.rpartition(":")
    return (host, port) if colon and not port.endswith("]") else (text, None)


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text)
    if found is None:
        return False
    address = found["six"] or (found["name"] if re.fullmatch("[0-9.]+", found["name"]) else None)
    try:
        return address is None or bool(ip_address(address))
    except ValueError:
        return False


def address_of(url: str) -> str:
    """Return only the host and the port of a URL; "" if it has no host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if host and port else host
