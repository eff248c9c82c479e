"""The ledger: attempts grouped by call, retries told from repeats, waits, and what was truly stored."""

from __future__ import annotations

import dataclasses
import json

import pytest

from fake_server import Fake, Request
from fake_server.core import CallRecord

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"


def ask(fake, endpoint="add", body=b'{"content":"tea"}', key=KEY, **headers):
    sent = {"authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return fake.decide(Request("POST", f"/api/memory/{endpoint}", sent, body))


def attempt(fake, number, token="one", **more):
    return ask(fake, idempotency_key=token, x_octamem_attempt=str(number), **more)


def test_a_call_has_its_attempts_with_their_waits_faults_and_effects(service):
    """Each attempt says when it came, how long after the one before, what it met, and what it stored."""
    service.fake.advance(5)
    service.fake.faults("add: 429(retry-after=2), reset @after, ok")
    sent = {"authorization": f"Bearer {KEY}", "idempotency-key": "one", "content-type": "application/json"}
    body = b'{"content":"tea","previousContext":"Kitchen"}'
    for number, wait in ((1, 2.0), (2, 1.25), (3, 0)):
        request = Request("POST", "/api/memory/add", {**sent, "x-octamem-attempt": str(number)}, body)
        try:
            service.send(request)
        except ConnectionError:
            assert number == 2
        service.fake.advance(wait)
    (call,) = service.fake.calls
    (entry, *_) = service.fake.requests()
    assert (call.id, call.key, call.endpoint, call.status, call.delivered) == (entry.call.id, KEY, "add", 200, True)
    assert (call.content, call.query, call.previous_context) == ("tea", None, "Kitchen")
    assert call.request == {"content": "tea", "previousContext": "Kitchen"}
    first = call.attempts[0]
    assert first.entry is entry
    assert [each.number for each in call.attempts] == [1, 2, 3]
    assert [each.kind for each in call.attempts] == ["first", "retry", "retry"]
    assert [each.waited for each in call.attempts] == [None, 2.0, 1.25]
    assert [each.at for each in call.attempts] == [5_000_000, 7_000_000, 8_250_000]
    assert [each.fault for each in call.attempts] == ["429(retry-after=2) @before", "reset @after", None]
    assert [each.status for each in call.attempts] == [429, None, 200]
    assert [each.retry_after for each in call.attempts] == [2.0, None, None]
    ids = [memory.id for memory in service.fake.memories()]
    assert [list(each.stored) for each in call.attempts] == [[], ids[:1], ids[1:]]
    assert list(call.stored) == ids
    assert [each.notes for each in call.attempts] == [
        (), (), ("the Idempotency-Key was not honoured: idempotency is off",),
    ]  # fmt: skip


def test_a_retry_of_the_sdk_is_told_from_a_repeat_below_it():
    """A higher number is a retry, the same number again a repeat, however late it comes."""
    fake = Fake()
    for number in (1, 1, 2, 1, 3, 3):
        attempt(fake, number)
    (call,) = fake.calls
    assert [each.kind for each in call.attempts] == ["first", "repeat", "retry", "repeat", "retry", "repeat"]
    assert [each.number for each in call.attempts] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("announced", [None, "", "two", "-1", "0", "1.5", "²"])
def test_without_a_number_a_further_attempt_is_a_retry(announced):
    """Where the header is missing or no number, as other SDKs have it, what comes again was sent anew."""
    fake = Fake()
    headers = {} if announced is None else {"x_octamem_attempt": announced}
    for _ in range(3):
        ask(fake, idempotency_key="one", **headers)
    (call,) = fake.calls
    assert [each.kind for each in call.attempts] == ["first", "retry", "retry"]


def test_a_call_whose_first_attempt_was_lost_on_the_way_begins_with_a_first():
    """What the fake sees first is the first, whatever number it carries."""
    fake = Fake()
    attempt(fake, 3)
    attempt(fake, 4)
    (call,) = fake.calls
    assert [(each.kind, each.waited) for each in call.attempts] == [("first", None), ("retry", 0.0)]


def test_calls_stand_in_the_order_of_their_first_attempts_whoever_made_them():
    """Attempts of several calls and keys that come in turn are told apart, and what opens no memory is a call too."""
    fake = Fake(keys=[KEY, OTHER])
    attempt(fake, 1, "a")
    attempt(fake, 1, "b", key=OTHER)
    attempt(fake, 2, "a")
    ask(fake, key="sk-om-live-unlisted-000001")
    fake.decide(Request("PUT", "/nowhere", {"authorization": f"Bearer {KEY}"}, b"\xff"))
    attempt(fake, 2, "b", key=OTHER)
    told = [(call.key, call.endpoint, len(call.attempts), call.status, call.delivered) for call in fake.calls]
    assert told == [
        (KEY, "add", 2, 200, True),
        (OTHER, "add", 2, 200, True),
        ("sk-om-live-unlisted-000001", "add", 1, 401, False),
        (KEY, None, 1, 404, False),
    ]
    assert fake.calls[3].request == "\\xff"
    assert fake.calls[3].content is None


@pytest.mark.parametrize(
    ("script", "delivered"),
    [
        ("ok", True),
        ("200", True),
        ("204", True),
        ("slow(1s)", True),
        ("slow(1s) @before", True),
        ("drip", True),
        ("lost", True),
        ("twice", True),
        ("307", False),
        ("400", False),
        ("503 @after", False),
        ("reset @after", False),
        ("close", False),
        ("hang @mid", False),
        ("truncate", False),
        ("truncate(chunked)", False),
        ("garbage", False),
        ("wrong-type", False),
        ("empty", False),
        ("redirect @after", False),
    ],
)
def test_delivered_is_a_success_that_reached_the_client_whole(script, delivered):
    """An answer is delivered if it is a success and neither lost, cut short nor spoilt."""
    fake = Fake()
    fake.faults(f"add: {script}")
    ask(fake)
    (call,) = fake.calls
    assert call.delivered is delivered


def test_what_a_shell_could_not_deliver_is_not_delivered():
    """An answer that the client did not wait for is not delivered, though its status was decided."""
    fake = Fake()
    visit = fake.accept(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}'))
    visit.decide()
    assert fake.calls[0].delivered
    visit.undelivered()
    (call,) = fake.calls
    assert (call.status, call.delivered) == (200, False)
    assert call.attempts[0].notes == ("the client left before the answer was sent",)


def test_the_last_attempt_decides_what_a_call_came_to():
    """A call whose answer was lost first and delivered then is delivered, and the other way round it is not."""
    fake = Fake()
    fake.faults("add: reset @after, ok, ok, reset @after")
    for token in ("a", "a", "b", "b"):
        ask(fake, idempotency_key=token)
    assert [(call.delivered, call.status, len(call.stored)) for call in fake.calls] == [
        (True, 200, 2),
        (False, None, 2),
    ]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ('" 7 "', 7.0),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ('""', None),
        (".", None),
        ("٣", None),
        ('"Thu, 01 Jan 2026 00:01:40 GMT"', 90.0),
        ('"Thu, 01 Jan 2026 00:01:40 -0000"', 90.0),
        ('"Thu, 01 Jan 2026 01:01:40 +0100"', 90.0),
        ('"Wed, 31 Dec 2025 23:59:59 GMT"', 0.0),
        ('"Thu, 41 Jan 2026 00:01:40 GMT"', None),
    ],
)
def test_a_retry_after_is_told_in_seconds(asked, seconds):
    """Seconds and dates are seconds from the answer, by the fake's clock; nonsense asked for nothing."""
    fake = Fake()
    fake.advance(10)
    fake.faults(f"add: 429(retry-after={asked})")
    ask(fake)
    assert fake.calls[0].attempts[0].retry_after == seconds


def test_the_services_own_rate_limit_asks_for_a_wait_too():
    """What the fake's own settings refuse is told as what a fault refuses."""
    fake = Fake(rate="1/30")
    ask(fake)
    fake.advance(10)
    ask(fake)
    assert [each.retry_after for call in fake.calls for each in call.attempts] == [None, 20.0]


def test_the_waits_go_by_the_keys_own_clock():
    """A key whose clock was moved alone tells its waits by that clock."""
    fake = Fake()
    attempt(fake, 1)
    fake.advance(3, key=KEY)
    attempt(fake, 2)
    assert fake.calls[0].attempts[1].waited == 3.0


@pytest.mark.slow
def test_a_call_that_the_journal_has_half_forgotten_still_tells_the_truth():
    """Attempts that are no longer kept are missing, and those that are keep number, kind and wait."""
    fake = Fake()
    attempt(fake, 1)
    for number in range(9_999):
        ask(fake, "details", b"{}", idempotency_key=f"other {number}")
    fake.advance(4)
    attempt(fake, 2)
    (call,) = [call for call in fake.calls if call.endpoint == "add"]
    (kept,) = call.attempts
    assert (kept.number, kept.kind, kept.waited, fake.dropped()) == (2, "retry", 4.0, 1)


def test_the_ledger_is_frozen_and_shows_neither_key_nor_text():
    """A call cannot be changed, and its repr has no key and no text of a memory."""
    fake = Fake()
    ask(fake, body=b'{"content":"secret tea","previousContext":"secret kitchen"}')
    (call,) = fake.calls
    assert isinstance(call, CallRecord)
    with pytest.raises(dataclasses.FrozenInstanceError):
        call.status = 500
    with pytest.raises(dataclasses.FrozenInstanceError):
        call.attempts[0].status = 500
    assert KEY not in repr(call)
    assert "secret" not in repr(call)
    assert KEY not in json.dumps(call.as_dict())


def test_the_control_api_tells_the_calls(served):
    """`GET /_fake/calls` gives every call as JSON, keys blanked, and with a key those of that key alone."""
    served.fake.faults("add: 503(retry-after=2) @after")
    for _ in range(2):
        served.add("tea", headers={"idempotency-key": "one"})
    served.search("tea", key=OTHER)
    status, told = served.control("GET", "calls")
    assert (status, told["dropped"]) == (200, 0)
    assert told["calls"] == [call.as_dict() for call in served.fake.calls]
    add, search = told["calls"]
    ids = [memory.id for memory in served.fake.memories()]
    assert set(add) == {
        "id", "key", "endpoint", "request", "stored", "status", "delivered", "attempts", "rev", "seq", "at", "key_id",
        "outcome", "flags", "result", "idempotency_key",
    }  # fmt: skip
    assert (add["key"], add["endpoint"], add["stored"], add["delivered"]) == ("sk-o…0001", "add", ids, True)
    first, second = add["attempts"]
    assert [each["request_id"] for each in add["attempts"]] == [
        entry.request_id for entry in served.fake.requests()[:2]
    ]
    more = {"open", "duration", "reached", "cut", "client_saw", "dropped", "same_idempotency_key", "found", "search"}
    assert {name: first[name] for name in first if name not in {"at", "response", "request_id", *more}} == {
        "seq": 1,
        "number": 1,
        "kind": "first",
        "waited": None,
        "fault": "503(retry-after=2) @after",
        "status": 503,
        "retry_after": 2.0,
        "effect": {"stored": ids[:1], "usage": 1},
        "stored": ids[:1],
        "notes": [],
    }
    assert (second["kind"], second["waited"], second["response"]["id"]) == ("retry", 0.0, ids[1])
    assert (search["endpoint"], search["request"]["query"]) == ("search", "tea")
    assert served.control("GET", f"calls?key={OTHER}")[1]["calls"] == [search]
    assert served.control("POST", "calls", {})[0] == 405
