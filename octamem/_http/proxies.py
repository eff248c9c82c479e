"""The proxy of the environment for a base URL; NO_PROXY is read as httpx and requests read it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from typing import Optional, Tuple, Union
from urllib.request import getproxies, proxy_bypass

import httpx

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_PORTS = {"http": 80, "https": 443}
_BRACKETED = re.compile(r"\[(.*)\](?::([0-9]+))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]+)")


def proxy_for(base_url: str) -> Optional[str]:
    """Return the URL of the proxy, by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY or the system's settings."""
    url = httpx.URL(base_url)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or _is_excluded(url, proxies.get("no", "")) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_excluded(url: httpx.URL, no_proxy: str) -> bool:
    return any(_covers(entry, url) for entry in re.split(r"[,\s]+", no_proxy.lower()) if entry)


def _covers(entry: str, url: httpx.URL) -> bool:
    """Return whether an entry is for the host of a URL: a name and all below it, an address, a network, or `*`.

    An entry may have a scheme or a port, and is then for that one alone.
    """
    scheme, marked, rest = entry.partition("://")
    if marked and scheme not in ("all", url.scheme):
        return False
    host, port = _split(rest.rstrip("/") if marked else entry)
    if port and port != (url.port or _PORTS.get(url.scheme)):
        return False
    if host in ("*", ""):
        return bool(marked or host)
    address = _address(url.host)
    return _is_below(url, host.lstrip("*").strip(".")) if address is None else _is_in(address, host)


def _split(entry: str) -> Tuple[str, int]:
    """Return the host and the port of an entry; 0 for none."""
    found = _BRACKETED.fullmatch(entry) or _WITH_PORT.fullmatch(entry)
    return (found[1], int(found[2] or 0)) if found else (entry, 0)


def _address(host: str) -> Optional[Address]:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def _is_in(address: Address, network: str) -> bool:
    with contextlib.suppress(ValueError):
        return address in ipaddress.ip_network(network.partition("%")[0], strict=False)
    return False


def _is_below(url: httpx.URL, name: str) -> bool:
    hosts = (url.host.rstrip("."), url.raw_host.decode("ascii").rstrip("."))
    return bool(name) and any(host == name or host.endswith(f".{name}") for host in hosts)
