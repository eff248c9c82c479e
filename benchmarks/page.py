"""Measures the page at /_fake/ in Chromium: frames a second, memory over many events, and what it costs the server."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any, Dict, Generator, List, Tuple

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

KEY = "sk-om-live-bench-000000000000c2d0"
FRAMES = """([pixels, seconds]) => new Promise((done) => {
  const box = document.querySelector("[data-rows]");
  const begun = performance.now();
  let frames = 0, longest = 0, last = begun, down = true;
  const step = (now) => {
    frames += 1; longest = Math.max(longest, now - last); last = now;
    if (pixels) {
      if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) down = false;
      if (box.scrollTop <= 0) down = true;
      box.scrollTop += down ? pixels : -pixels;
    }
    if (now - begun < 1000 * seconds) requestAnimationFrame(step);
    else done([frames / ((now - begun) / 1000), longest]);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Run the measurements that are asked for, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="calls in the list")
    parser.add_argument("--seconds", type=float, default=5, help="seconds of each measurement")
    parser.add_argument("--events", type=int, default=100_000, help="calls that arrive while memory is watched")
    parser.add_argument("--pages", type=int, default=5, help="pages open while the server's throughput is measured")
    options = parser.parse_args()
    with served() as (port, _), browsing() as browser:
        frames(browser, port, options.calls, options.seconds)
    with served() as (port, process), browsing() as browser:
        throughput(browser, port, process, options.pages, options.seconds)
    with served() as (port, _), browsing() as browser:
        memory(browser, port, options.events)


def frames(browser: Browser, port: int, calls: int, seconds: float) -> None:
    """Print the frames a second of a list of calls: scrolled, and while calls arrive; then slowed four times."""
    send(port, calls)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    opened(page, port)
    while page.evaluate("document.querySelector('[role=grid]').getAttribute('aria-rowcount')") != str(calls + 1):
        page.evaluate("() => { const box = document.querySelector('[data-rows]'); box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(20)
    session = page.context.new_cdp_session(page)
    for slower in (1, 4):
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for pixels in (120, 900):
            say(page, f"{calls} calls, CPU / {slower}, scrolled by {pixels} px a frame", pixels, seconds)
        with sending(port, 50):
            say(page, f"{calls} calls, CPU / {slower}, scrolled by 120 px as 50 calls a second arrive", 120, seconds)
            page.evaluate("() => { document.querySelector('[data-rows]').scrollTop = 0 }")
            page.wait_for_timeout(500)
            say(page, f"{calls} calls, CPU / {slower}, at the top as 50 calls a second arrive", 0, seconds)


def throughput(browser: Browser, port: int, process: int, pages: int, seconds: float) -> None:
    """Print the calls a second of one client and the server's work for each, without a page and with some, in turns."""
    rates: Dict[int, List[Tuple[float, float]]] = {0: [], pages: []}
    for _ in range(3):
        rates[0].append(rate(port, process, seconds))
        with ExitStack() as stack:
            for _ in range(pages):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                stack.callback(page.close)
                opened(page, port)
            rates[pages].append(rate(port, process, seconds))
    for number, measured in rates.items():
        a_second, work = (median(each) for each in zip(*measured))
        print(f"{number} pages open: {a_second:.0f} calls a second, {work:.2f} ms of the server's processor for each")


def memory(browser: Browser, port: int, events: int) -> None:
    """Print the size of the page's heap after each tenth of so many calls."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    opened(page, port)
    session = page.context.new_cdp_session(page)
    for tenth in range(10):
        send(port, events // 10)
        page.wait_for_timeout(1500)
        print(f"after {(tenth + 1) * events // 10} calls: {heap(session):.1f} MB, {nodes(session)} nodes", flush=True)


def heap(session: CDPSession) -> float:
    """Return the megabytes of the heap after a collection."""
    session.send("HeapProfiler.collectGarbage")
    return float(metrics(session)["JSHeapUsedSize"]) / 1e6


def nodes(session: CDPSession) -> int:
    """Return the nodes of the document and of all that is kept of it."""
    return int(metrics(session)["Nodes"])


def metrics(session: CDPSession) -> Dict[str, Any]:
    """Return what Chromium counts of the page."""
    session.send("Performance.enable")
    return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}


def say(page: Page, what: str, pixels: int, seconds: float) -> None:
    """Print the frames a second under a scroll."""
    measured, longest = page.evaluate(FRAMES, [pixels, seconds])
    print(f"{what}: {measured:.1f} frames a second, the longest {longest:.0f} ms", flush=True)


def opened(page: Page, port: int) -> None:
    """Open the page, and wait until it is live."""
    page.goto(f"http://127.0.0.1:{port}/_fake/")
    page.wait_for_selector("[data-stream=live]")


def send(port: int, calls: int) -> None:
    """Make so many calls, one after another."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(calls):
        call(connection, number)
    connection.close()


def call(connection: http.client.HTTPConnection, number: int) -> None:
    """Make one call: mostly a search, since memories take room of their own."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    path, value = (
        ("add", {"content": f"note {number}"}) if number % 20 == 0 else ("search", {"query": f"query {number}"})
    )
    connection.request("POST", f"/api/memory/{path}", json.dumps(value), headers)
    connection.getresponse().read()


def rate(port: int, process: int, seconds: float) -> Tuple[float, float]:
    """Return the calls a second that one connection makes, and the milliseconds of processor that each costs."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun, number, used = time.perf_counter(), 0, processor(process)
    while time.perf_counter() - begun < seconds:
        call(connection, number)
        number += 1
    connection.close()
    return number / (time.perf_counter() - begun), 1000 * (processor(process) - used) / number


def processor(process: int) -> float:
    """Return the seconds of processor that a process has used, as Linux counts them."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def sending(port: int, a_second: int) -> Generator[None, None, None]:
    """Make so many calls a second during the block."""
    over = Event()

    def run() -> None:
        connection, number = http.client.HTTPConnection("127.0.0.1", port), 0
        while not over.wait(1 / a_second):
            call(connection, number)
            number += 1
        connection.close()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def served() -> Generator[Tuple[int, int], None, None]:
    """Start a server, and yield its port and the id of its process."""
    command = [sys.executable, "-m", "fake_server", "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().rpartition(":")[2]), process.pid
        finally:
            process.terminate()


@contextmanager
def browsing() -> Generator[Browser, None, None]:
    """Start the machine's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
