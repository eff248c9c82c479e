"""The page at /_fake/ in a real Chromium: every view under live traffic, in each state, by mouse and by keyboard."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from time import monotonic
from typing import Generator

import pytest
from browsers import FORMS, PATIENCE, SIZES, violations, watched
from cut_proxy import CutProxy
from playwright.sync_api import Browser, Page, expect
from ports import free_port
from served_page import GUESTS, KNOWN, Served, opened, row, serving, until

NOTES = "sk-om-live-notes-000000000055aa"
HTML = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
PICTURES = Path(os.environ.get("OCTAMEM_SCREENSHOTS", Path(__file__).parents[2] / ".pictures"))
TITLES = {
    "calls": "Calls",
    "memories": "Memories",
    "faults": "Faults",
    "keys": "Keys and limits",
    "traffic": "Traffic",
    "time": "Time",
}
VIEWS = tuple(TITLES)


@pytest.fixture
def served() -> Generator[Served, None, None]:
    with serving() as started:
        yield started


def fill(served: Served) -> None:
    """Make the calls that the pictures of the design show: found, not found, stored twice, failed, refused."""
    with served.client() as client, served.client(NOTES) as other:
        for text, context in [
            ("Ana bought a red kettle in May.", "Guests"),
            ("Ana drinks her tea without milk.", "Guests"),
            ("Did Ana ever return the blue teapot?", "Guests"),
            ("The kettle in the kitchen is descaled every Friday.", "Office"),
            ("Lindqvist wants an invoice in Swedish.", "Customers"),
            (HTML, HTML),
        ]:
            client.add(content=text, previous_context=context)
        client.get(query="When did Ana buy the ketle?", previous_context="Guests")
        client.get(query="automobile")
        client.get(query="kettle", previous_context="guests")
        client.get(query=HTML)
        other.get(query="tea")
        other.details()
        served.control("POST", "faults", {"script": "add: reset @after"})
        client.add(content="Order 4502 is paid.", previous_context="Orders")
        served.control("POST", "faults", {"script": "search: 503, 429(retry-after=1); details: 401"})
        client.get(query="How does Ana take her tea?", previous_context="Guests")
        with pytest.raises(Exception, match="401"):
            client.details()


def copied(page: Page, words: str) -> str:
    """Wait until a text with some words has been copied, and the page has said so; give the text."""
    until(page, "said", "Copied")
    return until(page, "navigator.clipboard.readText()", words)


def be_still(page: Page) -> None:
    """Wait until nothing moves: in the middle of an animation colours and sizes are other ones."""
    page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, for whoever wants to see it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"))


FILLED = {
    "calls": ".row[data-id]:has-text('Order 4502')",
    "memories": ".item:has-text('Order 4502')",
    "faults": "[data-fault]",
    "keys": "[data-id=k2]",
    "traffic": ".chart canvas",
    "time": "main:has-text('No snapshots.')",
}
"""What shows that a view has been drawn, once there have been calls."""


@pytest.mark.parametrize(("theme", "size"), FORMS)
def test_every_view_can_be_used_by_anybody(browser: Browser, served: Served, theme: str, size: str) -> None:
    """With calls in it and a call, a memory, a key opened, axe-core finds nothing; and nothing runs out of the page."""
    fill(served)
    calls = {call["result"]: call["id"] for call in served.control("GET", "calls")["calls"]}
    memory = served.control("GET", "memories?key_id=k1")["memories"][0]["id"]
    shown = {
        **{view: (f"#/{view}", FILLED[view]) for view in VIEWS},
        "call": (f"#/calls?open={calls['Stored twice']}", "#copy code:has-text('def test_')"),
        "nothing-found": (
            f"#/calls?flag=nothing_found&open={calls['Nothing found: context']}",
            ".pane:has-text('Nothing found.') code:has-text('def test_')",
        ),
        "search": ("#/memories?key=k1&q=When did Ana buy the ketle?&context=Guests", ".items .item .score"),
        "memory": (f"#/memories?key=k1&q=ketle&memory={memory}", ".pane dl"),
        "key": ("#/keys?open=k1", "#set-limit"),
        "script": ("#/faults?script=add%3A reset @after x0", "#script-says.bad"),
    }
    with opened(browser, served, theme=theme, size=size) as page:
        expect(page.locator("[data-stream=live]")).to_be_visible()
        for name, (hash_, awaited) in shown.items():
            page.goto(f"{served.url}/_fake/{hash_}")
            expect(page.locator(awaited).first).to_be_visible()
            be_still(page)
            picture(page, f"{name}-{theme}-{size}")
            assert violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.proof)])
def test_the_states_without_calls_can_be_used_by_anybody(browser: Browser, served: Served, theme: str) -> None:
    """Empty, each view says what to do, and axe-core finds nothing."""
    said = {
        "calls": "Nothing arrives? Run octamem-fake doctor.",
        "memories": "Add one, or import JSONL.",
        "faults": "No faults armed. Pick a preset, or use the form.",
        "keys": "A key appears with its first call.",
        "traffic": "Statuses",
        "time": "No snapshots.",
    }
    for size in SIZES:
        with opened(browser, served, theme=theme, size=size) as page:
            for view in VIEWS:
                page.goto(f"{served.url}/_fake/#/{view}")
                expect(page.locator("main")).to_contain_text(said[view])
                be_still(page)
                picture(page, f"empty-{view}-{theme}-{size}")
                assert violations(page) == [], view


@pytest.mark.parametrize(("theme", "size"), FORMS)
def test_a_walk_under_live_traffic(browser: Browser, served: Served, theme: str, size: str) -> None:
    """A call arrives, is opened and copied; a search without result leads on; a fault fires; a deletion is undone."""
    with opened(browser, served, theme=theme, size=size) as page, served.client() as client:
        expect(page.locator("main")).to_contain_text("No calls yet.")
        client.add(content="Launch moved to 15 April.", previous_context="Plans")
        expect(row(page, "Launch moved")).to_be_visible()
        row(page, "Launch moved").click()
        pane = page.locator(".pane")
        expect(pane).to_contain_text("1 stored.")
        expect(pane.locator("pre code")).to_contain_text("def test_")
        pane.locator("[data-copy]").click()
        copied(page, "octamem")
        # New calls wait while one is open, and the place is held.
        client.get(query="launch", previous_context="plans")
        expect(page.locator("[data-newest]")).to_contain_text("1 new call")
        page.keyboard.press("Escape")
        expect(pane).to_have_count(0)
        row(page, "launch").click()
        expect(pane).to_contain_text("Nothing found.")
        pane.get_by_role("button", name="Search Plans").click()
        expect(page.locator("[data-id]", has_text="Launch moved")).to_be_visible()
        # A fault is armed, and fires.
        page.goto(f"{served.url}/_fake/#/faults?script=search%3A%20503")
        arm = page.get_by_role("button", name=re.compile("^Arm Ctrl"))
        expect(arm).to_have_attribute("aria-disabled", "false")
        arm.click()
        expect(page.locator("[data-fault]")).to_contain_text("Fired 0, left 1")
        client.get(query="launch")
        expect(page.locator("[data-fault]")).to_contain_text("Fired 1, left 0")
        # A deletion is undone.
        page.goto(f"{served.url}/_fake/#/memories?key=k1")
        page.locator(".item", has_text="Launch moved").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator("main")).to_contain_text("No memories under this key.")
        page.locator("[data-undo]").click()
        expect(page.locator(".item", has_text="Launch moved")).to_be_visible()


def test_a_broken_stream_resumes(browser: Browser, served: Served) -> None:
    """Without a connection the chip says so and the data stays; with one again, what came meanwhile is there."""
    with CutProxy(served.port) as proxy, opened(browser, served, by=proxy.url) as page, served.client() as client:
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        proxy.cut()
        expect(page.locator("[data-stream=reconnecting]")).to_be_visible()
        client.add(content="meanwhile")
        expect(row(page, "before")).to_be_visible()
        proxy.mend()
        expect(row(page, "meanwhile")).to_be_visible()
        expect(page.locator("[data-stream=live]")).to_be_visible()


def test_a_server_that_is_gone_and_restarted(browser: Browser) -> None:
    """A bar says since when there is no answer, and after a restart that the calls are from before."""
    with serving(port=free_port()) as served, opened(browser, served) as page:
        with served.client() as client:
            client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        served.end()
        expect(page.locator(".notice")).to_contain_text("No answer from the server since")
        assert violations(page) == []
        picture(page, "gone")
        served.start()
        expect(page.locator(".notice")).to_contain_text("The server was restarted.")
        assert violations(page) == []
        page.get_by_role("button", name="Show the new ones").click()
        expect(page.locator("main")).to_contain_text("No calls yet.")


def test_a_change_elsewhere_is_shown_before_it_is_overwritten(browser: Browser, served: Served) -> None:
    """A setting that somebody changed meanwhile is named, and may be taken or overwritten."""
    with served.client() as client:
        client.add(content="a note")
    with opened(browser, served, "#/keys?open=k1") as page:
        page.locator("#set-limit").fill("20")
        page.locator("#set-limit").blur()
        served.control("PUT", "settings?key_id=k1", {"limit": 50})
        page.locator(".pane form .main").click()
        expect(page.locator(".pane")).to_contain_text("The setting limit is now 50.")
        assert violations(page) == []
        page.get_by_role("button", name="Keep mine").click()
        expect(page.locator(".toast")).to_contain_text("Settings saved.")
        assert served.control("GET", "settings?key_id=k1")["limit"] == 20


def test_a_server_with_a_token_asks_for_it(browser: Browser) -> None:
    """The page asks for the token that the command printed, says when it is wrong, and keeps it for the tab."""
    with serving("--control-token", "t0ken-of-this-test") as served, opened(browser, served) as page:
        expect(page.locator("h1")).to_contain_text("control token")
        assert violations(page) == []
        page.get_by_label("Control token").fill("wrong")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert")).to_contain_text("That is not the token.")
        page.get_by_label("Control token").fill("t0ken-of-this-test")
        page.get_by_role("button", name="Open").click()
        expect(page.locator("[data-stream=live]")).to_be_visible()
        page.reload()
        expect(page.locator("[data-stream=live]")).to_be_visible()
        assert "t0ken" not in page.evaluate("location.href + JSON.stringify(localStorage)")


def test_texts_stay_texts(browser: Browser, served: Served) -> None:
    """A memory, a context, a query and a path that are HTML are shown as they are, in every view, and run nothing."""
    fill(served)
    request = urllib.request.Request(f"{served.url}/{'%3Cimg%20src=x%20onerror=alert(1)%3E'}", b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=PATIENCE)
    served.control("PUT", "settings?key_id=k1", {"rate": "1000/60"})
    memory = next(
        each["id"] for each in served.control("GET", "memories?key_id=k1")["memories"] if each["content"] == HTML
    )
    call = next(each["id"] for each in served.control("GET", "calls?limit=100")["calls"] if each["text"] == HTML)
    with opened(browser, served) as page:
        main, pane, script = page.locator("main"), page.locator(".pane"), page.locator("#script-says")
        for hash_, where, awaited in (
            ("#/calls", main, HTML),
            (f"#/calls?open={call}", pane, HTML),
            (f"#/memories?key=k1&memory={memory}", pane, HTML),
            (f"#/memories?key=k1&q={HTML}", page.locator(".items"), HTML),
            ("#/faults?script=<b>x</b>", script, "found <b>x</b>"),
            ("#/keys?open=<b>", main, "k1"),
        ):
            page.goto(f"{served.url}/_fake/")
            page.evaluate("(hash) => { location.hash = hash }", hash_)
            expect(where.first).to_contain_text(awaited)
            assert "owned" not in page.title()
            assert page.locator("main img, main script, main b").count() == 0
        expect(page.locator("main")).not_to_contain_text("undefined")


def test_everything_works_by_keyboard(browser: Browser, served: Served) -> None:
    """Views, rows, a call, its tabs, the filter, a fault and its undo: no mouse is needed, and focus is never lost."""
    fill(served)
    with opened(browser, served) as page:
        expect(row(page, "Order 4502")).to_be_visible()
        press = page.keyboard.press
        focus = "document.activeElement"
        press("j")
        press("End")
        press("Home")
        press("Enter")
        expect(page.locator(".pane h2")).to_be_focused()
        press("Escape")
        expect(page.locator(".row[data-id]").first).to_be_focused()
        press("/")
        page.keyboard.type("endpoint:add fault:reset")
        expect(page.locator(".row[data-id]")).to_have_count(1)
        press("Escape")
        expect(page.locator("[data-search]")).to_have_value("endpoint:add fault:reset")
        press("j")
        press("Enter")
        expect(page.locator(".pane")).to_contain_text("Stored twice.")
        press("f")
        expect(page.locator("#script")).to_have_value(re.compile("add: reset @after"))
        page.locator("#script").focus()
        expect(page.get_by_role("button", name=re.compile("^Arm Ctrl"))).to_have_attribute("aria-disabled", "false")
        press("Control+Enter")
        expect(page.locator(".toast").last).to_contain_text("Armed")
        press("Escape")
        for number, view in enumerate(VIEWS, 1):
            press(str(number))
            expect(page.locator(".rail [aria-current=page]")).to_have_attribute("href", re.compile(view))
        press("?")
        expect(page.locator("dialog")).to_contain_text("arm a fault from this call")
        press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        press("1")
        expect(row(page, "Order 4502")).to_be_visible()
        for _ in range(12):
            press("Tab")
            assert page.evaluate(f"{focus} !== document.body")


FIRST_SEEN = """([wanted, press]) => new Promise((done) => {
  new MutationObserver((_, observer) => {
    const found = document.querySelector(wanted);
    if (!found) return;
    observer.disconnect();
    done(found.matches(":modal") || found.contains(document.activeElement));
  }).observe(document.body, { subtree: true, childList: true });
  const [target, event] = press === "?" ? [document.body, new KeyboardEvent("keydown", { key: "?", bubbles: true })]
    : [document.querySelector(press), new MouseEvent("click", { bubbles: true })];
  target.dispatchEvent(event);
})"""


@pytest.mark.parametrize(
    ("hash_", "press", "wanted"),
    [
        ("#/time", "?", "dialog"),
        ("#/memories?key=k1", ".item[data-id]", ".pane"),
        ("#/keys", ".item[data-id]", ".pane"),
    ],
)
def test_what_opens_has_the_keyboard_from_the_first_moment(
    browser: Browser, served: Served, hash_: str, press: str, wanted: str
) -> None:
    """Escape closes a dialog, a memory or a key as soon as it is there: no key goes to what lies behind."""
    with served.client() as client:
        client.add(content="a note")
    with opened(browser, served, hash_) as page:
        expect(page.locator("main h1" if press == "?" else press)).to_be_visible()
        assert page.evaluate(FIRST_SEEN, [wanted, press])
        page.keyboard.press("Escape")
        expect(page.locator(wanted)).to_have_count(0)


TYPE_AND_ARM = """async () => {
  const field = document.querySelector("#script");
  field.value = "add: 401";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((drawn) => setTimeout(drawn, 0));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }));
}"""


def test_no_script_is_armed_that_is_not_checked(browser: Browser, served: Served) -> None:
    """Whoever arms as soon as a letter is drawn is told that the script is being checked, and nothing is armed."""
    with opened(browser, served, "#/faults") as page:
        expect(page.get_by_role("button", name=re.compile("^Arm Ctrl"))).to_have_attribute("aria-disabled", "false")
        page.evaluate(TYPE_AND_ARM)
        until(page, "said", "The script is being checked.")
        assert served.control("GET", "faults")["faults"] == []


@pytest.mark.parametrize("size", SIZES)
def test_a_gap_in_the_calls_stands_where_they_are_missing(browser: Browser, served: Served, size: str) -> None:
    """More calls than the stream tells of at once are counted between those before and after, and can be read."""
    with CutProxy(served.port) as proxy, opened(browser, served, by=proxy.url, size=size) as page:
        with served.client() as client:
            client.add(content="before the gap")
            expect(row(page, "before the gap")).to_be_visible()
            expect(page.locator("[data-stream=live]")).to_have_count(1)  # before it, there is nothing to resume
            proxy.cut()
            expect(page.locator("[data-stream=reconnecting]")).to_have_count(1)
            for number in range(450):
                client.add(content=f"note {number}")
        proxy.mend()
        expect(row(page, "note 449")).to_be_visible()
        page.locator("[data-rows] [data-index='0']").focus()
        page.keyboard.press("End")
        expect(row(page, "before the gap")).to_be_focused()
        gap = row(page, "250 calls are missing here")
        assert [gap.get_attribute("data-index"), page.locator(".gap").count()] == ["200", 1]
        assert not violations(page)
        page.keyboard.press("ArrowUp")
        expect(gap).to_be_focused()
        picture(page, f"gap-{size}")
        page.keyboard.press("Enter")
        expect(gap).to_have_count(0)
        expect(row(page, "note 449")).to_be_focused()
        page.keyboard.press("End")  # the next page of the list is read once one is near the end of the first
        expect(row(page, "note 249")).to_have_count(1)


def test_a_gap_is_stepped_over_while_a_call_is_open(browser: Browser, served: Served) -> None:
    """The keys of the list and those of the pane lead from the call before a gap to the one after it."""
    with CutProxy(served.port) as proxy, opened(browser, served, by=proxy.url) as page, served.client() as client:
        client.add(content="before the gap")
        expect(row(page, "before the gap")).to_be_visible()
        expect(page.locator("[data-stream=live]")).to_have_count(1)
        proxy.cut()
        expect(page.locator("[data-stream=reconnecting]")).to_be_visible()
        for number in range(201):
            client.add(content=f"note {number}")
        proxy.mend()
        expect(row(page, "note 200")).to_be_visible()
        page.locator("[data-rows] [data-index='0']").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        opened_call = page.locator("[data-rows] [aria-selected=true]")
        expect(opened_call).to_contain_text("before the gap")
        page.get_by_role("button", name="Newer call").click()
        expect(opened_call).to_contain_text("note 1")
        opened_call.focus()
        page.keyboard.press("ArrowDown")
        expect(opened_call).to_contain_text("before the gap")
        page.keyboard.press("ArrowUp")
        expect(opened_call).to_contain_text("note 1")
        expect(row(page, "1 call is missing here")).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_role("heading", name="No calls since")).to_be_visible()


def test_new_calls_wait_while_the_list_is_paused(browser: Browser, served: Served) -> None:
    """Paused by its key, the list stays as it is until `n`; and with single keys off, no key pauses it."""
    with opened(browser, served) as page, served.client() as client:
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        page.keyboard.press("p")
        expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "true")
        client.add(content="meanwhile")
        expect(page.locator("[data-newest]")).to_contain_text("1 new call")
        expect(row(page, "meanwhile")).to_have_count(0)
        page.keyboard.press("n")
        expect(row(page, "meanwhile")).to_be_visible()
        page.keyboard.press("p")
        expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("?")
        page.get_by_label("Single keys are on").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        page.keyboard.press("2")
        client.add(content="afterwards")
        expect(row(page, "afterwards")).to_be_visible()


def test_no_row_moves_while_somebody_aims_at_it(browser: Browser, served: Served) -> None:
    """A button that goes down on a row opens that row, though a call arrives before it goes up; then the call comes."""
    with opened(browser, served) as page, served.client() as client:
        client.add(content="before")
        row(page, "before").hover()
        page.mouse.down()
        client.add(content="meanwhile")
        until(page, KNOWN, "2 known")
        page.mouse.up()
        expect(page.locator(".pane")).to_contain_text("before")
        page.keyboard.press("Escape")
        expect(row(page, "meanwhile")).to_be_visible()


LISTEN = """() => {
  const send = window.fetch;
  window.listed = "";
  window.fetch = async (...asked) => {
    const answer = await send(...asked);
    if (/^memories\\?/.test(asked[0])) window.listed += await answer.clone().text();
    return answer;
  };
}"""


def test_no_memory_moves_while_somebody_aims_at_it(browser: Browser, served: Served) -> None:
    """So it is in the list of memories, which is read again after each call that stores one."""
    with served.client() as client, opened(browser, served, "#/memories") as page:
        client.add(content="before")
        page.locator(".item", has_text="before").hover()
        page.mouse.down()
        # The list that was asked for since the first add may come before.
        page.evaluate(LISTEN)
        client.add(content="meanwhile")
        until(page, "listed", "meanwhile")
        page.evaluate("new Promise(requestAnimationFrame)")
        page.mouse.up()
        expect(page.locator(".pane .content")).to_have_text("before")
        expect(page.locator(".item", has_text="meanwhile")).to_be_visible()


def test_the_row_with_the_focus_is_the_one_that_is_opened(browser: Browser, served: Served) -> None:
    """Enter opens the call that has the focus, though another has arrived above it since."""
    with opened(browser, served) as page, served.client() as client:
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        page.keyboard.press("j")
        expect(row(page, "before")).to_be_focused()
        client.add(content="meanwhile")
        expect(row(page, "meanwhile")).to_be_visible()
        expect(row(page, "before")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".pane")).to_contain_text("before")


CLOSE = """() => new Promise((done) => {
  new MutationObserver((_, observer) => {
    if (document.querySelector(".pane")) return;
    observer.disconnect();
    requestAnimationFrame(() => done(document.querySelectorAll(".row[data-id]").length));
  }).observe(document.body, { subtree: true, childList: true });
  document.querySelector(".pane [aria-label=Close]").click();
})"""


def test_calls_that_waited_come_with_the_change_that_lets_them_in(browser: Browser, served: Served) -> None:
    """Once a call is closed, the first picture of the list has what arrived meanwhile: no row moves after it."""
    with opened(browser, served) as page, served.client() as client:
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator(".pane")).to_be_visible()
        client.add(content="meanwhile")
        expect(page.locator("[data-newest]")).to_contain_text("1 new call")
        assert page.evaluate(CLOSE) == 2


def test_keys_copy_a_link_and_undo(browser: Browser, served: Served) -> None:
    """`l` copies the address of what is shown, `c` the copy of an open call, and `u` takes back the last change."""
    with served.client() as client:
        client.add(content="another")
        client.add(content="a note")
    with opened(browser, served, "#/memories?key=k1") as page:
        page.locator(".item", has_text="another").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator(".item", has_text="another")).to_have_count(0)
        page.locator(".item", has_text="a note").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator("main")).to_contain_text("No memories under this key.")
        page.keyboard.press("u")
        expect(page.locator(".item", has_text="a note")).to_be_visible()
        page.keyboard.press("l")
        until(page, "said", "The link is copied.")
        assert page.evaluate("navigator.clipboard.readText()") == page.url
        page.keyboard.press("1")
        row(page, "a note").click()
        expect(page.locator("#copy code")).to_contain_text("def test_")
        page.keyboard.press("c")
        copied(page, "def test_")


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_gives_its_connection_back(browser: Browser, served: Served) -> None:
    """After 30 seconds out of sight the stream is closed, and once the tab is seen, what came meanwhile is there."""
    with watched(browser, served.url) as page, served.client() as client:
        page.clock.install()
        page.goto(f"{served.url}/_fake/")
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        with page.expect_event("requestfailed", lambda request: "/_fake/events" in request.url):
            page.evaluate(HIDE, arg=True)
            page.clock.fast_forward(30_000)
        expect(page.locator("[data-stream=paused]")).to_be_visible()
        client.add(content="meanwhile")
        page.clock.fast_forward(60_000)
        expect(row(page, "meanwhile")).to_have_count(0)
        page.evaluate(HIDE, arg=False)
        expect(row(page, "meanwhile")).to_be_visible()
        expect(page.locator("[data-stream=live]")).to_be_visible()


def test_calls_that_wait_are_bounded(browser: Browser, served: Served) -> None:
    """A page that is paused keeps no more than ten thousand new calls: beyond that it reads the list again."""
    with served.client() as client:
        client.add(content="first")
    call = served.control("GET", "calls?limit=1")["calls"][0]
    told = [": what changes follows"]
    events = [
        {"calls": [{**call, "id": f"new-{at + next_}"} for next_ in range(200)], "unmatched": [], "skipped": 0}
        for at in range(0, 12_000, 200)
    ]
    with opened(browser, served) as page:
        page.route(
            "**/_fake/events?*",
            lambda route: route.fulfill(content_type="text/event-stream", body="\n\n".join([*told, ""])),
        )
        page.reload()
        expect(row(page, "first")).to_be_visible()
        page.locator("[data-pause]").click()
        told += [f"event: calls\ndata: {json.dumps(event)}" for event in events]
        expect(page.locator("[data-newest]")).to_have_text("New calls")
        assert page.evaluate("async () => (await import('./calls_model.js')).calls.get().byId.size") == 1
        page.unroute("**/_fake/events?*")
        with served.client() as client:
            client.add(content="last")
        page.locator("[data-newest]").click()
        expect(row(page, "last")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(2)


def test_clear_hides_what_came_before(browser: Browser, served: Served) -> None:
    """Cleared, the list shows what comes from then on; nothing is lost, and a link says since when."""
    with opened(browser, served) as page, served.client() as client:
        client.add(content="before")
        expect(row(page, "before")).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("main")).to_contain_text("No calls since")
        client.add(content="afterwards")
        expect(row(page, "afterwards")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(1)
        page.get_by_role("button", name="Show all times").click()
        expect(page.locator(".row[data-id]")).to_have_count(2)


def test_the_copied_test_passes_as_it_is(browser: Browser, served: Served, tmp_path: Path) -> None:
    """What the button copies of a call that stored twice and of a search that found nothing are tests that pass."""
    fill(served)
    calls = {call["result"]: call["id"] for call in served.control("GET", "calls")["calls"]}
    with opened(browser, served) as page:
        for number, result in enumerate(("Stored twice", "Nothing found: context", "Nothing found: no term")):
            page.goto(f"{served.url}/_fake/#/calls?open={calls[result]}")
            # No longer the call before, whose copy says as much.
            expect(page.locator(".pane .facts .mono").first).to_have_text(calls[result])
            expect(page.locator("#copy code")).to_contain_text("def test_")
            page.locator(".pane [data-copy]").click()
            (tmp_path / f"test_copied_{number}.py").write_text(copied(page, "def test_"))
            page.evaluate("navigator.clipboard.writeText('')")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout


def test_a_link_keeps_a_question_mark_that_was_typed(browser: Browser, served: Served) -> None:
    """A query in a link may hold a question mark, as a question does."""
    with served.client() as client:
        client.add(content="Ana bought a red kettle in May.", previous_context="Guests")
    with opened(browser, served, "#/memories?key=k1&q=When did Ana buy it?&context=Guests") as page:
        expect(page.locator("[data-search]")).to_have_value("When did Ana buy it?")
        expect(page.locator("input.context")).to_have_value("Guests")


def test_a_memory_with_an_id_of_any_text_is_changed_and_deleted(browser: Browser, served: Served) -> None:
    """An id with a slash and a question mark is opened, edited and deleted as any other."""
    served.control("POST", f"memories?key={GUESTS}", {"memories": [{"id": "a/b?c#d%", "content": "red kettle"}]})
    with opened(browser, served, "#/memories?key=k1") as page:
        page.locator("[data-id='a/b?c#d%']").click()
        page.locator(".pane").get_by_role("button", name="Edit").click()
        page.locator("dialog textarea").fill("blue kettle")
        page.locator("dialog").get_by_role("button", name="Save").click()
        expect(page.locator("[data-id='a/b?c#d%']")).to_contain_text("blue kettle")
        page.locator(".pane").get_by_role("button", name="Delete").click()
        expect(page.locator("main")).to_contain_text("No memories under this key.")
    assert served.control("GET", "memories")["memories"] == []


def test_a_link_of_the_traffic_keeps_the_key(browser: Browser, served: Served) -> None:
    """The calls of a time or of a status that the traffic of one key leads to are those of that key."""
    for key in (GUESTS, NOTES):
        with served.client(key) as client:
            client.add(content=f"note of {key[11:16]}")
    with opened(browser, served, "#/traffic?key=k1") as page:
        page.get_by_role("link", name="200").click()
        expect(row(page, "note of guest")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(1)
        page.goto(f"{served.url}/_fake/#/traffic?key=k1")
        page.get_by_role("button", name="Table").click()
        page.locator("tbody a.mono").last.click()
        expect(row(page, "note of guest")).to_be_visible()
        expect(page.locator(".row[data-id]")).to_have_count(1)


def test_a_change_that_is_refused_is_read_aloud_at_once(browser: Browser, served: Served) -> None:
    """What is done is a status, and what could not be done is an alert."""
    with opened(browser, served, "#/time") as page:
        page.get_by_role("button", name="Take a snapshot").click()
        expect(page.get_by_role("status").filter(has_text="Snapshot taken.")).to_be_visible()
        restore = page.get_by_role("button", name="Restore")
        expect(restore).to_be_visible()
        served.control("DELETE", "snapshots/s_1")
        restore.click()
        expect(page.get_by_role("alert").filter(has_text="no snapshot has the id")).to_be_visible()
        expect(restore).to_have_count(0)


LONG = "y" * 200
LOST = """() => {
  const lost = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.data.trim() || !text.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const { left, right } = range.getBoundingClientRect();
    let says = right <= innerWidth + 1;
    for (let box = text.parentElement; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (style.clipPath !== "none") { says = true; break; } // for screen readers alone
      const clips = style.overflowX !== "visible" || style.contain.includes("paint");
      if (!clips || (right <= edge.right + 1 && left >= edge.left - 1)) continue;
      const hints = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || style.maskImage !== "none"
        || box.closest("pre, .scroll");
      says = Boolean(hints) && edge.width >= 24;
      break;
    }
    if (!says) lost.push(text.data.slice(0, 40));
  }
  return lost;
}"""


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_without_a_hint(browser: Browser, served: Served, size: str) -> None:
    """Whatever its length, a text ends within the page, or shows that it goes on; and each column has some room."""
    with served.client(max_retries=3) as client, served.client(NOTES) as other:
        client.add(content="x" * 600, previous_context=LONG)
        other.details()
        client.add(content="a short one", previous_context="Orders")
        client.get(query="short", previous_context=LONG.upper())
        served.control("POST", "faults", {"script": "add: reset @after, 503, truncate"})
        client.add(content="Order 4502 is paid.", previous_context=LONG)
    served.control("POST", "faults", {"script": "add: 503 x9"})
    calls = {call["result"]: call["id"] for call in served.control("GET", "calls")["calls"]}
    memory = served.control("GET", "memories?key_id=k1")["memories"][0]["id"]
    hashes = {view: f"#/{view}" for view in VIEWS}
    hashes["call"] = f"#/calls?open={calls['1 stored']}"
    hashes["nothing-found"] = f"#/calls?open={calls['Nothing found: context']}"
    hashes["search"] = f"#/memories?key=k1&q=short&context={LONG.upper()}"
    hashes["memory"] = f"#/memories?key=k1&q=short&memory={memory}"
    with opened(browser, served, size=size) as page:
        expect(page.locator("[data-stream=live]")).to_be_visible()
        for name, hash_ in hashes.items():
            page.goto(f"{served.url}/_fake/{hash_}")
            shown = ".pane .facts, .pane dl" if "open=" in hash_ or "memory=" in hash_ else FILLED.get(name, ".verdict")
            expect(page.locator(shown).first).to_be_visible()
            be_still(page)
            picture(page, f"long-{name}-{size}")
            assert page.evaluate(LOST) == [], name


def test_the_title_of_a_view_is_covered_by_nothing(browser: Browser, served: Served) -> None:
    """On a phone what stands beside a title goes below it when both do not fit."""
    with opened(browser, served, size="narrow") as page:
        for view in VIEWS:
            page.goto(f"{served.url}/_fake/#/{view}")
            expect(page.locator("h1")).to_have_text(TITLES[view])  # and no longer that of the view before
            ends = "({ left, right, top, height }) => [left + 1, right - 1].map((x) => [x, top + height / 2])"
            seen = f"(h1) => {{ const range = document.createRange(); range.selectNodeContents(h1); return ({ends})"
            seen += "(range.getBoundingClientRect()).every(([x, y]) => document.elementFromPoint(x, y) === h1); }"
            assert page.locator("h1").evaluate(seen), view


def test_a_call_with_a_very_long_text_begins_with_what_happened(browser: Browser, served: Served) -> None:
    """On a phone the verdict is on the first screen, and the heading says that the text goes on."""
    with served.client() as client:
        client.add(content="This memory is long. " * 300, previous_context="Notes")
    call = served.control("GET", "calls")["calls"][0]["id"]
    with opened(browser, served, f"#/calls?open={call}", size="narrow") as page:
        expect(page.locator(".verdict")).to_be_in_viewport()
        expect(page.locator(".pane h2")).to_have_text(re.compile("…$"))


def test_a_text_from_right_to_left_is_shown_so(browser: Browser, served: Served) -> None:
    """A text takes its direction from its own first letters, so that a long one shows its beginning and not its end."""
    with served.client() as client:
        client.add(content="أنا أشرب الشاي بدون حليب " * 20, previous_context="ضيوف")
    direction = "(element) => getComputedStyle(element).direction"
    with opened(browser, served) as page:
        text = page.locator(".row[data-id] .row-of > .cut").first
        assert text.evaluate(direction) == "rtl"
        page.goto(f"{served.url}/_fake/#/memories?key=k1")
        content = page.locator(".item .content")
        assert content.evaluate(direction) == "rtl"
        content.click()
        assert page.locator(".pane p.content").evaluate(direction) == "rtl"


PAINTED = """(canvas, token) => {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.cssText = `forced-color-adjust: none; color: var(${token})`;
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 250 && wanted.every((value, part) => Math.abs(data[at + part] - value) < 8)) found += 1;
  }
  return `${found > 4}`;
}"""


@pytest.mark.parametrize("forced", ["none", "active"])
def test_a_call_that_is_alone_in_its_second_has_a_latency(browser: Browser, served: Served, forced: str) -> None:
    """The chart of the latency shows single calls as points, in its colours, also with a reader's own colours."""
    with served.client() as client:
        client.details()
    with watched(browser, served.url, viewport=SIZES["wide"], forced_colors=forced) as page:
        page.goto(f"{served.url}/_fake/#/traffic")
        latency = page.locator(".card", has_text="Latency").locator(".chart canvas")
        expect(latency).to_be_visible()
        end = monotonic() + PATIENCE
        while latency.evaluate(PAINTED, "--bar-warn") != "true":
            assert monotonic() < end
            page.wait_for_timeout(50)


DIFFER = """([one, other, name]) => {
  const [first, second] = [one, other].map((each) => getComputedStyle(document.querySelector(each))[name]);
  return first !== second;
}"""


def test_what_is_chosen_is_seen_with_a_readers_own_colours(browser: Browser, served: Served) -> None:
    """With forced colours the view, chip, tab, row and kind of fault that are chosen differ from the others."""
    fill(served)
    call = served.control("GET", "calls")["calls"][-1]["id"]
    with watched(browser, served.url, viewport=SIZES["wide"], forced_colors="active") as page:
        page.goto(f"{served.url}/_fake/#/calls?open={call}")
        expect(page.locator("#copy code")).not_to_be_empty()
        expect(page.locator(".row-open")).to_be_visible()  # the list comes in its own time
        picture(page, "forced-colours-call")
        for one, other, name in (
            (".rail [aria-current]", ".rail a:not([aria-current])", "backgroundColor"),
            (".chips [aria-pressed=true]", ".chips [aria-pressed=false]", "backgroundColor"),
            (".tabs [aria-selected=true]", ".tabs [aria-selected=false]", "backgroundColor"),
            (".row-open", ".row[data-id]:not(.row-open)", "outlineStyle"),
        ):
            assert page.evaluate(DIFFER, [one, other, name]), one
        page.goto(f"{served.url}/_fake/#/faults")
        expect(page.locator(".pick.chosen").first).to_be_visible()
        picture(page, "forced-colours-faults")
        assert page.evaluate(DIFFER, [".pick.chosen", ".pick:not(.chosen)", "backgroundColor"])


def test_a_page_that_is_much_enlarged_can_be_used(browser: Browser, served: Served) -> None:
    """At 400%, where head and foot leave no room, the page scrolls, and nothing lies over what it shows."""
    with served.client() as client:
        client.add(content="a note")
    with watched(browser, served.url, viewport={"width": 320, "height": 256}) as page:
        for hash_, shown in (("#/calls", ".row[data-id]"), ("#/memories", "[data-search]"), ("#/memories", ".item")):
            page.goto(f"{served.url}/_fake/{hash_}")
            element = page.locator(shown).first
            expect(element).to_be_visible()
            element.click()


def test_a_call_is_printed_whole(browser: Browser, served: Served) -> None:
    """On paper there are a call's verdict, each attempt and the copy at full length, and no button or list."""
    fill(served)
    calls = {call["result"]: call["id"] for call in served.control("GET", "calls")["calls"]}
    with opened(browser, served, f"#/calls?open={calls['Stored twice']}") as page:
        expect(page.locator("#copy code")).to_contain_text("def test_")
        page.emulate_media(media="print")
        for part in (".rail", ".topbar", ".rows", ".view-head button"):
            expect(page.locator(part).first).to_be_hidden()
        whole = "(each) => each.scrollHeight <= each.clientHeight + 1 || getComputedStyle(each).overflowY === 'visible'"
        for part in (".pane", ".pane .scroll", ".pane .code"):
            assert page.locator(part).evaluate(whole), part
        picture(page, "print-call")


def test_a_drag_that_selects_text_closes_no_form(browser: Browser, served: Served) -> None:
    """A button that goes down in a field and up beside the form keeps the form, and what was typed into it."""
    with served.client() as client:
        client.add(content="a note")
    with opened(browser, served, "#/memories?key=k1") as page:
        page.get_by_role("button", name="Add memory").click()
        field = page.locator("dialog textarea")
        field.fill("typed for a long time")
        box = field.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 40, box["y"] + 12)
        page.mouse.down()
        page.mouse.move(10, box["y"] + 12)
        page.mouse.up()
        expect(field).to_have_value("typed for a long time")


def test_a_fault_for_each_key_says_that_a_new_key_meets_it_too(browser: Browser, served: Served) -> None:
    """A fault of the server that is spent is met by the next new key, and the page says so."""
    served.control("POST", "faults", {"script": "add: 503"})
    with served.client() as client, opened(browser, served, "#/faults") as page:
        client.add(content="a note")
        spent = page.locator("[data-fault]", has_text="Fired 1, left 0")
        expect(spent).to_contain_text("Each key")
        expect(page.locator("main")).to_contain_text("A key that is new meets these too")
        with served.client(NOTES) as other:
            other.add(content="a note")
        expect(page.locator("[data-fault]", has_text="Fired 2, left 0")).to_be_visible()


def test_a_stop_word_counts_for_no_term(browser: Browser, served: Served) -> None:
    """A search says which of its words are stop words, and counts none of them among the terms of a hit."""
    with served.client() as client:
        client.add(content="Ana bought a red kettle in May.")
        client.add(content="It is the blue one.")
    with opened(browser, served, "#/memories?key=k1&q=When did the kettle boil?") as page:
        expect(page.locator(".term", has_text="the")).to_have_text(re.compile("^the\\s*stop word$"))
        expect(page.locator(".term", has_text="boil")).to_have_text(re.compile("^boil\\s*not found$"))
        expect(page.locator(".item", has_text="kettle")).to_contain_text("1 of 2 terms")


def test_what_was_typed_is_there_when_one_comes_back(browser: Browser, served: Served) -> None:
    """A script, a setting and a memory that are not saved outlast Esc and other views; Cancel drops a memory's text."""
    with served.client() as client:
        client.add(content="a note")
    with opened(browser, served, "#/faults") as page:
        page.locator("#script").fill("search: 429 x7")
        page.locator(".rail a", has_text="Keys and limits").click()
        page.locator("[data-id=k1]").click()
        page.locator("#set-top_k").fill("3")
        page.locator("#set-top_k").blur()
        page.locator(".pane [aria-label=Close]").click()
        expect(page.locator(".pane")).to_have_count(0)
        page.locator("[data-id=k1]").click()
        expect(page.locator("#set-top_k")).to_have_value("3")
        page.get_by_role("button", name="Discard").click()
        expect(page.locator("#set-top_k")).to_have_value("10")
        page.goto(f"{served.url}/_fake/#/memories?key=k1")
        page.get_by_role("button", name="Add memory").click()
        page.locator("dialog textarea").fill("typed for a long time")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        page.get_by_role("button", name="Add memory").click()
        expect(page.locator("dialog textarea")).to_have_value("typed for a long time")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Add memory").click()
        expect(page.locator("dialog textarea")).to_have_value("")
        page.keyboard.press("Escape")
        page.locator(".rail a", has_text="Faults").click()
        expect(page.locator("#script")).to_have_value("search: 429 x7")
