"""The page of a server in a process of its own, opened in a browser, and what tests look at there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from time import monotonic
from typing import Any, Dict, Iterator, Optional

import pytest
from browsers import PATIENCE, SIZES, watched
from playwright.sync_api import Browser, Locator, Page

from octamem import OctaMem

__all__ = ["GUESTS", "KNOWN", "Served", "opened", "row", "serving", "until"]

GUESTS = "sk-om-live-guests-0000000000c2d0"
KNOWN = "import('./calls_model.js').then((model) => `${model.calls.get().byId.size} known`)"


class Served:
    """`octamem-fake serve` in a process of its own, which can be ended and started again."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._process: Optional[subprocess.Popen[str]] = None

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "fake_server", "serve", "--port", str(self.port), "--quiet", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().rpartition(":")[2])

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=PATIENCE)
            self._process = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def control(self, method: str, path: str, value: Optional[Dict[str, Any]] = None) -> Any:
        """Send a control request, and return its answer."""
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(
            f"{self.url}/_fake/{path}", data, {"content-type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def client(self, key: str = GUESTS, **options: Any) -> OctaMem:
        """Return a client of the server that waits for nothing long."""
        return OctaMem(key, base_url=self.url, retry_delay=0.05, timeout=PATIENCE, **options)


@contextmanager
def serving(*options: str, port: int = 0) -> Iterator[Served]:
    served = Served(port)
    served.start(*options)
    try:
        yield served
    finally:
        served.end()


@contextmanager
def opened(
    browser: Browser,
    served: Served,
    hash_: str = "",
    *,
    theme: str = "light",
    size: str = "wide",
    by: Optional[str] = None,
) -> Iterator[Page]:
    url = by or served.url
    options = {"color_scheme": theme, "viewport": SIZES[size], "permissions": ["clipboard-read", "clipboard-write"]}
    with watched(browser, url, **options) as page:
        page.add_init_script(REMEMBER)
        page.goto(f"{url}/_fake/{hash_}")
        yield page


# What was on a button of copying, or said at the foot of the page, however shortly.
REMEMBER = """addEventListener("DOMContentLoaded", () => {
  window.said = "";
  new MutationObserver(() => {
    for (const each of document.querySelectorAll("[data-copy], .toast")) window.said += each.textContent;
  }).observe(document, { subtree: true, childList: true, characterData: true });
});"""


def until(page: Page, script: str, words: str) -> str:
    """Wait until a script gives a text with some words; give the text."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        text = str(page.evaluate(script))
        if words in text:
            return text
        page.wait_for_timeout(20)
    pytest.fail(f"{words!r} never came, last was {text!r}")


def row(page: Page, text: str) -> Locator:
    """Find the row of a call by its text, in the case that it has; a second row with that text is an error."""
    return page.locator(".row[data-id]", has_text=re.compile(re.escape(text)))
