"""Copy as: a call becomes a test that passes, a line of curl, a fault script, its request or its answers."""

from __future__ import annotations

import contextlib
import json
import subprocess
from urllib.request import urlopen

import pytest

from fake_server import Fake, Request
from fake_server.core.faults.script import parse

KEY = "sk-om-live-tests-0000000000000001"
URL = "http://127.0.0.1:8642"


def send(fake, endpoint, body, *, token=None, key=KEY, path=None, method="POST", **headers):
    """Send a request in process, and leave what becomes of it to the journal."""
    sent = {"authorization": f"Bearer {key}", **headers}
    if token:
        sent["idempotency-key"] = token
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fake.decide(Request(method, path or f"/api/memory/{endpoint}", sent, raw))


def add(fake, text="Order 4502 is paid.", context="Orders", **more):
    send(fake, "add", {"content": text, "previousContext": context}, **more)


def search(fake, query, context="", **more):
    send(fake, "search", {"query": query, "previousContext": context}, **more)


def with_faults(script, act, times=1, **more):
    def make(fake):
        fake.faults(script)
        for _ in range(times):
            act(fake, **more)

    return make


def left(fake, act, *, decided):
    exchange = fake.accept(
        Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"left early"}')
    )
    if decided:
        exchange.decide()
        exchange.undelivered()
    else:
        exchange.abandon()
    act(fake)


def remembered(fake):
    fake.remember([("Ana drinks tea", "Guests"), "The kettle is red", "tea at four"], key=KEY)


KINDS = {
    "stored": add,
    "stored_with_quotes": lambda fake: add(fake, "He said 'tea' and \"milk\"\n\\ 茶", ""),
    "stored_twice": with_faults("add: reset @after", add, 2, token="a"),
    "stored_twice_without_a_token": with_faults("add: 503 @after", add, 2),
    "stored_twice_by_a_lie": with_faults("add: twice", add),
    "lost": with_faults("add: lost", add),
    "retried": with_faults("add: 503, 429(retry-after=1), hang", add, 4),
    "gave_up": with_faults("add: 503 x3", add, 3),
    "refused_by_a_fault": with_faults("add: 404", add),
    "spoilt": with_faults("add: garbage", add),
    "late": with_faults("add: slow(2s)", add),
    "redirected": with_faults("add: redirect", add),
    "midway": with_faults("add: reset @mid", add),
    "sent_again_after_a_success": lambda fake: [add(fake, token="b"), add(fake, token="b")],
    "found": lambda fake: [remembered(fake), search(fake, "who drinks tea")],
    "found_in_a_context": lambda fake: [remembered(fake), search(fake, "tea", "Guests")],
    "found_in_an_envelope": lambda fake: [fake.configure(wire="envelope"), remembered(fake), search(fake, "tea")],
    "found_less": lambda fake: [remembered(fake), with_faults("search: missing(1)", search, query="tea")(fake)],
    "nothing_stored": lambda fake: search(fake, "zebra"),
    "nothing_matches": lambda fake: [remembered(fake), search(fake, "zebra")],
    "nothing_in_the_context": lambda fake: [remembered(fake), search(fake, "tea", "guests")],
    "nothing_indexed": lambda fake: [
        fake.configure(indexing_delay=30), add(fake, "Launch moved to 15 April.", ""), search(fake, "Which launch?"),
    ],
    "nothing_polled": lambda fake: [
        fake.configure(indexing_delay="3 polls"), add(fake, "tea", "Guests"), search(fake, "tea", "Guests"),
    ],
    "nothing_by_a_fault": lambda fake: [remembered(fake), with_faults("search: missing(9)", search, query="tea")(fake)],
    "search_failed": with_faults("search: 503", search, 2, query="tea"),
    "details": lambda fake: send(fake, "details", {}),
    "details_without_a_body": lambda fake: send(fake, "details", b""),
    "limited": lambda fake: [fake.configure(rate="1/60"), send(fake, "details", {"a": 1}), send(fake, "details", {})],
    "over_the_limit": lambda fake: [fake.configure(limit=1), remembered(fake), add(fake)],
    "unauthorized": lambda fake: send(fake, "details", {}, key=""),
    "invalid": lambda fake: add(fake, ""),
    "no_json": lambda fake: send(fake, "add", b"\xff{"),
    "unknown_fields": lambda fake: send(fake, "add", {"content": "tea", "extra": 1}),
    "no_path": lambda fake: send(fake, "", b"x", path="/api/memory/get"),
    "no_post": lambda fake: send(fake, "add", b"", method="GET"),
    "left_before": lambda fake: left(fake, lambda _: None, decided=False),
    "left_after": lambda fake: left(fake, lambda _: None, decided=True),
}  # fmt: skip


def last_call(fake):
    return [each.entry for each in fake.calls[-1].attempts]


@pytest.fixture(scope="module")
def copies():
    """Give the text of each kind of call, copied as a test."""
    texts = {}
    for name, make in KINDS.items():
        fake = Fake()
        make(fake)
        texts[name] = fake.copied("pytest", last_call(fake), url=URL)
    return texts


@pytest.mark.slow
def test_a_call_copied_as_a_test_passes(project, copies):
    """Every kind of call becomes a test that passes when it is pasted into an empty file."""
    project.makepyfile(**{f"test_{name}": text for name, text in copies.items()})
    result = project.runpytest_inprocess("-p", "no:cacheprovider")
    assert result.parseoutcomes() == {"passed": len(KINDS)}


def test_the_copy_of_a_lost_answer_is_short(copies):
    """The test of a call that was stored twice has the fault, the call, and what it stored."""
    assert copies["stored_twice"] == (
        "import pytest\n\n\n"
        "@pytest.mark.octamem(faults='add: reset @after')\n"
        "def test_order_4502_is_paid(octamem_client, octamem_fake):\n"
        "    client = octamem_client.with_options(max_retries=1)\n"
        "    client.add(content='Order 4502 is paid.', previous_context='Orders')\n"
        "    assert len(octamem_fake.memories()) == 2  # with idempotency=True: 1\n"
    )


@pytest.mark.parametrize("name", KINDS)
def test_the_fault_script_of_a_call_can_be_armed(name):
    """Every call can be written as a script that parses, and answers its attempts with the same statuses."""
    fake = Fake()
    KINDS[name](fake)
    call = last_call(fake)
    script = fake.copied("fault", call, url=URL)
    parse(script)
    if call[0].endpoint is None:
        return
    other = Fake()
    other.faults(script)
    first = call[0]
    for _ in call:
        send(other, first.endpoint, first.body, method=first.method)
    statuses = [None if entry.lost else entry.status for entry in call]
    assert [entry.status for entry in other.requests()] == statuses


def test_a_line_of_curl_sends_the_call_again(served):
    """The line names the key by its variable, and sends the same bytes."""
    served.add("He said 'tea' & \"milk\" $HOME\n茶", "@file")
    (call,) = served.control("GET", "calls")[1]["calls"]
    text = copied(served, call["id"], "curl")
    assert KEY not in text
    environment = {"OCTAMEM_API_KEY": KEY, "PATH": "/usr/bin:/bin"}
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(["sh", "-c", text], env=environment, capture_output=True, check=False, timeout=30)
        if done.returncode == 127:  # no curl on this machine
            return
        assert json.loads(done.stdout)["success"] is True
        first, second = served.fake.requests()
        assert first.body == second.body


def copied(served, name, form):
    with urlopen(f"{served.url}/_fake/calls/{name}/copy?as={form}", timeout=20) as got:
        return got.read().decode()


def test_request_and_answers_are_json(served):
    """The request is the body with its path, the answers are those of all attempts."""
    served.fake.faults("add: reset")
    with contextlib.suppress(ConnectionError):
        served.add("tea")
    served.add("tea")
    (call,) = served.control("GET", "calls")[1]["calls"]
    sent = {"method": "POST", "path": "/api/memory/add", "body": {"content": "tea", "previousContext": ""}}
    assert json.loads(copied(served, call["id"], "request")) == sent
    statuses = [(each["status"], each["body"] is None) for each in json.loads(copied(served, call["id"], "answers"))]
    assert statuses == [(None, True), (200, False)]


@pytest.mark.parametrize(("query", "says"), [("", "as is required"), ("?as=java", "as: expected pytest, curl")])
def test_another_form_is_400(served, query, says):
    """A form that there is not is refused with those that there are."""
    served.add()
    (call,) = served.fake.calls
    status, answer = served.control("GET", f"calls/{call.id}/copy{query}")
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"].startswith(says)
