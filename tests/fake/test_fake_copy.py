"""Copy as: a call becomes a test that passes, a line of curl, a fault script, its request or its answers."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
from urllib.request import urlopen

import pytest

from fake_server import Fake, Request
from fake_server.core.faults.script import parse
from fake_server.core.service.copy_search import OWN_SEARCH, SEEN

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


def many(fake):
    fake.remember([*(f"red kettle {number}" for number in range(9)), "x" * 900], key=KEY)


def changed_between(fake):
    fake.faults("add: reset @after, 503")
    for settings in ({}, {}, {"idempotency": True}, {"idempotency": True}):
        fake.configure(**settings)
        add(fake, token="c")


KINDS = {
    "stored": add,
    "stored_twice_before_a_setting": lambda fake: [
        with_faults("add: close @after", add, 2, token="a")(fake), fake.configure(idempotency=True, wire="envelope"),
    ],
    "stored_once_by_a_setting": lambda fake: [
        fake.configure(idempotency=True), with_faults("add: close @after", add, 2, token="a")(fake),
        fake.configure(idempotency=False),
    ],
    "settings_that_changed_between_attempts": changed_between,
    "nothing_matches_of_many": lambda fake: [many(fake), search(fake, "zebra")],
    "nothing_matches_before_it_is_stored": lambda fake: [
        many(fake), search(fake, "zebra"), fake.remember(["a zebra"], key=KEY),
    ],
    "nothing_matches_of_what_was_forgotten": lambda fake: [
        remembered(fake), search(fake, "zebra"), fake.forget(key=KEY),
    ],
    "nothing_in_a_context_of_others": lambda fake: [many(fake), search(fake, "zebra", "Ordres")],
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
        f"    {SEEN}\n"
        "    assert len(octamem_fake.memories()) == 2  # with idempotency=True: 1\n"
    )


def test_a_copy_has_the_settings_of_the_call(copies):
    """What was set after the call, or taken back, is not in its copy; what changed between attempts is set between."""
    assert "@pytest.mark.octamem(faults='add: close @after')\n" in copies["stored_twice_before_a_setting"]
    assert "faults='add: close @after', idempotency=True)\n" in copies["stored_once_by_a_setting"]
    *_, first, change, second, statuses, says, stored = copies["settings_that_changed_between_attempts"].splitlines()
    assert [each.strip() for each in (first, change, second, says, stored)] == [
        "outcomes = [octamem_fake.decide(sent) for _ in range(2)]",
        "octamem_fake.configure(idempotency=True)",
        "outcomes += [octamem_fake.decide(sent) for _ in range(2)]",
        SEEN,
        "assert len(octamem_fake.memories()) == 2  # with idempotency=True: 1",
    ]
    assert statuses.endswith("[None, 503, 200, 200]")


def test_a_search_that_found_nothing_begins_with_what_the_key_held(copies):
    """The newest few memories are there, how many are left out is said, and none that the search would find now."""
    of_many = copies["nothing_matches_of_many"].splitlines()
    assert of_many[3] == "# 5 memories that the key held are left out."
    assert of_many[4] == f"@pytest.mark.octamem(memories={[f'red kettle {number}' for number in range(8, 3, -1)]!r})"
    assert of_many[-2:] == [f"    {SEEN}", "    assert found == []"]
    assert copies["nothing_matches_before_it_is_stored"] == copies["nothing_matches_of_many"]
    assert "# 3 memories that the key held are left out." in copies["nothing_matches_of_what_was_forgotten"]
    assert "red kettle 8" in copies["nothing_in_a_context_of_others"]
    assert "left out" not in copies["nothing_stored"]


def test_only_what_may_not_be_wanted_is_said_to_be_what_happened(copies):
    """A duplicate, an empty result and a write that was lost are marked; one memory stored once is not."""
    marked = {name for name, text in copies.items() if SEEN in text}
    assert {"stored_twice", "stored_twice_by_a_lie", "lost", "nothing_stored", "nothing_by_a_fault"} <= marked
    assert not {"stored", "retried", "gave_up", "found", "details", "invalid"} & marked


def test_the_copy_under_a_search_of_the_authors_own_says_so():
    """The test has the fuzzy search, so it begins with what that does not find either."""
    fake = Fake(search=lambda query, memories: [])
    fake.remember(["tea at four", "red kettle"], key=KEY)
    search(fake, "tea")
    text = fake.copied("pytest", last_call(fake), url=URL)
    assert OWN_SEARCH in text
    assert "memories=['red kettle']" in text


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
    run, environment = ["sh", "-c", text.encode()], {"OCTAMEM_API_KEY": KEY, "PATH": "/usr/bin:/bin"}
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(run, env=environment, capture_output=True, check=False, timeout=30)
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
    body = {"content": "tea", "previousContext": ""}
    sent = {"method": "POST", "path": "/api/memory/add", "headers": {}, "body": body}
    assert json.loads(copied(served, call["id"], "request")) == sent
    statuses = [(each["status"], each["body"] is None) for each in json.loads(copied(served, call["id"], "answers"))]
    assert statuses == [(None, True), (200, False)]


def test_the_idempotency_key_is_copied_with_the_request(served):
    """A call that came by an Idempotency-Key names it, with any key in it blanked, and so do curl and the request."""
    served.add("tea", headers={"idempotency-key": f"it's {KEY}"})
    name = served.fake.calls[0].id
    token = "it's [k1]"
    assert served.control("GET", f"calls/{name}")[1]["idempotency_key"] == token
    assert json.loads(copied(served, name, "request"))["headers"] == {"Idempotency-Key": token}
    assert f"-H {shlex.quote(f'Idempotency-Key: {token}')} \\\n" in copied(served, name, "curl")
    served.call({"content": "x"}, path="/api/memory/nowhere", headers={"idempotency-key": "a b"})
    assert served.control("GET", f"calls/{served.fake.calls[-1].id}")[1]["idempotency_key"] == "a b"


@pytest.mark.parametrize(("query", "says"), [("", "as is required"), ("?as=java", "as: expected pytest, curl")])
def test_another_form_is_400(served, query, says):
    """A form that there is not is refused with those that there are."""
    served.add()
    (call,) = served.fake.calls
    status, answer = served.control("GET", f"calls/{call.id}/copy{query}")
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"].startswith(says)
