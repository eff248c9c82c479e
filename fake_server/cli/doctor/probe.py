"""Who answers at a URL: each address that its host stands for is asked for its health, and for nothing else."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Dict, List, Optional
from urllib.parse import urlsplit

from fake_server.authority import Authority
from fake_server.cli.remote.strangers import MOST, is_no_http, reason_of, within

__all__ = ["Probe", "port_of", "probe", "resolved"]

PATIENCE = 5.0  # seconds for an answer that takes a millisecond


@dataclass(frozen=True)
class Probe:
    """What one address did: the fake's version and times, or why it is none."""

    address: str
    answered: bool
    reason: str = ""
    version: Optional[str] = None
    now: Optional[str] = None
    date: Optional[str] = None

    @property
    def is_fake(self) -> bool:
        """Whether a fake answered."""
        return self.version is not None


def port_of(url: str) -> int:
    """Return the port of a URL, that of its scheme if it names none that could be one."""
    try:
        named = urlsplit(url).port
    except ValueError:
        named = None
    return named or (443 if url.lower().startswith("https:") else 80)


def resolved(host: str, port: int) -> List[str]:
    """Return the addresses of a host in the order in which a client tries them; raises OSError if it has none."""
    found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def probe(url: str, address: str) -> Probe:
    """Ask one address for the health of the fake at a URL."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(address, parts.port, timeout=PATIENCE)
    try:
        with within(PATIENCE, connection):
            connection.request(
                "GET", "/_fake/health", headers={"Host": str(Authority(parts.hostname or "", parts.port))}
            )
            answer = connection.getresponse()
            raw = answer.read(MOST)
    except (OSError, HTTPException, ValueError) as error:
        return Probe(address, answered=is_no_http(error), reason=reason_of(error))
    finally:
        connection.close()
    health = _object(raw)
    version, now, date = str(health.get("version", "")), str(health.get("now", "")), answer.getheader("Date")
    if health.get("status") == "ready" and version and _is_time(now) and _is_date(date):
        return Probe(address, answered=True, version=version, now=now, date=date)
    return Probe(address, answered=True, reason=f"{answer.status} {health.get('code', '')}".strip())


def _is_time(now: str) -> bool:
    """Return whether this is a time as a fake tells it."""
    try:
        return datetime.fromisoformat(now.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False


def _is_date(date: Optional[str]) -> bool:
    """Return whether this is a date of HTTP, or none at all."""
    try:
        return date is None or parsedate_to_datetime(date).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _object(raw: bytes) -> Dict[str, Any]:
    """Return the JSON object that a body is, an empty one if it is none."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
