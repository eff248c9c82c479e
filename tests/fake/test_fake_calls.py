"""Calls over the control API: pages, filters, counts, what an attempt came to, and the verdict."""

from __future__ import annotations

import contextlib
import json
import socket
from http.client import HTTPException

import anyio
import pytest

from fake_server import Fake, Reply, Request, create_app
from fake_server.core.journal.journal import Journal
from fake_server.core.journal.outcome import result
from fake_server.core.journal.verdict import verdict

KEY = "sk-om-live-tests-0000000000000001"
UNKNOWN = "Whether the service honours an `Idempotency-Key` is unknown (docs/fidelity.md)."
OTHER = "sk-om-live-other-000000000000002"


def page(served, query=""):
    status, got = served.control("GET", f"calls?limit=50{query}")
    assert status == 200, got
    return got


def attempt(served):
    """Give the last attempt of the last call."""
    return served.control("GET", "calls")[1]["calls"][-1]["attempts"][-1]


def test_pages_lead_from_the_newest_calls_to_the_oldest(served):
    """A page has the newest calls, oldest first, and names the call before which the next page ends."""
    for number in range(5):
        served.add(f"memory {number}")
    got, seen = page(served), []
    names = [call["id"] for call in got["calls"]]
    assert (got["next"], got["counts"]["all"], got["attempts"], got["dropped"]) == (None, 5, 5, 0)
    before = ""
    while True:
        _, part = served.control("GET", f"calls?limit=2{before}")
        seen = [call["id"] for call in part["calls"]] + seen
        if part["next"] is None:
            break
        before = f"&before={part['next']}"
    assert seen == names
    assert served.control("GET", "calls?limit=0")[1]["calls"] == []
    assert served.control("GET", "calls?limit=2&before=00000000-1")[0] == 404


def test_a_summary_has_no_bodies(served):
    """A page gives what a row shows, and a text of any length only by its beginning."""
    served.add("x" * 5000, "Office")
    (call,) = page(served)["calls"]
    assert (call["text"], call["previousContext"], call["result"]) == ("x" * 200, "Office", "1 stored")
    assert "request" not in call
    assert not {"response", "effect"} & set(call["attempts"][0])


@pytest.fixture
def mixed(served):
    """Give a served fake with calls of every outcome."""
    fake = served.fake
    served.add("Order 4502 is paid", "Orders")
    fake.faults("add: reset @after", key=KEY)
    with pytest.raises(ConnectionError):
        served.add("Order 4503 is paid", "Orders")
    fake.advance(0.64)
    served.add("Order 4503 is paid", "Orders")
    served.search("zebra")
    served.search("order", "orders")
    fake.faults("details: 503 x2", key=KEY)
    served.details()
    served.details()
    served.details(key=None)
    fake.disarm(key=KEY)
    served.call("x", path="/nowhere/4502")
    return served


FOUND = {
    "": 7,
    "&q=4503": 1,
    "&q=ORDER": 3,
    "&q=nowhere": 1,
    "&endpoint=search": 2,
    "&endpoint=none": 1,
    "&outcome=answered": 4,
    "&outcome=failed": 1,
    "&outcome=refused": 2,
    "&outcome=open": 0,
    "&flag=stored_twice": 1,
    "&flag=nothing_found": 2,
    "&flag=retried": 2,
    "&flag=fault": 2,
    "&flag=failed": 3,
    "&status=401": 1,
    "&context=Orders": 2,
    "&context=": 4,
    "&fault=reset": 1,
    "&fault=503": 1,
    "&since=2026-01-01T00:00:00.640Z": 6,
    "&until=2026-01-01T00:00:00.640Z": 1,
    "&q=order&flag=retried": 1,
}


def test_filters_choose_the_calls_and_counts_ignore_the_chips(mixed):
    """Each filter keeps the calls that have it; the counts are of all chips under the other filters."""
    assert {query: len(page(mixed, query)["calls"]) for query in FOUND} == FOUND
    counts = {"all": 7, "failed": 3, "retried": 2, "stored_twice": 1, "nothing_found": 2, "fault": 2}
    assert page(mixed)["counts"] == page(mixed, "&flag=fault&outcome=failed")["counts"] == counts
    assert page(mixed, "&q=order")["counts"]["all"] == 3
    assert len(mixed.control("GET", "calls?flag=stored_twice")[1]["calls"]) == 1


@pytest.mark.parametrize(
    "query",
    ["outcome=lost", "flag=x", "status=5", "status=abc", "since=yesterday", "endpoint=get", "limit=-1", "limit=1001",
     "limit=x", "colour=red"],
)  # fmt: skip
def test_a_wrong_filter_is_400_and_names_the_field(served, query):
    """A filter that cannot be read, or is unknown, is refused with its name."""
    status, answer = served.control("GET", f"calls?{query}")
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"].startswith(query.partition("=")[0])


def test_a_call_is_read_by_its_id_with_bodies_and_the_verdict(mixed):
    """One call has its bodies, its summary and the sentence that says what happened."""
    (row,) = page(mixed, "&flag=stored_twice")["calls"]
    status, call = mixed.control("GET", f"calls/{row['id']}")
    assert status == 200
    assert call["request"]["content"] == call["text"] == "Order 4503 is paid"
    assert [each["response"] is None for each in call["attempts"]] == [True, False]
    assert call["verdict"] == {
        "title": "Stored twice.",
        "text": "The answer to attempt 1 was lost after the commit point, so the client sent the call again.",
        "remedy": "With one `Idempotency-Key` for all attempts, this fake stores it once, if its setting `idempotency` "
        f"is true. {UNKNOWN} The app can leave an add alone whose outcome is unknown (octamem: "
        "`retry_unknown_writes=False`), or search for the memory before it adds it again.",
        "setting": {"idempotency": True},
    }
    status, answer = mixed.control("GET", "calls/nothing-1")
    assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert "nothing-1" in answer["error"]


@pytest.mark.parametrize(
    ("settings", "token", "note", "remedy", "setting"),
    [
        ((False, False), "a", "the Idempotency-Key was not honoured: idempotency is off", "has a setting", True),
        ((False, True), "a", "the first answer to this Idempotency-Key is not kept: ", "too late", None),
        ((False, False), None, "", "if its setting `idempotency` is true", True),
        ((True, True), None, "", "this fake stores it once. Whether", None),
    ],
)
def test_what_is_stored_twice_names_the_setting_and_what_the_app_can_do(build, settings, token, note, remedy, setting):
    """The note and the remedy follow from the header and the setting at each attempt, not from the setting now."""
    fake = build().fake
    fake.faults("add: reset @after")
    sent = {"authorization": f"Bearer {KEY}", **({"idempotency-key": token} if token else {})}
    for on in settings:
        fake.configure(idempotency=on)
        fake.decide(Request("POST", "/api/memory/add", sent, b'{"content":"tea"}'))
    fake.configure(idempotency=not settings[-1])
    first, second = fake.requests()
    assert (first.notes, second.notes[:1]) == ([], [each for each in second.notes if note and each.startswith(note)])
    found = verdict([first, second])
    assert remedy in found.remedy
    assert UNKNOWN in found.remedy
    assert found.setting == ({"idempotency": True} if setting else None)


def test_a_call_that_was_answered_whole_is_not_told_of_unknown_writes(build):
    """If the client repeats what it was answered, only a search before the add helps."""
    fake = build().fake
    for _ in range(2):
        fake.decide(
            Request(
                "POST",
                "/api/memory/add",
                {"authorization": f"Bearer {KEY}", "idempotency-key": "a"},
                b'{"content":"a"}',
            )
        )
    found = verdict(fake.requests())
    assert "retry_unknown_writes" not in found.remedy
    assert "The app can search for the memory" in found.remedy


GAVE_UP = "and the client sent no further one."
VERDICTS = {
    "add: ok": ("1 stored", "The first attempt was answered."),
    "add: 503 @before": ("Failed, 503", f"The attempt met a fault, `503 @before`, {GAVE_UP}"),
    "add: 503 @after": (
        "Failed, 503",
        f"The attempt met a fault, `503 @after`, {GAVE_UP} The memory is stored all the same.",
    ),
    "add: 404": ("Refused, 404", "Attempt 1 was answered 404 by the fault `404 @before`, which no retry helps."),
    "add: lost": ("Answered, nothing stored", "The fault `lost @after` answered as if the memory were stored."),
    "add: twice": ("Stored twice", "The fault `twice @after` stored the memory of attempt 1 a second time."),
    "add: garbage": (
        "Failed, 200 spoilt",
        f"The attempt met a fault, `garbage @after`, {GAVE_UP} The memory is stored all the same.",
    ),
    "add: redirect": ("Failed, 307", f"The attempt met a fault, `redirect @before`, {GAVE_UP}"),
    "add: hang": ("Failed, hang", f"The attempt met a fault, `hang @before`, {GAVE_UP}"),
    "search: missing(9)": (
        "Nothing found: fault",
        "The fault `missing(9) @after` withheld 1 memory that the search had found.",
    ),
}


@pytest.mark.parametrize("script", VERDICTS)
def test_the_verdict_says_what_happened(build, script):
    """Each fault and each refusal has its result and its sentence."""
    words, text = VERDICTS[script]
    endpoint = script.partition(":")[0]
    service = build()
    service.fake.remember(["tea at four"], key=KEY)
    service.fake.faults(script)
    body = {"content": "tea at five"} if endpoint == "add" else {"query": "tea"}
    service.fake.decide(
        Request("POST", f"/api/memory/{endpoint}", {"authorization": f"Bearer {KEY}"}, json.dumps(body).encode())
    )
    call = service.fake.calls[-1]
    entries = [each.entry for each in call.attempts]
    assert (result(entries), verdict(entries).text) == (words, text)


@pytest.mark.parametrize("statuses", ["503(retry-after=2)", "503(retry-after=2) x2"])
def test_a_retry_that_came_too_soon_is_named(build, statuses):
    """If an attempt did not wait as long as Retry-After asked, the verdict says so, whether the call failed or not."""
    service = build()
    service.fake.faults(f"add: {statuses}")
    service.add("tea")
    service.fake.advance(0.5)
    service.add("tea")
    found = verdict([each.entry for each in service.fake.calls[0].attempts])
    assert found.remedy == (
        "Attempt 2 came after 0.5 s, and the answer before it asked for 2 s: heed its `Retry-After`."
    )


PROGRESS = {
    "ok": ("answered", None, "answer"),
    "503 @before": ("request", "check", "answer"),
    "503 @after": ("committed", "answer", "answer"),
    "reset @before": ("request", "check", "reset"),
    "reset @after": ("committed", "answer", "reset"),
    "close @after": ("committed", "answer", "close"),
    "truncate": ("committed", "answer", "part"),
    "empty": ("committed", "answer", "spoilt"),
    "garbage @before": ("request", "check", "spoilt"),
    "lost": ("checked", "commit", "answer"),
    "twice": ("answered", None, "answer"),
    "slow(0.01s)": ("answered", None, "answer"),
    "slow(0.01s) @before": ("answered", None, "answer"),
    "drip(0.01s)": ("answered", None, "answer"),
    "reset @mid": (None, "request", "reset"),
}


@pytest.mark.parametrize("fault", PROGRESS)
def test_an_attempt_says_how_far_it_came(served, fault, until):
    """The stage reached, the stage cut and what the client saw follow from the fault and where it was injected."""
    served.fake.faults(f"add: {fault}")
    with contextlib.suppress(OSError, HTTPException, ValueError):
        served.add("tea" * 100_000)
    until(lambda: not attempt(served)["open"])
    got = attempt(served)
    assert (got["reached"], got["cut"], got["client_saw"]) == PROGRESS[fault]
    assert got["duration"] is not None


@pytest.mark.parametrize(
    ("sent", "progress"),
    [
        ({"key": None}, ("request", "check", "answer")),
        ({"content": ""}, ("request", "check", "answer")),
        ({"headers": {"x-octamem-fault": "nonsense"}}, ("request", "check", "answer")),
    ],
)
def test_a_refused_attempt_ends_at_the_checks(served, sent, progress):
    """What the service refuses came as a request, and no further."""
    served.add(**sent)
    got = attempt(served)
    assert (got["reached"], got["cut"], got["client_saw"]) == progress


def test_an_open_call_is_listed_until_its_client_leaves(served, until):
    """A call that hangs is open, with its fault, and ends when the connection does."""
    served.fake.faults("search: hang")
    host, port = served.url.rpartition("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"POST /api/memory/search HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
        connection.sendall(f'{head}Content-Length: 15\r\n\r\n{{"query":"tea"}}'.encode())
        until(lambda: page(served, "&outcome=open")["calls"])
        (call,) = page(served, "&outcome=open")["calls"]
        assert (call["result"], call["flags"], call["attempts"][0]["duration"]) == ("Open", ["fault"], None)
        assert served.control("GET", f"calls/{call['id']}")[1]["verdict"]["title"] == "Open."
    until(lambda: not page(served, "&outcome=open")["calls"])
    (call,) = page(served)["calls"]
    assert (call["result"], call["outcome"]) == ("Failed, hang", "failed")


def test_whether_attempts_share_a_key_is_said_of_the_later_ones(served):
    """The first attempt has nothing to compare; a later one says whether it came by the same Idempotency-Key."""
    served.fake.faults("add: 503 x2")
    for headers in ({}, {}, {"idempotency-key": "a"}, {"idempotency-key": "a"}):
        served.add("tea", headers=headers)
    calls = served.control("GET", "calls")[1]["calls"]
    same = [[each["same_idempotency_key"] for each in call["attempts"]] for call in calls]
    assert same == [[None, False], [None, True]]


def test_calls_of_one_key_are_listed_alone(served):
    """With a key, the list and its counts are of that key."""
    served.add()
    served.add(key=OTHER)
    assert [call["key"] for call in page(served, f"&key={OTHER}")["calls"]] == ["sk-o…0002"]
    assert page(served, f"&key={OTHER}")["counts"]["all"] == 1


def test_the_feed_numbers_each_change_and_forgets_with_the_journal():
    """Calls stand in the feed by their latest change, bounded, and leave it with the journal's last attempt of them."""
    journal = Journal(capacity=2)

    def came(seq, body):
        entry = journal.open(seq, 0, KEY, Request("POST", "/api/memory/add", {}, body), "add")
        journal.changed(entry)
        return entry

    one, two = came(1, b"1"), came(2, b"2")
    feed = journal.feed
    assert [call.id for call in feed.since(0, 9).calls] == [one.call.id, two.call.id]
    number = feed.number
    journal.changed(one)
    changed = feed.since(number, 9)
    assert ([call.id for call in changed.calls], changed.skipped, one.call.rev) == ([one.call.id], 0, 2)
    assert [call.id for call in feed.since(0, 1).calls] == [one.call.id]
    assert feed.since(0, 1).skipped == 1
    came(3, b"3")
    journal.close(two, Reply(200, {}, b""))
    assert one.call not in feed.since(0, 9).calls
    assert feed.since(feed.number + 1, 9) is None


def test_a_reset_restarts_the_feed():
    """After a reset of all or of one key, whoever follows the feed must read the list again."""
    fake = Fake()
    fake.decide(Request("POST", "/api/memory/details", {"authorization": f"Bearer {KEY}"}, b""))
    number = fake.call_changes
    fake.reset(key=KEY)
    assert fake.calls_since(number, 9) is None
    assert fake.calls_since(fake.call_changes, 9).calls == []


def test_a_call_is_over_before_its_answer_goes_out():
    """Whoever has the answer finds the call ended: it is no longer open as the first byte is sent."""
    fake, states = Fake(), []
    app = create_app(fake)
    scope = {
        "type": "http", "method": "POST", "path": "/api/memory/details", "raw_path": b"/api/memory/details",
        "query_string": b"", "headers": [(b"authorization", f"Bearer {KEY}".encode())], "http_version": "1.1",
        "scheme": "http", "root_path": "",
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message):
        states.append((message["type"], fake.calls[0].as_dict()["outcome"]))

    anyio.run(app, scope, receive, send)
    assert states == [("http.response.start", "answered"), ("http.response.body", "answered")]
