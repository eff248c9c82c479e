"""A real Chromium for the tests of pages: Debian's, driven by Playwright, and axe-core for what a reader cannot use."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import Any, Generator, List

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

__all__ = ["FORMS", "PATIENCE", "SIZES", "chromium", "violations", "watched"]

PATIENCE = 60.0  # seconds that a test gives a browser or a server for what must come: a loaded machine is no finding
expect.set_options(timeout=1000 * PATIENCE)

SIZES = {
    "wide": {"width": 1440, "height": 900},
    "tablet": {"width": 768, "height": 1024},
    "narrow": {"width": 360, "height": 780},
}

FORMS = [
    pytest.param("light", "wide"),
    pytest.param("dark", "narrow"),
    pytest.param("light", "narrow", marks=pytest.mark.proof),
    pytest.param("dark", "wide", marks=pytest.mark.proof),
]
"""The forms of a page, a theme and a size: each theme and each size once, and the others with the long proofs."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# It must ask nobody on its own: these tests never reach the network.
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


@contextmanager
def chromium(*arguments: str) -> Generator[Browser, None, None]:
    """Start the machine's Chromium, with more arguments if there are any, and end it after the block."""
    found = [path for path in map(shutil.which, NAMES) if path]
    if not found:
        pytest.fail("Chromium is not there: on Debian, `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found[0], args=[*QUIET, *arguments], timeout=1000 * PATIENCE
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Browser, origin: str, **options: Any) -> Generator[Page, None, None]:
    """Open a page; at the end of the block it must have asked no other origin, broken no policy and raised nothing."""
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    wrong: List[str] = []
    own = (origin, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(f"raised: {error}"))
    page.on(
        "console",
        lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None,
    )
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


def violations(page: Page) -> List[str]:
    """Return what axe-core finds in a page, each with the first element that it is about."""
    found = Axe().run(page).response["violations"]
    first = [(each["id"], each["nodes"][0]) for each in found]
    return [f"{name}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}" for name, node in first]
