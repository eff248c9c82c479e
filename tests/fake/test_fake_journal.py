"""The journal: one line an attempt, grouped by call, keys blanked, bounded, and true where the wire lied."""

from __future__ import annotations

import gc
import json
import logging

import pytest

from fake_server import Drop, Fake, Reply, Request
from fake_server.core import Bounds
from fake_server.core.journal.entry import Entry
from fake_server.core.journal.journal import Journal, merged

KEY = "sk-om-live-tests-0000000000000001"
FIELDS = {
    "seq", "at", "key", "key_id", "endpoint", "call", "attempt", "request", "fault", "status", "response", "effect",
    "method", "path", "notes", "request_id",
}  # fmt: skip


def test_an_attempt_is_written_with_every_field(service):
    """An entry says when, who, what was asked, what fault it met, what was answered and what changed."""
    service.fake.advance(61.5)
    service.fake.faults("add: 503 @after")
    service.add("tea", "Kitchen")
    (entry,) = service.fake.requests()
    (memory,) = service.fake.memories()
    told = entry.as_dict()
    assert set(told) == FIELDS
    assert {name: told[name] for name in FIELDS - {"call", "request_id"}} == {
        "seq": 1,
        "at": "2026-01-01T00:01:01.500Z",
        "key": "sk-o…0001",
        "key_id": "k1",
        "method": "POST",
        "path": "/api/memory/add",
        "endpoint": "add",
        "attempt": 1,
        "request": {"content": "tea", "previousContext": "Kitchen"},
        "fault": "503 @after",
        "status": 503,
        "response": {"error": "The service is unavailable for now", "code": "SERVICE_UNAVAILABLE"},
        "effect": {"stored": [memory.id], "usage": 1},
        "notes": [],
    }
    assert entry.stored == (memory.id,)


def test_the_effect_is_what_changed(service):
    """An add tells what it stored and cost, in the unit that is counted; what changes nothing has no effect."""
    service.add("tea")
    service.search()
    service.details()
    service.add("")
    service.fake.configure(unit="bytes")
    service.add("täglich")
    service.fake.configure(unit="requests")
    service.search()
    effects = [entry.effect for entry in service.fake.requests()]
    ids = [each.id for each in service.fake.memories()]
    assert effects == [
        {"stored": [ids[0]], "usage": 1}, {}, {}, {}, {"stored": [ids[1]], "usage": 8}, {"usage": 1},
    ]  # fmt: skip


def test_what_names_no_valid_key_is_written_too(service):
    """Attempts without a key, with an unlisted one or on no endpoint are in the journal, in the order they came."""
    service.fake.configure(keys=[KEY])
    service.add(key=None)
    service.add()
    service.add(key="sk-om-live-unlisted-000001")
    service.call("", path="/nowhere", method="PUT")
    told = [entry.as_dict() for entry in service.fake.requests()]
    assert [each["seq"] for each in told] == [1, 2, 3, 4]
    assert [each["key"] for each in told] == [None, "sk-o…0001", "sk-o…0001", "sk-o…0001"]
    assert [each["key_id"] for each in told] == [None, "k1", None, "k1"]
    assert [each["endpoint"] for each in told] == ["add", "add", "add", None]
    assert [each["status"] for each in told] == [401, 200, 401, 404]
    assert [entry.seq for entry in service.fake.requests(key="sk-om-live-unlisted-000001")] == [3]
    assert [entry.seq for entry in service.fake.requests(key=KEY)] == [2, 4]


def calls(service):
    return [(entry.call.id, entry.attempt) for entry in service.fake.requests()]


def test_attempts_under_one_idempotency_key_are_one_call(service):
    """The Idempotency-Key groups attempts, whatever came of them and however many others came between."""
    for token in ("a", "b", "a"):
        service.add("tea", headers={"idempotency-key": token})
    first, second, third = calls(service)
    assert first[0] == third[0] != second[0]
    assert [each[1] for each in (first, second, third)] == [1, 1, 2]


def test_without_one_an_attempt_after_a_failure_is_the_same_call(service):
    """The same body sent again after what a client retries is one call; after a success it is the next."""
    service.fake.faults("add: 503, 429, 408, 425, 599, 200(body=text)")
    for _ in range(7):
        service.add("tea")
    met = calls(service)
    assert len({call for call, _ in met}) == 1
    assert [attempt for _, attempt in met] == [1, 2, 3, 4, 5, 6, 7]


def test_without_one_a_call_ends_with_its_answer(service):
    """The same body after a success or a final refusal is another call, and another body always is."""
    service.add("tea")
    service.add("tea")
    service.add("coffee")
    service.search("tea")
    service.fake.faults("add: 400, slow(0.01s)")
    service.add("cake")
    service.add("cake")
    service.add("cake")
    met = calls(service)
    assert [attempt for _, attempt in met] == [1] * 7
    assert len({call for call, _ in met}) == 7


@pytest.mark.parametrize("how", ["reset", "close", "hang", "garbage", "wrong-type", "empty", "truncate", "redirect"])
def test_a_lost_or_spoilt_answer_leaves_the_call_open(local, how):
    """What did not reach the client whole is followed by the next attempt of the same call."""
    local.fake.faults(f"add: {how} @after")
    for _ in range(2):
        local.fake.decide(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}'))
    first, second = calls(local)
    assert first[0] == second[0]
    assert (first[1], second[1]) == (1, 2)
    assert len(local.fake.memories()) == 2


def test_a_call_is_named_by_its_body_and_occurrence_in_every_run(build):
    """The same test names its calls alike in every run, whatever the order of different bodies."""

    def names(*contents):
        service = build()
        for content in contents:
            service.add(content)
        return {entry.body: entry.call.id for entry in service.fake.requests()}

    assert names("a", "b") == names("b", "a")


def test_what_the_wire_hid_the_journal_tells(local):
    """An answer that was cut is shown as far as it was sent, beside the whole truth of what was stored."""
    local.fake.faults("add: truncate, reset @after, garbage")
    for _ in range(3):
        local.fake.decide(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}'))
    cut, gone, garbled = (entry.as_dict() for entry in local.fake.requests())
    assert cut["response"].startswith('{"success":true')
    assert len(cut["response"]) < 60
    assert (gone["status"], gone["response"]) == (None, None)
    assert (garbled["status"], garbled["response"]) == (200, "\x00\\xff{not json at all")
    assert [len(each["effect"]["stored"]) for each in (cut, gone, garbled)] == [1, 1, 1]


def test_a_body_that_is_no_object_is_shown_by_its_beginning(local):
    """A body that cannot be read is shown as text, at most 2,000 characters of it, and an empty one as null."""
    local.call("add", b"\xff" * 5000)
    local.call("add", b"[1]")
    local.call("add", b"")
    shown = [entry.request for entry in local.fake.requests()]
    assert shown == ["\\xff" * 2000, "[1]", None]


def test_no_key_stands_in_the_journal_in_full(service):
    """The JSON and the lines of every entry hold the key blanked alone."""
    service.add()
    service.fake.configure(keys=["someone-else"])
    service.add()
    for entry in service.fake.requests():
        assert KEY not in json.dumps(entry.as_dict())
        assert KEY not in entry.line()


def test_a_line_has_the_facts_and_no_text_of_a_memory(local):
    """The line names seq, time, endpoint, call, attempt, answer, fault, effect and notes, and no content."""
    local.fake.faults("add: 503(retry-after=2) @after, reset @after")
    local.call("add", {"content": "secret tea", "more": 1})
    local.fake.decide(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"secret"}'))
    first, second = local.fake.requests()
    assert first.line() == (
        f"#1 2026-01-01T00:00:00Z add call {first.call.id} attempt 1 -> 503 fault: 503(retry-after=2) @after "
        f"stored: {first.stored[0]} usage: 1 (unknown fields: more)"
    )
    assert "-> no answer fault: reset @after" in second.line()
    assert "secret" not in first.line() + second.line()


def test_a_line_stays_one_line(local):
    """A path with line ends or escapes in it cannot forge a second line."""
    local.call("", path="/a\n#2 forged\r\x1b[31m", method="GET\n")
    assert local.fake.requests()[0].line().isprintable()


def test_the_server_logs_one_line_an_attempt(served, caplog):
    """Over HTTP each attempt is one line at INFO of the logger fake_server, without key or content."""
    with caplog.at_level(logging.INFO, logger="fake_server"):
        served.add("secret tea")
        served.fake.faults("add: 503")
        served.add("secret tea")
        served.control("GET", "health")  # answered after the line before it was written
    lines = [record.getMessage() for record in caplog.records if record.name == "fake_server"]
    assert lines == [entry.line() for entry in served.fake.requests()]
    assert KEY not in caplog.text
    assert "secret" not in caplog.text


def entry_of(journal, seq, body=b"x" * 10, **headers):
    request = Request("POST", "/api/memory/add", headers, body)
    return journal.open(seq, 0, KEY, request, "add")


def close(journal, entry, size=5):
    journal.close(entry, Reply(200, {}, b"y" * size))


def test_a_journal_keeps_so_many_attempts_and_counts_the_rest():
    """Beyond its bound the oldest attempts are dropped and counted."""
    journal = Journal(capacity=3)
    for seq in range(1, 6):
        close(journal, entry_of(journal, seq))
    assert [entry.seq for entry in journal.entries()] == [3, 4, 5]
    assert journal.dropped == 2


def test_a_journal_keeps_so_many_bytes_and_always_the_last():
    """The bodies kept are bounded in bytes, though a single attempt larger than that is kept."""
    journal = Journal(capacity_bytes=40)
    for seq in range(1, 6):
        close(journal, entry_of(journal, seq))
    assert [entry.seq for entry in journal.entries()] == [4, 5]
    close(journal, entry_of(journal, 6), size=1000)
    assert [entry.seq for entry in journal.entries()] == [6]
    close(journal, entry_of(journal, 7))
    close(journal, entry_of(journal, 8))
    assert [entry.seq for entry in journal.entries()] == [7, 8]


def test_an_attempt_that_was_dropped_while_it_waited_leaves_the_count_right():
    """Closing an entry that is no longer kept does not fill the journal."""
    journal = Journal(capacity=2, capacity_bytes=100)
    waiting = entry_of(journal, 1)
    for seq in range(2, 5):
        close(journal, entry_of(journal, seq))
    close(journal, waiting, size=1_000_000)
    close(journal, entry_of(journal, 9))
    assert [entry.seq for entry in journal.entries()] == [4, 9]


def test_a_call_whose_attempts_are_all_dropped_is_forgotten():
    """An Idempotency-Key that is no longer kept begins a new call, named as the next occurrence of its body."""
    journal = Journal(capacity=1)
    first = entry_of(journal, 1, **{"idempotency-key": "a"})
    close(journal, first)
    close(journal, entry_of(journal, 2, b"other"))
    again = entry_of(journal, 3, **{"idempotency-key": "a"})
    assert again.attempt == 1
    assert again.call.id != first.call.id
    assert not journal._by_token.keys() - {"add a"}


def test_what_is_known_of_bodies_is_bounded():
    """A body is numbered on while twice as many others come as attempts are kept, and then from 1 again."""
    journal = Journal(capacity=5)

    def occurrence(body):
        entry = entry_of(journal, len(seen), body)
        seen.append(entry)
        close(journal, entry)
        return int(entry.call.id.partition("-")[2])

    seen = []
    assert [occurrence(b"tea"), occurrence(b"tea")] == [1, 2]
    assert {occurrence(b"%d" % number) for number in range(9)} == {1}
    assert occurrence(b"tea") == 3
    assert {occurrence(b"other %d" % number) for number in range(10)} == {1}
    assert occurrence(b"tea") == 1
    assert len({entry.call.id for entry in journal.entries()}) == 5


def test_an_effect_is_a_value():
    """Changing what was given as an effect, or read as one, changes nothing in the journal."""
    entry = entry_of(Journal(), 1)
    assert (entry.effect, entry.stored) == ({}, ())
    told = {"stored": ["rec_1"], "usage": 1}
    entry.effect = told
    del told["stored"]
    entry.effect["more"] = 1
    assert (entry.effect, entry.stored) == ({"stored": ["rec_1"], "usage": 1}, ("rec_1",))


def test_dropped_attempts_are_counted_for_each_key_alone(build):
    """One key's losses, and those of attempts that named no valid key, are not another's."""
    service = build(keys=[KEY, "other-key-of-the-tests"])
    fake = service.fake
    for at in range(10_003):
        fake.decide(Request("GET", "/x", {}, b""))
        if at < 2:
            service.add()
    assert (fake.dropped(), fake.dropped(key=KEY)) == (3, 0)
    assert fake.dropped(key="never-seen") == 3
    assert len(fake.requests(key=KEY)) == 2
    assert len(fake.requests()) == 10_002


def test_several_journals_are_told_in_the_order_of_arrival():
    """Entries of several keys are put in the order in which they came."""
    one, two = Journal(), Journal()
    for seq, journal in ((1, one), (2, two), (3, one)):
        journal.close(entry_of(journal, seq), Drop("reset"))
    assert [entry.seq for entry in merged([two.entries(), one.entries()])] == [1, 2, 3]


@pytest.mark.parametrize("fault", ["reset", "slow(9s) @before", "503 @after", "lost"])
def test_a_shell_can_spare_a_visit_its_fault(fault):
    """A visit that is spared is answered at once and carried out, and no fault of it is known; the step is used up."""
    fake = Fake()
    armed = fake.faults(f"add: {fault}")
    visit = fake.accept(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}'))
    visit.meet(None)
    outcome = visit.decide()
    assert (outcome.status, outcome.delay, visit.wait, visit.entry.fault) == (200, 0.0, 0.0, None)
    assert ([memory.content for memory in fake.memories()], armed.left) == (["x"], 0)


def test_a_shell_can_say_that_the_client_left():
    """A visit abandoned changes nothing and says so; an answer not delivered leaves the call open; notes are kept."""
    fake = Fake()
    fake.faults("add: slow(9s) @before")
    request = Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}')
    visit = fake.accept(request)
    visit.note("a remark")
    visit.abandon()
    assert fake.memories() == []
    again = fake.accept(request)
    again.decide()
    again.undelivered()
    third = fake.accept(request)
    assert [entry.attempt for entry in fake.requests()] == [1, 2, 3]
    assert visit.entry.notes == ["a remark", "the client left before the handler ran"]
    assert again.entry.notes == ["the client left before the answer was sent"]
    assert third.entry.status is None


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "there is no Authorization header"),
        ({"authorization": "Basic eA=="}, "the Authorization header has no Bearer KEY"),
        ({"authorization": "Bearer sk-om-live-another-0001"}, "keys= does not list this key"),
        ({"authorization": f"Bearer {KEY}"}, "the key is revoked"),
    ],
)
def test_a_refused_key_is_noted_with_its_reason(headers, why):
    """The service does not tell a client why its key opens nothing, so the journal does, without the key."""
    fake = Fake(keys={KEY: {"state": "revoked"}})
    fake.decide(Request("POST", "/api/memory/details", headers, b"{}"))
    (entry,) = fake.requests()
    assert (entry.status, entry.notes) == (401, [why])
    assert entry.line().endswith(f"-> 401 ({why})")
    assert "sk-om" not in entry.line()


def add(content, key=KEY):
    body = json.dumps({"content": content}).encode()
    return Request("POST", "/api/memory/add", {"authorization": f"Bearer {key}"}, body)


def kept_attempts():
    """Count the attempts that are in memory, whoever knows them."""
    return sum(type(each) is Entry for each in gc.get_objects())


def test_attempts_that_nobody_keeps_are_freed_without_a_collection():
    """A reset that cannot be undone any more leaves no garbage, so a server that is reset often stays small."""
    fake = Fake()
    gc.collect()
    gc.disable()
    try:
        before = kept_attempts()
        for _ in range(3):
            for number in range(20):
                fake.decide(add(f"note {number}"))
            assert kept_attempts() == before + 20
            undo = fake.reset(key=KEY)
            assert kept_attempts() == before + 20
            del undo
            assert kept_attempts() == before
    finally:
        gc.enable()


def test_a_key_that_is_opened_again_counts_in_the_budget_of_all():
    """Closed, it is bounded by nobody; opened again, its attempts are dropped as those of any key are."""
    fake = Fake(bounds=Bounds(journal_bytes=20_000))
    fake.decide(add("x" * 1000))
    undo = fake.reset(key=KEY)
    undo()
    assert len(fake.requests(key=KEY)) == 1
    for number in range(40):
        fake.decide(add(f"{number}" + "x" * 1000, key=f"{KEY}0"))
    assert fake.requests(key=KEY) == []
