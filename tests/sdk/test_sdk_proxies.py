"""Which proxy the environment names for a base URL, as httpx and requests read it."""

from __future__ import annotations

import pytest

from octamem._http.proxies import proxy_for

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("no_proxy", "base_url", "direct"),
    [
        ("::1", "http://[::1]:9", True),
        ("[::1]", "http://[::1]:9", True),
        ("[::1]:9", "http://[::1]:9", True),
        ("[::1]:8", "http://[::1]:9", False),
        ("0:0:0:0:0:0:0:1", "http://[::1]:9", True),
        ("::2", "http://[::1]:9", False),
        ("fd00::/8", "https://[fd12::7]", True),
        ("fd00::/8", "https://[fe80::7]", False),
        ("fe80::/10", "http://[fe80::7%25eth0]", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.1.2.3/8", "https://10.200.2.3:8443", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]", True),
        ("10.0.0.0/8", "https://10.example.com", False),
        ("10.0.0.0/33", "https://10.1.2.3", False),
        ("127.0.0.1", "http://127.0.0.1:9", True),
        ("127.0.0.1:9", "http://127.0.0.1:9", True),
        ("127.0.0.1:8", "http://127.0.0.1:9", False),
        ("localhost", "http://localhost:9", True),
        ("example.com", "https://api.example.com", True),
        (".example.com", "https://api.example.com", True),
        ("*.example.com", "https://api.example.com", True),
        ("EXAMPLE.com.", "https://api.Example.com", True),
        ("example.com", "https://notexample.com", False),
        ("api.example.com", "https://example.com", False),
        ("example.com:443", "https://example.com", True),
        ("example.com:8443", "https://example.com", False),
        ("bücher.example", "https://xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example", True),
        ("https://example.com", "https://example.com", True),
        ("http://example.com", "https://example.com", False),
        ("all://example.com", "https://example.com", True),
        ("all://*", "https://example.com", True),
        ("*", "https://example.com", True),
        (" other.example , example.com ", "https://example.com", True),
        ("other.example example.com", "https://example.com", True),
        ("", "https://example.com", False),
        (",, ,", "https://example.com", False),
        (".", "https://example.com", False),
        ("[", "https://example.com", False),
    ],
)
def test_no_proxy_names_the_hosts_that_are_called_directly(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, base_url: str, direct: object
) -> None:
    """A name covers all below it, an address may be written in any way, and a network is a network."""
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (proxy_for(base_url) is None) is direct


@pytest.mark.parametrize(
    ("variable", "base_url", "expected"),
    [
        ("HTTPS_PROXY", "https://h", PROXY),
        ("HTTPS_PROXY", "http://h", None),
        ("HTTP_PROXY", "http://h", PROXY),
        ("HTTP_PROXY", "https://h", None),
        ("ALL_PROXY", "http://h", PROXY),
    ],
)
def test_each_scheme_has_its_own_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str, base_url: str, expected: object
) -> None:
    """A proxy is for the scheme that its variable names, or for all; its own scheme may be left out."""
    monkeypatch.setenv(variable, PROXY.partition("://")[2])
    assert proxy_for(base_url) == expected
