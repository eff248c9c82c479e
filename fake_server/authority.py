"""HOST[:PORT] and SCHEME://HOST[:PORT] as values: parsed strictly, and whether a host names this machine."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Optional, Union

__all__ = [
    "Authority",
    "Origin",
    "host_name",
    "is_address",
    "is_loopback",
    "is_loopback_address",
    "is_unspecified",
    "origin_of",
    "read_allowed_origin",
    "read_authority",
    "read_origin",
    "url_from_here",
]

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_AUTHORITY = re.compile(r"(\[[0-9a-f.]*:[0-9a-f:.]*\]|[0-9a-z._-]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OCTET = r"(?:0|[1-9][0-9]{0,2})"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")

_Address = Union[IPv4Address, IPv6Address]


@dataclass(frozen=True)
class Authority:
    """A host in its canonical spelling, an IPv6 address without brackets, and a port, None if the default is meant."""

    host: str
    port: Optional[int] = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


@dataclass(frozen=True)
class Origin:
    """The origin of a web page, whose port is None if it is the default of the scheme."""

    scheme: str
    authority: Authority

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def origin_of(scheme: str, authority: Authority) -> Origin:
    """Return an origin as browsers spell it, which leave the default port out."""
    is_default = authority.port == _DEFAULT_PORTS.get(scheme)
    return Origin(scheme, Authority(authority.host) if is_default else authority)


def read_origin(text: str) -> Optional[Origin]:
    """Return the origin that a text is, None if it is none."""
    matched = _ORIGIN.fullmatch(text)
    authority = None if matched is None else read_authority(matched[2])
    return None if matched is None or authority is None else origin_of(matched[1].lower(), authority)


def read_allowed_origin(text: str) -> Optional[str]:
    """Return the canonical spelling of an origin, of `null` or of `*`; None if the text is none of them."""
    if text in {"null", "*"}:
        return text
    origin = read_origin(text)
    return None if origin is None else str(origin)


def read_authority(text: str) -> Optional[Authority]:
    """Return the authority that a text is, None if it is none.

    An IPv4 address must have its canonical form: a browser reads `127.1` and `0x7f.1` as addresses too, but sends them
    in that form.
    """
    matched = _AUTHORITY.fullmatch(text.lower())
    if matched is None:
        return None
    host = _host(matched[1])
    port = None if matched[2] is None else int(matched[2])
    if host is None or (port is not None and not 1 <= port <= 65535):
        return None
    return Authority(host, port)


def host_name(text: str) -> Optional[str]:
    """Return the canonical host of a name or an address without a port, None if the text is neither."""
    if ":" in text and not text.startswith("["):
        text = f"[{text}]"
    authority = read_authority(text)
    return None if authority is None or authority.port is not None else authority.host


def is_loopback(host: str) -> bool:
    """Return whether a canonical host is a loopback address, `localhost` or a name under it."""
    return host == "localhost" or host.endswith(".localhost") or is_loopback_address(host)


def is_loopback_address(host: str) -> bool:
    """Return whether a canonical host is an address that only this machine reaches."""
    address = _address(host)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address is not None and (mapped or address).is_loopback


def is_unspecified(host: str) -> bool:
    """Return whether a canonical host is the address that stands for all addresses of a machine."""
    address = _address(host)
    return address is not None and address.is_unspecified


def url_from_here(bound: str, port: int) -> str:
    """Return the URL by which this machine reaches a server that listens on `bound`, "" for all addresses."""
    host = bound
    if not bound or is_unspecified(bound):
        # An address to listen on is none to connect to, whatever some systems make of it.
        host = "127.0.0.1" if ":" not in bound or socket.has_dualstack_ipv6() else "::1"
    return f"http://{Authority(host, port)}"


def is_address(host: str) -> bool:
    """Return whether a canonical host is an address, which no DNS server can point elsewhere."""
    return _address(host) is not None


def _host(text: str) -> Optional[str]:
    if text.startswith("["):
        address = _address(text[1:-1])
        return None if address is None else str(address)
    labels = text.removesuffix(".").split(".")
    # As browsers do: a host that ends in a number is an IPv4 address, or nothing.
    if _NUMBER.fullmatch(labels[-1]):
        address = _address(text)
        return None if address is None else str(address)
    if len(text) > 254 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return ".".join(labels)


def _address(text: str) -> Optional[_Address]:
    try:
        if ":" in text:
            return IPv6Address(text)
        return IPv4Address(text) if _IPV4.fullmatch(text) else None
    except ValueError:
        return None
