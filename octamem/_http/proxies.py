"""The proxy that the environment names for a URL."""

from __future__ import annotations

from typing import Optional
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(base_url: str) -> Optional[str]:
    """Return the proxy's URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or by the system's settings."""
    parts = urlsplit(base_url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
