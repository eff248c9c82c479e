"""The base URL: what is one, what an error shows of what is none, and the host and port that it stands for."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from typing import Optional
from urllib.parse import urlsplit

from ._errors import ValidationError
from ._redact.show import show, size_of

DEFAULT_BASE_URL = "https://platform.octamem.com"
"""The host that the vendor's page names."""

URL_VARIABLE = "OCTAMEM_BASE_URL"

_PLACE = re.compile(
    r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]*))"
    r"(:0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
)
"""A host, by name or by number, and a port from 1 to 65535."""

_LONGEST_URL = 2000
"""What every server and gateway is known to take."""

_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,9}://[^/?#\\\s]{1,80}")
"""What is shown of a URL: its scheme, host and port. Whatever follows may hold a key."""

_LIKE_A_KEY = re.compile(r"(?i:bearer\s).*|sk-.*|[A-Za-z0-9_-]{16,}")


def url_from_environment() -> Optional[str]:
    """Return the base URL of the environment, or None."""
    return check_url(os.environ.get(URL_VARIABLE, "").strip() or None, URL_VARIABLE)


def check_url(value: object, option: str = "base_url") -> Optional[str]:
    """Return the URL without a slash at its end; None for None."""
    if value is None:
        return None
    problem = _problem(value) if isinstance(value, str) else "it must be a text"
    if problem:
        seen = _seen(value) if isinstance(value, str) else show(value)
        raise ValidationError(f"{option} is {seen}: {problem}, such as {DEFAULT_BASE_URL!r}")
    return str(value).strip().rstrip("/")


def _seen(value: str) -> str:
    if "@" in value:
        return "a URL with credentials"
    text = value.strip()
    start = _START.match(text)
    if start is not None:
        return repr(start[0]) + (" and more" if start.end() < len(text) else "")
    swapped = " that looks like an API key (did api_key and base_url change places?)"
    return size_of(value) + (swapped if _LIKE_A_KEY.fullmatch(text) else "")


def _problem(value: str) -> str:
    text = value.strip()
    if text and (not re.fullmatch(r"[!-~]+", text) or "\\" in text or len(text) > _LONGEST_URL):
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


def address_of(url: str) -> str:
    """Return the host and the port of a URL, and nothing else of it; "" where it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if host and port else host
