"""Usage limits, request rates, and what an Idempotency-Key does to both."""

from __future__ import annotations

import pytest

WAITS = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def waits(answer):
    return tuple(answer.headers.get(name) for name in WAITS)


@pytest.mark.parametrize("status", [429, 402, 403])
def test_over_the_limit_nothing_is_stored_and_searches_go_on(service, status):
    """Over the limit an add has the set status without Retry-After and stores nothing, while a search is answered."""
    service.fake.configure(limit=1, over_limit_status=status)
    service.add("tea")
    answer = service.add("more tea")
    assert (answer.status, answer.json["code"]) == (status, "USAGE_LIMIT_EXCEEDED")
    assert answer.json["error"] == "Usage limit reached: 1 of 1 memories used"
    assert "retry-after" not in answer.headers
    assert service.contents() == ["tea"]
    assert len(service.fake.memories()) == 1


def test_where_requests_are_counted_searches_stop_too(service):
    """With unit requests, accepted adds and searches are counted and held to the limit; details are free."""
    service.fake.configure(unit="requests", limit=3)
    assert [service.add().status, service.search().status, service.details().status] == [200, 200, 200]
    assert service.add("").status == 400
    assert [service.search().status, service.search().status, service.add().status] == [200, 429, 429]
    assert service.details().data == {"usage": 3, "limit": 3, "unit": "requests", "balance": 0, "plan": "free"}


def test_bytes_are_counted_in_utf8_and_an_add_that_does_not_fit_is_refused(service):
    """With unit bytes a content costs its UTF-8 length, and one that would go over is refused while a shorter fits."""
    service.fake.configure(unit="bytes", limit=10)
    assert service.add("täglich").status == 200
    assert service.add("abc").status == 429
    assert service.add("ab").status == 200
    assert service.details().data["balance"] == 0


def test_a_limit_below_what_is_used_shows_a_negative_balance(service, key):
    """A limit set below the usage refuses adds and deletes nothing; the balance says how far over."""
    service.fake.remember(["a", "b", "c"], key=key)
    service.fake.configure(limit=1)
    details = service.details().data
    assert (details["usage"], details["balance"]) == (3, -2)
    assert service.add().status == 429


def test_usage_falls_when_memories_are_deleted(service, key):
    """Deleting the memories of a key frees its limit in memories and in bytes."""
    service.fake.configure(limit=1)
    service.add("tea")
    service.fake.forget(key=key)
    assert service.details().data["usage"] == 0
    assert service.add("tea").status == 200
    service.fake.configure(unit="bytes")
    assert service.details().data["usage"] == 3


def test_seeded_memories_count_and_meet_no_limit(service, key):
    """Memories put in place count as memories and bytes, not as requests, and no limit stops them."""
    service.fake.configure(limit=1)
    service.fake.remember(["one", "two"], key=key)
    assert service.details().data["usage"] == 2
    service.fake.configure(unit="requests")
    assert service.details().data["usage"] == 0


def test_a_window_begins_with_its_first_call_and_counts_down(service):
    """The headers say the limit, what remains and the whole seconds to wait, and a new window begins after the old."""
    service.fake.configure(rate="2/60")
    service.fake.advance(20)
    assert waits(service.details()) == (None, "2", "1", "60")
    service.fake.advance(9.5)
    assert waits(service.search()) == (None, "2", "0", "51")
    refused = service.add()
    assert (refused.status, refused.json["code"]) == (429, "RATE_LIMIT")
    assert waits(refused) == ("51", "2", "0", "51")
    service.fake.advance(50.4)
    assert waits(service.add()) == ("1", "2", "0", "1")
    service.fake.advance(0.1)
    assert waits(service.add()) == (None, "2", "1", "60")
    assert len(service.fake.memories()) == 1


def test_calls_refused_by_the_rate_are_not_counted_against_it(service):
    """Knocking on a closed window does not keep it closed, and waiting as told is enough."""
    service.fake.configure(rate="1/10")
    service.details()
    for _ in range(20):
        refused = service.details()
        assert refused.status == 429
    service.fake.advance(int(refused.headers["retry-after"]))
    assert service.details().status == 200


def test_a_rate_is_held_per_key_and_before_the_body_is_read(service):
    """Another key has a window of its own, and a bad body counts against the rate and carries its headers."""
    service.fake.configure(rate="1/10")
    assert service.add("").status == 400
    refused = service.add("")
    assert refused.status == 429
    other = service.add("", key="another-key-of-the-tests")
    assert other.status == 400
    assert waits(other) == (None, "1", "0", "10")


def test_what_fails_before_the_rate_is_not_counted(service, key):
    """Unknown paths, wrong methods and withheld rights take nothing from the rate."""
    service.fake.configure(rate="1/10", keys=[{"key": key, "rights": ["add"]}])
    assert service.call("", path="/nowhere").status == 404
    assert service.call("add", method="PUT").status == 405
    assert service.search().status == 403
    assert service.add().status == 200


def test_a_rate_that_is_lowered_never_leaves_less_than_nothing(service):
    """Where the rate is lowered in mid-window the rest is 0, not a negative number."""
    service.fake.configure(rate="5/10")
    for _ in range(4):
        service.details()
    service.fake.configure(rate="2/10")
    assert waits(service.details()) == ("10", "2", "0", "10")


@pytest.mark.parametrize("wire", ["flat", "envelope"])
def test_a_repeated_idempotency_key_gets_the_first_answer(service, wire):
    """With idempotency on, the first answer is replayed to the letter, and neither stored nor counted again."""
    service.fake.configure(idempotency=True, wire=wire, unit="requests")
    first, again = (service.add("tea", headers={"idempotency-key": "k1"}) for _ in range(2))
    assert first.body == again.body
    assert len(service.fake.memories()) == 1
    assert service.details().data["usage"] == 1
    assert service.add("tea", headers={"idempotency-key": "k2"}).body != first.body
    assert "replayed" in " ".join(service.fake.requests()[1].notes)
    assert service.fake.requests()[1].effect == {}


def test_a_replay_goes_by_what_the_handler_answered_not_by_what_arrived(service, key):
    """An answer lost on the way is replayed to the next attempt; a request refused before the handler is not."""
    service.fake.configure(idempotency=True)
    service.fake.faults("add: 503 @after, 500 @before", key=key)
    sent = {"idempotency-key": "k1"}
    assert service.add("tea", headers=sent).status == 503
    assert len(service.fake.memories()) == 1
    assert service.add("coffee", headers={"idempotency-key": "k2"}).status == 500
    replayed = service.add("tea", headers=sent)
    assert replayed.data["id"] == service.fake.memories()[0].id
    assert service.add("coffee", headers={"idempotency-key": "k2"}).status == 200
    assert [each.content for each in service.fake.memories()] == ["tea", "coffee"]


def test_a_replay_goes_through_where_the_limit_is_reached_meanwhile(service):
    """The repeat of an accepted add is answered as the add was, also when the limit is now reached."""
    service.fake.configure(idempotency=True, limit=1)
    sent = {"idempotency-key": "k1"}
    assert service.add("tea", headers=sent).status == 200
    assert service.add("tea", headers=sent).status == 200
    assert service.add("tea", headers={"idempotency-key": "k2"}).status == 429


def test_a_refusal_is_not_replayed(service):
    """An add refused for the limit is tried anew when it comes again under the same Idempotency-Key."""
    service.fake.configure(idempotency=True, limit=0)
    sent = {"idempotency-key": "k1"}
    assert service.add(headers=sent).status == 429
    service.fake.configure(limit=1)
    assert service.add(headers=sent).status == 200


def test_an_idempotency_key_used_for_another_body_is_replayed_and_noted(service):
    """The first answer is given to another body too, and the journal says that it was another."""
    service.fake.configure(idempotency=True)
    sent = {"idempotency-key": "k1"}
    first = service.add("tea", headers=sent)
    assert service.add("coffee", headers=sent).body == first.body
    assert "another body" in service.fake.requests()[1].notes[1]


def test_idempotency_keys_are_apart_for_each_key_and_endpoint(service):
    """The same Idempotency-Key means nothing to another key, nor to another endpoint."""
    service.fake.configure(idempotency=True)
    sent = {"idempotency-key": "k1"}
    service.add("tea", headers=sent)
    service.add("tea", headers=sent, key="another-key-of-the-tests")
    assert service.contents(headers=sent) == ["tea"]
    assert len(service.fake.memories()) == 2


def test_only_so_many_first_answers_are_kept(build, key):
    """The oldest first answers are forgotten beyond a bound, so that a long run does not grow without end."""
    from fake_server.core.tenants.answers import MOST, digest

    tenant = build(idempotency=True).fake._tenant(key)
    for number in range(MOST + 1):
        tenant.keep_answer("add", f"k{number}", b"", number)
    assert tenant.first_answer("add", "k0") is None
    assert tenant.first_answer("add", "k1") == (digest(b""), 1)
