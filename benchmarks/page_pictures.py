"""The pictures of the page in the README: the real page under real traffic, with a call open, light and dark."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generator

from playwright.sync_api import ViewportSize, sync_playwright

from octamem import OctaMem, OctaMemError

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1280, "height": 800}
KEYS = ("sk-om-live-guests-0000000000c2d0", "sk-om-live-notes-000000000055aa")
STORED = [
    ("Ana bought a red kettle in May.", "Guests"),
    ("Ana drinks her tea without milk.", "Guests"),
    ("Did Ana ever return the blue teapot?", "Guests"),
    ("The kettle in the kitchen is descaled every Friday.", "Office"),
    ("Lindqvist wants an invoice in Swedish.", "Customers"),
    ("Refunds above 200 EUR need a second signature.", "Orders"),
]


def main() -> None:
    """Write both pictures."""
    with served() as url:
        traffic(url)
        calls = control(url, "GET", "calls?limit=100&flag=stored_twice")["calls"]
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for theme in ("light", "dark"):
                page = browser.new_page(viewport=SIZE, color_scheme=theme)
                page.goto(f"{url}/_fake/#/calls?open={calls[0]['id']}")
                page.wait_for_selector("[data-stream=live]")
                page.wait_for_selector("#copy pre code:not(:empty)")
                page.wait_for_timeout(500)
                page.screenshot(path=str(FOLDER / f"page-{theme}.png"))
            browser.close()


def traffic(url: str) -> None:
    """Make the calls that the pictures show, as a program of the SDK makes them."""
    guests, notes = (OctaMem(key, base_url=url, retry_delay=0.3, max_retries=2) for key in KEYS)
    with guests, notes:
        for text, context in STORED:
            guests.add(content=text, previous_context=context)
        notes.add(content="Launch moved to 15 April.", previous_context="Plans")
        guests.get(query="When did Ana buy the ketle?", previous_context="Guests")
        notes.get(query="launch", previous_context="plans")
        guests.get(query="automobile")
        control(url, "POST", "faults", {"script": "search: 503 x3"})
        with suppress(OctaMemError):
            guests.get(query="order 4471 refund")
        guests.get(query="who signs large refunds", previous_context="Orders")
        control(url, "POST", "faults", {"script": "add: reset @after"})
        guests.add(content="Order 4502 is paid.", previous_context="Orders")
        control(url, "POST", "faults", {"script": "search: 503, 429(retry-after=1)"})
        guests.get(query="How does Ana take her tea?", previous_context="Guests")
        notes.details()
        control(url, "POST", "faults", {"script": "search: missing"})
        guests.get(query="red kettle", previous_context="Guests")
        control(url, "POST", "faults", {"script": "details: 503 x2"})


def control(url: str, method: str, path: str, value: Any = None) -> Any:
    """Send a control request, and return its answer."""
    connection = http.client.HTTPConnection(url.rpartition("/")[2])
    connection.request(method, f"/_fake/{path}", None if value is None else json.dumps(value))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@contextmanager
def served() -> Generator[str, None, None]:
    """Start a server, and yield its address."""
    command = [sys.executable, "-m", "fake_server", "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
