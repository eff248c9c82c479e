"""One TLS context for all clients of a hunt, since loading root certificates for each would be slow."""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import ExitStack, contextmanager
from typing import Any, Dict, Generator, Tuple

__all__ = ["shared_tls"]

_CONTEXTS: Dict[Tuple[object, ...], Any] = {}
_SOURCES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_MAKERS = (
    ("httpx._transports.default", "create_ssl_context"),
    ("httpx2._transports.default", "create_ssl_context"),
    (ssl.__name__, "_create_default_https_context"),  # http.client's
)
"""Who makes default contexts: modules, and the names of their functions, which another version may not have."""


@contextmanager
def shared_tls() -> Generator[None, None, None]:
    """Make each library's default TLS context once, for clients that ask for no other, until the block ends."""
    with ExitStack() as stack:
        for name, attribute in _MAKERS:
            module = sys.modules.get(name)
            make = getattr(module, attribute, None)
            if make is not None:
                shared = _sharing(make)
                setattr(module, attribute, shared)
                stack.callback(_restore, module, attribute, shared, make)
        yield


def _restore(module: Any, attribute: str, shared: Any, make: Any) -> None:
    if getattr(module, attribute, None) is shared:  # else a program has chosen another
        setattr(module, attribute, make)


def _sharing(make: Any) -> Any:
    def shared(*args: Any, **options: Any) -> Any:
        if args or options.get("verify", True) is not True or options.get("cert") is not None:
            return make(*args, **options)
        named = sorted((name, repr(value)) for name, value in options.items())
        key = (make, *named, *map(os.environ.get, _SOURCES))
        if key not in _CONTEXTS:
            _CONTEXTS[key] = make(**options)
        return _CONTEXTS[key]

    return shared
