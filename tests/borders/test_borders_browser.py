"""Chromium against a served fake: hostile pages read and change nothing, and the server's own page works."""

from __future__ import annotations

import logging
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsers import PATIENCE, chromium

from fake_server import Fake, create_app
from fake_server.server import serve_in_thread

KEY = "sk-om-live-tests-0000000000000001"
TOKEN = "t0ken-of-the-tests"
SECRET = "the door code is 4711"
ARGUMENTS = [
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    # Chromium's own walls around this machine: the fake must hold without them, as in a browser that has none.
    "--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessRespectPreflightResults,BlockInsecurePrivateNetworkRequests",
]

ATTACK = (Path(__file__).parent / "attack.js").read_text(encoding="utf-8")
REACHED = {
    *[("GET", "/_fake/memories"), ("POST", "/_fake/faults"), ("POST", "/_fake/clock/advance"), ("GET", "/_fake/")],
    *[("GET", "/_fake/requests"), ("GET", "/_fake/events"), ("GET", "/_fake/health"), ("GET", "/_fake/settings")],
    *[("GET", "/_fake/explain"), ("POST", "/api/memory/add"), ("POST", "/api/memory/details")],
}
"""What must have been refused, so that the test knows that Chromium did send it."""


class Blank(BaseHTTPRequestHandler):
    """An empty page, whatever is asked for."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>a page</title><body>")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def hostile():
    """Serve an empty page on a free port, from which the tests attack; give the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with chromium(*ARGUMENTS) as launched:
        yield launched


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def held(served, caplog):
    """Give the shared fake with something to read and to lose; its log shows what was refused."""
    caplog.set_level(logging.INFO, "fake_server")
    served.fake.remember([SECRET], key=KEY)
    served.port = served.url.rpartition(":")[2]
    return served


def state(fake):
    """List what a page could change."""
    stored = [(each.id, each.content) for each in fake.memories()]
    return stored, fake.armed(), fake.settings(), fake.requests()


def refused(caplog):
    lines = re.findall(r"refused (\w+) '([^']+)': ", caplog.text)
    return set(lines)


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        ("http://evil.example:{hostile}", "http://127.0.0.1:{port}"),
        ("http://evil.example:{hostile}", "http://localhost:{port}"),
        ("http://localhost:{hostile}", "http://localhost:{port}"),
        ("http://127.0.0.1:{hostile}", "http://127.0.0.1:{port}"),
        ("http://evil.localhost:{hostile}", "http://localhost:{port}"),
        ("http://rebind.example:{port}", "http://rebind.example:{port}"),
    ],
    ids=["cross-site", "cross-site by name", "another port", "another port of the address", "same site", "rebinding"],
)
def test_a_hostile_page_reads_and_changes_nothing(held, hostile, page, caplog, until, origin, target):
    """Whatever a page of another origin, or of a name that now resolves to this machine, tries comes to nothing."""
    before = state(held.fake)
    origin, target = (each.format(hostile=hostile, port=held.port) for each in (origin, target))
    # A page that was loaded before its name resolved to this machine.
    page.route(f"{origin}/attack", lambda route: route.fulfill(content_type="text/html", body="<body>"))
    page.goto(f"{origin}/attack")
    found = page.evaluate(ATTACK, [target, KEY])
    if origin == target:  # to the browser these are its own: it may read that it was refused
        found = {name: text for name, text in found.items() if text and "HOST_NOT_ALLOWED" not in text}
        found = {name: text for name, text in found.items() if text not in {"iframe was loaded", "object was loaded"}}
    assert {name: text for name, text in found.items() if text} == {}
    until(lambda: refused(caplog) >= REACHED)
    assert state(held.fake) == before
    assert SECRET not in caplog.text


def test_a_page_without_an_origin_reads_and_changes_nothing(held, hostile, page, caplog, until):
    """A sandboxed frame, whose origin is opaque, comes to nothing too."""
    before = state(held.fake)
    page.goto(f"http://localhost:{hostile}/")
    page.set_content('<iframe sandbox="allow-scripts allow-forms" srcdoc="<body>a frame"></iframe>')
    page.frame_locator("iframe").locator("body").wait_for()
    found = page.frames[1].evaluate(ATTACK, [f"http://localhost:{held.port}", KEY])
    assert {name: text for name, text in found.items() if text} == {}
    until(lambda: refused(caplog) >= REACHED)
    assert state(held.fake) == before


def test_a_window_that_a_page_opens_is_out_of_its_reach(held, hostile, page):
    """A link may show a person what is stored; the page that opened the window sees nothing of it."""
    before = state(held.fake)
    page.goto(f"http://localhost:{hostile}/")
    with page.expect_popup() as opened:
        page.evaluate("(url) => { window.other = window.open(url); }", f"http://localhost:{held.port}/_fake/memories")
    opened.value.wait_for_load_state()
    assert SECRET in opened.value.inner_text("body")
    assert page.evaluate(
        "() => { try { return other.closed || other.document.body.innerText; } catch { return true; } }"
    )
    assert opened.value.evaluate("() => window.opener") is None
    assert state(held.fake) == before


def test_a_form_in_a_window_of_its_own_changes_nothing(held, hostile, page, caplog, until):
    """A page that takes its visitor along with a POST arms nothing."""
    before = state(held.fake)
    page.goto(f"http://localhost:{hostile}/")
    page.set_content(
        f'<form method="post" enctype="text/plain" action="http://localhost:{held.port}/_fake/faults">'
        """<input name='{"script": "*: 503", "seed' value='": 1}'></form>"""
    )
    page.evaluate("() => document.forms[0].submit()")
    until(lambda: ("POST", "/_fake/faults") in refused(caplog))
    assert state(held.fake) == before


ASK = """
async ([url, options]) => {
  const answer = await fetch(url, options);
  return [answer.status, await answer.text(), answer.headers.get("x-request-id")];
}
"""


def test_the_servers_own_page_works(held, page):
    """A browser that opens / is on the page, which breaks no rule of its policy, reads the server and changes it."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{held.url}/")
    assert page.url == f"{held.url}/_fake/"
    assert page.title().endswith("OctaMem fake")
    assert [text for text in said if "Content Security Policy" in text] == []
    status, text, _ = page.evaluate(ASK, ["memories", {}])
    assert (status, SECRET in text) == (200, True)
    assert page.evaluate(ASK, ["faults", {"method": "POST", "body": '{"script": "add: 503"}'}])[0] == 200
    assert len(held.fake.armed()) == 1


VIOLATE = """
() => new Promise((done) => {
  const broken = new Set();
  document.addEventListener("securitypolicyviolation", (event) => {
    broken.add(event.effectiveDirective);
    if (broken.size === 3) done([...broken].sort());
  });
  try { document.body.setAttribute("onclick", "window.ran = true"); } catch {}
  try { document.body.innerHTML = "<img src=x onerror='window.ran = true'>"; } catch {}
  try { setTimeout("window.ran = true"); } catch {}
  document.body.append(Object.assign(document.createElement("img"), {src: "http://evil.example/x.png"}));
  fetch("http://evil.example/").catch(() => null);
})
"""


def test_the_policy_of_the_page_lets_nothing_foreign_in(held, page):
    """No text becomes a script of the page, and nothing is loaded from, or sent to, another host."""
    page.goto(f"{held.url}/_fake/")
    assert page.evaluate(VIOLATE) == ["connect-src", "img-src", "require-trusted-types-for"]
    assert not page.evaluate("() => window.ran")


def test_the_page_of_a_locked_server_is_shown_and_reads_with_the_token(page):
    """The page is there before the token is; what it asks for is 401 without the token and answered with it."""
    with serve_in_thread(create_app(Fake()), control_token=TOKEN) as running:
        page.goto(f"{running.url}/")
        assert page.title().endswith("OctaMem fake")
        assert page.evaluate(ASK, ["settings", {}])[0] == 401
        assert page.evaluate(ASK, ["settings", {"headers": {"authorization": f"Bearer {TOKEN}"}}])[0] == 200


def test_a_page_of_an_allowed_origin_is_a_client(hostile, page):
    """With --cors a program in a browser adds and reads the answer, and still sees nothing of the control API."""
    fake, origin = Fake(), f"http://localhost:{hostile}"
    with serve_in_thread(create_app(fake), cors=[origin]) as running:
        page.goto(f"{origin}/")
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        sent = {"method": "POST", "headers": headers, "body": '{"content": "tea"}'}
        status, text, request_id = page.evaluate(ASK, [f"{running.url}/api/memory/add", sent])
        assert (status, "pending" in text or "success" in text, bool(request_id)) == (200, True, True)
        assert [each.content for each in fake.memories(key=KEY)] == ["tea"]
        failed = page.evaluate(
            "async (url) => { try { return (await fetch(url)).status; } catch { return null; } }",
            f"{running.url}/_fake/settings",
        )
        assert failed is None
        page.goto(f"http://127.0.0.1:{hostile}/")
        failed = page.evaluate(
            f"async (of) => {{ try {{ return await ({ASK})(of); }} catch {{ return null; }} }}",
            [f"{running.url}/api/memory/add", sent],
        )
        assert failed is None
        assert len(fake.memories(key=KEY)) == 1
