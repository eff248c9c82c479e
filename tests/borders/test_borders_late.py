"""The page at /_fake/ when an answer comes late or out of turn: nothing is lost, taken back, or ready too early."""

from __future__ import annotations

import re
from threading import Thread
from time import monotonic
from typing import Generator, List, Pattern, Tuple

import pytest
from browsers import PATIENCE, watched
from playwright.sync_api import APIResponse, Browser, Page, Route, expect
from served_page import KNOWN, Served, opened, row, serving, until


@pytest.fixture
def served() -> Generator[Served, None, None]:
    with serving() as started:
        yield started


class Late:
    """Answers to some requests of a page, given by the server at once, that arrive when the test lets them."""

    def __init__(self, page: Page, url: Pattern[str]) -> None:
        self._page = page
        self._kept: List[Tuple[Route, APIResponse]] = []
        page.route(url, self._keep)

    def _keep(self, route: Route) -> None:
        self._kept.append((route, route.fetch()))

    def wait(self, words: str, after: int = -1) -> int:
        """Wait until the server has given an answer with some words after another one; give its place."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            texts = [answer.text() for _, answer in self._kept]
            for at, text in enumerate(texts):
                if at > after and words in text:
                    return at
            self._page.wait_for_timeout(20)
        pytest.fail(f"{words!r} never came in an answer, only {texts}")

    def arrive(self, at: int) -> None:
        """Let one arrive, and wait until the page has drawn what it makes of it."""
        route, answer = self._kept[at]
        with self._page.expect_event("requestfinished", lambda request: request == route.request):
            route.fulfill(response=answer)
        self._page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)))")


LISTS = re.compile(r"/_fake/calls\?.*limit=200")


def test_a_call_that_is_told_before_an_older_list_arrives_stays(browser: Browser, served: Served) -> None:
    """A list that the server gave before a call came, and that arrives after the stream told of it, loses no row."""
    with served.client() as client, watched(browser, served.url) as page:
        client.add(content="before")
        lists = Late(page, LISTS)
        page.goto(f"{served.url}/_fake/")
        older = lists.wait("before")
        client.add(content="meanwhile")
        until(page, KNOWN, "1 known")
        lists.arrive(older)
        expect(row(page, "meanwhile")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(2)


def test_a_call_that_waits_goes_on_waiting_when_a_list_arrives(browser: Browser, served: Served) -> None:
    """A paused list stays as it is, though it was still on its way when it was paused."""
    with served.client() as client, watched(browser, served.url) as page:
        lists = Late(page, LISTS)
        page.goto(f"{served.url}/_fake/")
        on_its_way = lists.wait("calls")
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        page.keyboard.press("p")
        expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "true")
        client.add(content="meanwhile")
        expect(page.locator("[data-newest]")).to_contain_text("1 new call")
        lists.arrive(on_its_way)
        expect(page.locator(".row[data-id]")).to_have_count(1)
        expect(row(page, "before")).to_be_visible()
        page.keyboard.press("n")
        expect(row(page, "meanwhile")).to_be_visible()


def test_an_older_list_of_memories_takes_nothing_back(browser: Browser, served: Served) -> None:
    """Of two lists that overtake each other, the one that was asked for last is shown."""
    with served.client() as client, opened(browser, served, "#/memories?key=k1") as page:
        client.add(content="first")
        expect(page.locator(".item", has_text="first")).to_be_visible()
        lists = Late(page, re.compile(r"/_fake/memories\?"))
        client.add(content="second")
        older = lists.wait("second")
        client.add(content="third")
        lists.arrive(lists.wait("third", older))
        expect(page.locator(".item", has_text="third")).to_be_visible()
        lists.arrive(older)
        expect(page.locator(".item")).to_have_count(3)


def test_an_older_state_of_a_fault_takes_nothing_back(browser: Browser, served: Served) -> None:
    """A fault that has fired stays so, if what was asked for before it fired arrives after that."""
    with served.client() as client, opened(browser, served, "#/faults") as page:
        expect(page.locator("[data-stream=live]")).to_be_visible()
        faults = Late(page, re.compile(r"/_fake/faults$"))
        served.control("POST", "faults", {"script": "add: 503"})
        older = faults.wait('"fired":0')
        client.add(content="a note")
        faults.arrive(faults.wait('"fired":1', older))
        expect(page.locator("[data-fault]")).to_contain_text("Fired 1, left 0")
        faults.arrive(older)
        expect(page.locator("[data-fault]")).to_contain_text("Fired 1, left 0")


AT_ONCE = """new MutationObserver((_, observer) => {
  if (!document.querySelector("main h1")) return;
  observer.disconnect();
  %s
}).observe(document, { subtree: true, childList: true });"""


@pytest.mark.parametrize(
    ("does", "awaited"),
    [
        ("location.hash = '#/time';", "main h1:has-text('Time')"),
        ("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));", "dialog"),
    ],
    ids=["link", "key"],
)
def test_what_is_seen_can_be_used(browser: Browser, served: Served, does: str, awaited: str) -> None:
    """A link that is followed, or a key that is pressed, in the instant in which the page stands is not missed."""
    with watched(browser, served.url) as page:
        page.add_init_script(AT_ONCE % does)
        page.goto(f"{served.url}/_fake/")
        expect(page.locator(awaited)).to_be_visible()


def test_clear_hides_calls_that_are_later_than_the_clock_of_the_page(browser: Browser, served: Served) -> None:
    """What is shown is hidden, even if the page has not heard yet how late it is at the server."""
    with served.client() as client, opened(browser, served) as page:
        page.route("**/_fake/events?*", lambda route: route.abort())  # the stream would tell it the time
        page.reload()
        expect(page.locator("main")).to_contain_text("No calls yet.")
        served.control("POST", "clock/advance", {"seconds": 3600})
        client.add(content="before")
        for chip in ("Failed", "All"):  # which asks for the list again
            page.get_by_role("button", name=re.compile(f"^{chip}")).click()
        expect(row(page, "before")).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("main")).to_contain_text("No calls since")


def test_a_cleared_call_that_changes_stays_hidden(browser: Browser, served: Served) -> None:
    """An answer that goes out after the list was cleared does not bring its call back."""
    served.control("POST", "faults", {"script": "add: slow(2s)"})
    with served.client() as client, opened(browser, served) as page:
        slow = Thread(target=client.add, kwargs={"content": "before"})
        slow.start()
        expect(row(page, "before")).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("main")).to_contain_text("No calls since")
        slow.join()
        client.add(content="afterwards")
        expect(row(page, "afterwards")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(1)
