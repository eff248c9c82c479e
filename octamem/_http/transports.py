"""Opens the connections of a client: httpx's transports, with our limits and the environment's proxy."""

from __future__ import annotations

import contextlib
import os
import ssl
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, List, Mapping, Optional

import httpx
from anyio import CancelScope

from octamem._errors import APIConnectionError
from octamem._redact.show import clip

from .deadline import bound_reads

LIMITS = httpx.Limits(max_connections=400, max_keepalive_connections=100, keepalive_expiry=30.0)
"""More connections than a busy process needs, and few enough to hold both ends of each, as most systems allow 1024
files. Idle ones are closed before the 60 s after which gateways close them, which would cost an attempt."""


@lru_cache(maxsize=8)
def _tls(cert_file: Optional[str], _cert_dir: Optional[str]) -> ssl.SSLContext:
    if cert_file and not Path(cert_file).exists():
        # httpx 0.27 would go on without it, and trust others.
        raise FileNotFoundError(cert_file)
    return httpx.create_ssl_context()


def _context() -> ssl.SSLContext:
    # Loading the certificates takes longer than a call: once for all pools, and again if the environment changes.
    return _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


def load_early(*others: str) -> None:
    """Load the modules that connections need, and others; if one fails, the call that needs it will report it."""
    for name in ("httpcore", "anyio._backends._asyncio", *others):
        with contextlib.suppress(Exception):
            import_module(name)


def warm_up() -> None:
    """Prepare the first connection of an async client, which would block its event loop for a tenth of a second."""
    load_early()
    with contextlib.suppress(Exception):
        _context()


class _AsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's transport, which also closes a connection that is cancelled during its TLS handshake."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        streams: List[Any] = []

        async def trace(event: str, details: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                streams.append(details["return_value"])
            elif event.endswith("start_tls.failed"):
                with CancelScope(shield=True):
                    await streams.pop().aclose()

        request.extensions["trace"] = trace
        return await super().handle_async_request(request)


def open_transport(proxy: Optional[str]) -> httpx.BaseTransport:
    """Return a new sync transport; APIConnectionError if the environment does not allow one."""
    try:
        transport = httpx.HTTPTransport(verify=_context(), limits=LIMITS, proxy=proxy)
    except Exception as error:  # noqa: BLE001 - httpx, ssl and the proxy's package each raise their own
        problem = error
    else:
        bound_reads(transport)
        return transport
    raise _unusable(problem, proxy)


def open_async_transport(proxy: Optional[str]) -> httpx.AsyncBaseTransport:
    """Return a new async transport; APIConnectionError if the environment does not allow one."""
    try:
        return _AsyncTransport(verify=_context(), limits=LIMITS, proxy=proxy)
    except Exception as error:  # noqa: BLE001 - as above
        problem = error
    raise _unusable(problem, proxy)


def _unusable(error: Exception, proxy: Optional[str]) -> APIConnectionError:
    advice = "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment"
    # The message of another exception may show the proxy's password.
    cause = str(error) if isinstance(error, (ImportError, OSError)) else type(error).__name__
    if isinstance(error, ValueError) and proxy:
        cause = "the proxy URL of the environment is not valid"
    elif isinstance(error, OSError) and os.environ.get("SSL_CERT_FILE"):
        why = "does not exist" if isinstance(error, FileNotFoundError) else f"holds no certificates ({cause})"
        cause = f"SSL_CERT_FILE names {clip(os.environ['SSL_CERT_FILE'], 200)!r}, which {why}"
    elif isinstance(error, RecursionError):
        cause = "TLS fails without end (RecursionError), as it does if ssl is patched after its import"
        advice = "let eventlet or gevent patch the process before anything else is imported"
    return APIConnectionError(f"no connection can be opened: {cause}", advice=advice)
