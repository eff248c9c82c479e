"""What an app that is started from a shell would do: its base URL, its key and its proxies, read without a request."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Dict, List, Mapping, Optional
from urllib.parse import urlsplit

from fake_server.authority import Authority, is_loopback, is_unspecified, read_authority, url_from_here
from fake_server.cli.banner import API_KEY, BASE_URL
from fake_server.cli.options import options_of
from fake_server.core.key_text import is_key
from fake_server.core.wording import plural

from .findings import Finding, note, ok, problem
from .probe import port_of

__all__ = ["App", "check_base_url", "check_key", "check_proxies", "check_variable"]

SERVICE = "platform.octamem.com"
SHORTEST = 16  # characters: the vendor's SDK refuses a shorter key

_ROUTE = re.compile(r"/(?:api(?:/memory(?:/\w*)?)?|_fake|v\d+)/?")
_KEY_LIKE = re.compile(r"(?:sk-|om_)[^/]+")


@dataclass(frozen=True)
class App:
    """An app: its base URL and who says so, and its key; None if it has none."""

    url: Optional[str]
    origin: str = BASE_URL
    key: Optional[str] = dataclasses.field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The host of its base URL, "" if it has none."""
        return _host(self.url or "")

    @property
    def corrected(self) -> Optional[str]:
        """Its base URL as it may have been meant: with http, and without quotation marks, spaces and a path."""
        meant = (self.url or "").strip("\"' \t\n")
        meant = meant if "://" in meant else f"http://{meant}"
        host = _host(meant)
        if not host or _is_service(host) or not _has_port(meant):
            return None
        port = urlsplit(meant).port
        return url_from_here(host, port) if port else f"http://{host}"

    @property
    def calls_the_service(self) -> bool:
        """Whether it calls the real service; nothing is sent there."""
        return self.url is None or _is_service(self.host)


def check_base_url(app: App, fake: str) -> List[Finding]:
    """Return what is wrong with a base URL as a text; `fake` is the URL of the fake."""
    export = f"export {BASE_URL}={fake}"
    if app.url is None:
        seen = f"{BASE_URL} is not set: the app calls https://{SERVICE}, and the fake sees nothing"
        return [problem("base URL", seen, f"{_env(fake)}, or pass base_url={fake!r}")]
    seen = f"{app.origin} is {_safe(app.url)}"
    if app.calls_the_service:
        return [problem("base URL", f"{seen}: the real service, and the fake sees nothing", export)]
    parts = urlsplit(app.url) if app.host else None
    if parts is None or parts.scheme not in {"http", "https"} or not _has_port(app.url):
        return [problem("base URL", f"{seen}: expected http://HOST:PORT", export)]
    found = []
    if parts.scheme == "https" and is_loopback(app.host):
        found.append(problem("base URL", f"{seen}: octamem-fake serve speaks http, not https", export))
    if parts.username or parts.query or parts.fragment:
        found.append(problem("base URL", f"{seen}: expected neither user, query nor fragment", export))
    if parts.path not in {"", "/"}:
        why = "a client adds /api/memory/... itself" if _ROUTE.fullmatch(parts.path) else "the fake has no such path"
        found.append(problem("base URL", f"{seen}: the path after the port is too much, {why}", export))
    if is_unspecified(app.host):
        found.append(problem("base URL", f"{seen}: an address to listen on, not one to connect to", export))
    return found or [ok("base URL", seen)]


def check_variable(app: App, environment: Mapping[str, str]) -> List[Finding]:
    """Note a variable that names another base URL than the app is given in its code."""
    named = environment.get(BASE_URL)
    if app.url is None or not named or named.rstrip("/") == app.url.rstrip("/"):
        return []
    seen = f"{BASE_URL} is {_safe(named)}, where a client goes that is given no base_url"
    return [note("variable", seen, "to examine such a client, run octamem-fake doctor without a URL")]


def check_key(app: App, fake: str) -> List[Finding]:
    """Return what is wrong with a key as a text, which is not shown; `fake` is the URL of the fake."""
    if app.key is None:
        then = f"{_env(fake)}, or pass api_key="
        if app.origin != BASE_URL:
            return [note("key", f"{API_KEY} is not set: the app must have its key from elsewhere", then)]
        return [problem("key", f"{API_KEY} is not set: a client that is given no key refuses to begin", then)]
    seen = f"{API_KEY} has {plural(len(app.key), 'character')}"
    if not is_key(app.key):
        odd = "a quotation mark, a space or a line break" if app.key.isascii() else "a character beyond ASCII"
        return [problem("key", f"{seen}, and {odd} among them", "set it again, without what does not belong to it")]
    if app.key[0] in "\"'" or app.key[-1] in "\"'":
        return [problem("key", f"{seen}, and begins or ends with a quotation mark", "set it again without the mark")]
    if app.key.lower().startswith("bearer"):
        return [problem("key", f"{seen}, and begins with Bearer", "leave that word out: a client adds it")]
    if len(app.key) < SHORTEST:
        then = f"the vendor's SDK refuses keys of fewer than {SHORTEST} characters; the fake takes them"
        return [note("key", seen, then)]
    return [ok("key", seen)]


def check_proxies(app: App, environment: Mapping[str, str]) -> List[Finding]:
    """Return whether a proxy stands between the app and its base URL."""
    proxies = _proxies(environment)
    scheme = "https" if (app.url or "").lower().startswith("https:") else "http"
    names = [name for name in (scheme, "all") if proxies.get(name)]
    if not names or not app.host:
        return [ok("proxy", f"no variable names a proxy for {scheme}://")]
    shown = " and ".join(f"{name}_proxy ({_safe(proxies[name])})" for name in names)
    if _bypassed(app.host, port_of(app.url or ""), proxies.get("no", "")):
        return [ok("proxy", f"no_proxy has {app.host}, so that {shown} is not used")]
    seen = f"{shown} stands between the app and {app.host}, and no_proxy does not name that"
    return [problem("proxy", seen, f"export NO_PROXY={app.host},$NO_PROXY no_proxy={app.host},$no_proxy")]


def _bypassed(host: str, port: int, exceptions: str) -> bool:
    """Return whether a host is one that no proxy is used for, by its name, a name above it, its address or network.

    An exception may have a port, and is then for that one alone.
    """
    return any(_covers(each.strip().lower(), host, port) for each in exceptions.split(",") if each.strip())


def _covers(pattern: str, host: str, port: int) -> bool:
    try:
        return ip_address(host) in ip_network(pattern, strict=False)
    except ValueError:
        name = pattern.lstrip(".")
        authority = read_authority(name) or Authority(name)
        is_below = host == authority.host or host.endswith(f".{authority.host}")
        return pattern == "*" or (is_below and authority.port in {None, port})


def _proxies(environment: Mapping[str, str]) -> Dict[str, str]:
    """Return the proxies by scheme, and `no`: names in lower case go before those in capitals."""
    ordered = sorted(environment.items(), key=lambda each: each[0].islower())
    named = {name.lower(): text for name, text in ordered if name.lower().endswith("_proxy")}
    return {name[: -len("_proxy")]: text for name, text in named.items() if text}


def _env(fake: str) -> str:
    """Return the line of a shell that exports the URL of a fake and a key."""
    return f'eval "$(octamem-fake env{options_of(fake)})"'


def _safe(text: str) -> str:
    """Return a URL without what may be a password or a key; nothing of a text that is no URL."""
    scheme, found, rest = text.partition("://")
    if not found:
        return f"a text of {len(text)} characters without a scheme"
    rest = re.split(r"[?#]", rest)[0]
    _, at, place = rest.rpartition("@")
    return f"{scheme}://{at and '...@'}{_KEY_LIKE.sub('...', place)}"


def _host(url: str) -> str:
    """Return the host of a URL, "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_service(host: str) -> bool:
    return host == SERVICE or host.endswith(f".{SERVICE}")


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
