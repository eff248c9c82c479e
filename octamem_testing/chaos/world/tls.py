"""One TLS context for all clients of a hunt, since loading root certificates for each would be slow."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any, Dict, Generator, Tuple

import httpx._transports.default as transports

__all__ = ["shared_tls"]

_CONTEXTS: Dict[Tuple[object, ...], Any] = {}
_SOURCES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@contextmanager
def shared_tls() -> Generator[None, None, None]:
    """Make httpx's default TLS context once, for clients that ask for no other, until the block ends."""
    module: Any = transports
    make = getattr(module, "create_ssl_context", None)
    if make is None:  # in another version of httpx: rounds are slower, and right
        yield
        return

    def shared(*args: Any, **options: Any) -> Any:
        if args or options.get("verify", True) is not True or options.get("cert") is not None:
            return make(*args, **options)
        key = (*sorted((name, repr(value)) for name, value in options.items()), *map(os.environ.get, _SOURCES))
        if key not in _CONTEXTS:
            _CONTEXTS[key] = make(**options)
        return _CONTEXTS[key]

    module.create_ssl_context = shared
    try:
        yield
    finally:
        module.create_ssl_context = make
