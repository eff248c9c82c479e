"""Events: a stream of what changed, bounded in pace and size, that goes on from where its reader left it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from fake_server import Fake, Request
from fake_server.control import events
from fake_server.control.asked import Asked
from fake_server.control.desk import Desk
from fake_server.control.events import MOST, TOPICS, Follower

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"


class Reader:
    """A follower in process, with its events read."""

    def __init__(self, desk, topics=("calls",), last=None, key=None, **fields):
        headers = {} if last is None else {"last-event-id": last}
        self.follower = Follower(Asked(desk, key, fields, fields, {}, headers, iter(())), tuple(topics))

    def next(self):
        """Give the next event as (name, data, id), None if there is none."""
        return read(self.follower.next().decode())


def read(text):
    if not text:
        return None
    lines = dict(line.split(": ", 1) for line in text.strip().splitlines() if not line.startswith(":"))
    return lines["event"], json.loads(lines["data"]), lines["id"]


def send(fake, body=b'{"query":"tea"}', endpoint="search", key=KEY):
    fake.decide(Request("POST", f"/api/memory/{endpoint}", {"authorization": f"Bearer {key}"}, body))


@pytest.fixture
def desk():
    return Desk(Fake())


def test_a_call_is_told_once_for_each_time_it_changed(desk):
    """An event has the summaries of the calls that changed since the one before; nothing is told twice."""
    reader = Reader(desk)
    assert reader.next() is None
    send(desk.fake)
    name, data, identity = reader.next()
    assert (name, data["skipped"], data["unmatched"]) == ("calls", 0, [])
    assert [call["result"] for call in data["calls"]] == ["Nothing found: no memories"]
    assert identity == desk.event_id(desk.fake.call_changes)
    assert reader.next() is None
    desk.fake.faults("search: 503 x1")
    send(desk.fake, b"{}")
    send(desk.fake, b"{}")
    (call,) = reader.next()[1]["calls"]
    assert len(call["attempts"]) == 2


def test_a_reader_goes_on_after_its_last_event(desk):
    """Last-Event-ID names what was told last: all later changes follow, and nothing before."""
    send(desk.fake, b'{"query":"one"}')
    last = desk.event_id(desk.fake.call_changes)
    send(desk.fake, b'{"query":"two"}')
    _, data, _ = Reader(desk, last=last).next()
    assert [call["text"] for call in data["calls"]] == ["two"]


@pytest.mark.parametrize("reason", ["restarted", "too_old", "reset"])
def test_a_reader_that_cannot_go_on_is_told_why(desk, reason):
    """After a restart, a reset, or too many changes, the reader is to read the list again, and then goes on."""
    if reason == "restarted":
        reader = Reader(desk, last="00000000.1")
    else:
        reader = Reader(desk)
        if reason == "reset":
            desk.fake.reset()
        else:
            desk.fake._tenants.feed._oldest = desk.fake._tenants.feed.number = 5
    assert reader.next()[:2] == ("resync", {"reason": reason})
    assert reader.next() is None
    send(desk.fake)
    assert reader.next()[0] == "calls"


RESETS = {
    "all": (None, {"authorization": f"Bearer {KEY}"}),
    "all, a request without a key": (None, {}),
    "its key": (KEY, {"authorization": f"Bearer {KEY}"}),
}


@pytest.mark.parametrize("what", RESETS)
def test_a_request_that_a_reset_overtakes_is_told_once_it_is_put_back(desk, what):
    """A call that no list has any more comes back in no event as its request goes on, except after the undo."""
    key, headers = RESETS[what]
    desk.fake.faults("*: slow(1s) @after")  # so that it is not over when it is decided
    exchange = desk.fake.accept(Request("POST", "/api/memory/details", headers, b"{}"))
    exchange.follow()
    put_back = desk.fake.reset(key=key)
    reader = Reader(desk)
    exchange.decide()
    assert (reader.next(), desk.fake.calls) == (None, [])
    put_back()
    reader = Reader(desk)
    exchange.over()
    assert len(reader.next()[1]["calls"]) == len(desk.fake.calls) == 1


def test_one_event_has_a_bounded_number_of_calls(desk):
    """Of more changes than an event holds, the latest are told, and the others counted."""
    reader = Reader(desk)
    for number in range(MOST + 5):
        send(desk.fake, b'{"query":"%d"}' % number)
    _, data, _ = reader.next()
    assert (len(data["calls"]), data["skipped"], data["calls"][-1]["text"]) == (MOST, 5, str(MOST + 4))


def test_filters_hold_for_events(desk):
    """A call that changed and is not among those asked for is named, so that a list can leave it out."""
    desk.fake.remember(["tea"], key=KEY)
    reader, only = Reader(desk, flag="nothing_found"), Reader(desk, key=OTHER)
    for query in (b"tea", b"zebra"):
        send(desk.fake, b'{"query":"%s"}' % query)
    _, data, _ = reader.next()
    assert [call["text"] for call in data["calls"]] == ["zebra"]
    assert len(data["unmatched"]) == 1
    assert only.next() is None
    send(desk.fake, key=OTHER)
    assert [call["key"] for call in only.next()[1]["calls"]] == ["sk-o…0002"]


def test_settings_that_change_twice_in_a_row_are_told(desk):
    """Settings that are not those of the last event are told, however many others came between."""
    reader = Reader(desk, ("keys",))
    for number in range(1, 40, 2):
        desk.fake.configure(top_k=number, key=KEY)
        desk.fake.configure(top_k=number + 1, key=KEY)
        assert reader.next()[0] == "keys"


def test_faults_keys_and_time_are_told_as_they_are_now(desk):
    """Each topic begins with how it stands, and is told again when that changes; the topics take turns."""
    reader = Reader(desk, TOPICS)
    told = [reader.next() for _ in range(3)]
    assert {name: data for name, data, _ in told} == {
        "faults": {"armed": 0, "fired": 0},
        "keys": {"keys": 0, "memories": 0},
        "clock": {"now": "2026-01-01T00:00:00Z", "ahead": 0.0},
    }
    assert reader.next() is None
    desk.fake.faults("add: 503", key=KEY)
    desk.fake.remember(["tea"], key=KEY)
    desk.fake.advance(30)
    send(desk.fake)
    told = {name: data for name, data, _ in (reader.next() for _ in range(4))}
    assert set(told) == set(TOPICS)
    assert (told["faults"]["armed"], told["keys"]["memories"], told["clock"]["ahead"]) == (1, 1, 30.0)
    assert reader.next() is None
    desk.fake.configure(top_k=3)
    assert reader.next()[0] == "keys"


def test_a_stream_keeps_its_pace_and_says_that_it_stands(desk, monkeypatch):
    """There are at most ten events a second, and a comment after fifteen seconds in which nothing changed."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    async def main():
        frames = events._stream(Reader(desk).follower)
        assert (await frames.__anext__()).startswith(b": ")
        for _ in range(2):
            assert await frames.__anext__() == b": nothing changed\n\n"
            assert sum(pauses) == pytest.approx(15, abs=0.2)
            pauses.clear()
        for _ in range(3):
            send(desk.fake)
            assert read((await frames.__anext__()).decode())[0] == "calls"
            assert sum(pauses) >= 0.1
            pauses.clear()

    monkeypatch.setattr(events, "_pause", pause)
    asyncio.run(main())


@contextlib.contextmanager
def stream(served, query="", **headers):
    address = urlsplit(served.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request("GET", f"/_fake/events{query}", headers=headers)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def events_of(response):
    """Yield the events of a stream."""
    lines = []
    while True:
        line = response.readline().decode()
        if line == "\n":
            event = read("".join(lines)) if any(each.startswith("event") for each in lines) else None
            lines = []
            if event:
                yield event
        else:
            lines.append(line)


def test_the_stream_is_read_over_http_and_resumed(served):
    """The stream begins at once; what comes while nobody reads follows after Last-Event-ID."""
    with stream(served, "?topics=calls") as got:
        assert (got.status, got.getheader("content-type").partition(";")[0]) == (200, "text/event-stream")
        assert got.getheader("cache-control") == "no-store"
        served.add("one")
        name, data, identity = next(events_of(got))
        assert (name, data["calls"][0]["text"]) == ("calls", "one")
    served.add("two")
    with stream(served, "?topics=calls", **{"Last-Event-ID": identity}) as got:
        texts = []
        for _, data, _ in events_of(got):
            texts += [call["text"] for call in data["calls"]]
            if "two" in texts:
                break
    assert texts[-1] == "two"
    as_of = served.control("GET", "calls?limit=1")[1]["as_of"]
    assert as_of.partition(".")[0] == identity.partition(".")[0]


@pytest.mark.parametrize(
    ("query", "last", "says"),
    [
        ("?topics=calls,cats", None, "topics: expected"),
        ("", "nonsense", "Last-Event-ID: expected"),
        ("?x=1", None, "x: "),
    ],
)
def test_a_wrong_subscription_is_400(served, query, last, says):
    """A topic that is not known, and an id that is none, are refused before the stream begins."""
    with stream(served, query, **({"Last-Event-ID": last} if last else {})) as got:
        answer = json.loads(got.read())
    assert (got.status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"].startswith(says)
