"""Bounds of a whole server: what strangers send takes a bounded room, and no memory is ever dropped for it."""

from __future__ import annotations

import gc
import json
import tracemalloc
from dataclasses import replace

import fake_asking
import pytest
from fake_asking import KEY, OTHER

from fake_server import Fake, Request
from fake_server.core import Bounds, CapacityError, SettingError
from fake_server.core.tenants import answers as answers_module

SMALL = Bounds(keys=3, journal_bytes=20_000)


def ask(fake, endpoint, fields, key, **headers):
    return fake_asking.ask(fake, endpoint, json.dumps(fields).encode(), key=key, **headers)


def code(answer):
    return json.loads(answer.body).get("code")


def add(fake, key, content="tea"):
    return ask(fake, "add", {"content": content}, key=key)


def details(fake, key, **headers):
    return ask(fake, "details", {}, key=key, **headers)


def test_the_key_that_has_been_idle_longest_makes_room():
    """Beyond the bound, a key without anything of its own is closed, the one used longest ago first."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c", "key-a", "key-d"):
        assert details(fake, key).status == 200
    assert fake.keys() == ["key-a", "key-c", "key-d"]
    assert fake.dropped() == 1
    assert [entry.key for entry in fake.requests()] == ["key-a", "key-c", "key-a", "key-d"]


def test_a_key_that_was_closed_has_another_id_when_it_comes_again():
    """An id stands for one key only, even after that key was closed."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c", "key-d", "key-a"):
        details(fake, key)
    assert [fake.key_of(f"k{number}") for number in (3, 4, 5)] == ["key-c", "key-d", "key-a"]


def waiting(fake, key):
    fake.held = [*getattr(fake, "held", []), fake.accept(Request("POST", "/api/memory/add", bearer(key), b"{}"))]


def bearer(key):
    return {"authorization": f"Bearer {key}"}


OWN = {
    "a memory": add,
    "a setting": lambda fake, key: fake.configure(key=key, top_k=3),
    "a fault": lambda fake, key: fake.faults("add: 503", key=key),
    "a clock": lambda fake, key: fake.advance(1, key=key),
    "a request that waits": waiting,
}


@pytest.mark.parametrize("what", OWN)
def test_a_key_with_something_of_its_own_stays(what):
    """A key that holds something is never closed: the next new key gets 503 CAPACITY, and stores nothing."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c"):
        OWN[what](fake, key)
    held = fake.memories()
    refused = add(fake, "key-d")
    assert (refused.status, code(refused)) == (503, "CAPACITY")
    assert "has 3 keys open" in refused.body.decode()
    assert (fake.keys(), fake.memories()) == (["key-a", "key-b", "key-c"], held)
    assert [entry.status for entry in fake.requests(key="key-d")] == [503]
    with pytest.raises(CapacityError, match="3 keys open"):
        fake.remember(["tea"], key="key-d")


def test_a_key_that_is_done_makes_room_again():
    """A key whose memories, faults and waiting requests are gone can be closed, in whatever order that happened."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c"):
        add(fake, key)
    assert add(fake, "key-d").status == 503
    fake.forget(key="key-b")
    assert add(fake, "key-d").status == 200
    assert fake.keys() == ["key-a", "key-c", "key-d"]
    fake.reset(key="key-a")
    assert add(fake, "key-e").status == 200


def test_a_request_that_waits_stores_its_memory():
    """A key is not closed under a request that waits, so that no acknowledged memory is lost."""
    fake = Fake(bounds=SMALL)
    exchange = fake.accept(Request("POST", "/api/memory/add", bearer("key-a"), b'{"content": "tea"}'))
    for number in range(10):
        details(fake, f"other-{number}")
    exchange.decide()
    assert [memory.content for memory in fake.memories(key="key-a")] == ["tea"]


def test_a_client_that_leaves_lets_its_key_go():
    """A request that was abandoned keeps its key open no longer."""
    fake = Fake(bounds=Bounds(keys=1))
    waiting(fake, "key-a")
    assert details(fake, "key-b").status == 503
    fake.held[0].abandon()
    fake.held[0].undelivered()
    assert details(fake, "key-b").status == 200


def test_the_journal_of_the_longest_idle_key_goes_first():
    """At the bound of the journals, the key that has been idle longest loses its oldest attempts, and counts them."""
    fake = Fake(bounds=SMALL)
    for key, times in ((KEY, 5), (OTHER, 5), (KEY, 1)):
        for _ in range(times):
            details(fake, key)
    for _ in range(10):
        details(fake, "key-c")
    kept = [entry.key for entry in fake.requests()]
    assert OTHER not in kept
    assert (KEY in kept, kept.count("key-c")) == (True, 10)
    assert fake.dropped() == 21 - len(kept) == fake.dropped(key=OTHER) + fake.dropped(key=KEY)
    assert [call.attempts for call in fake.calls]


def test_the_newest_attempt_is_kept_whatever_its_size():
    """A single attempt that is larger than the bound is kept until the next comes."""
    fake = Fake(bounds=Bounds(journal_bytes=1))
    for number in range(3):
        add(fake, KEY, content=f"tea {number}")
        assert [entry.content for entry in fake.calls] == [f"tea {number}"]
    assert fake.dropped() == 2
    assert len(fake.memories()) == 3


def test_a_reset_frees_the_room():
    """What a key or the server held is no longer counted after its reset, even if a request of it still waits."""
    fake = Fake(bounds=SMALL)
    waiting(fake, KEY)
    for _ in range(5):
        details(fake, KEY)
    fake.reset(key=KEY)
    fake.held[0].decide()
    assert fake._tenants.budget.used == 0
    details(fake, OTHER)
    fake.reset()
    assert (fake._tenants.budget.used, fake.dropped()) == (0, 0)


def test_the_count_of_the_journals_is_what_they_hold():
    """Whatever came, was dropped and was reverted, the budget is the sum of the journals, and of nothing else."""
    fake = Fake(bounds=SMALL, idempotency=True)
    for number in range(60):
        details(fake, f"key-{number % 4}", idempotency_key=f"token-{number % 7}")
        add(fake, KEY, content="x" * (number * 7))
        fake.accept(fake_request(number)).revert("no space") if number % 5 == 0 else None
    for tenant in [*fake._tenants]:
        while len(tenant.journal):
            tenant.journal.drop_oldest()
        tenant.journal.forget_rest()
        assert tenant.journal.cost == 0
    assert fake._tenants.budget.used == 0


def fake_request(number):
    return Request("POST", "/api/memory/details", bearer(f"key-{number % 3}"), b"{}")


def armed(fake, **settings):
    if not fake.armed():
        fake.faults("details: 503, ok; *: 503 1%")
        fake.configure(**settings)
    return fake


FLOODS = {
    "keys that meet a fault": lambda fake, number: details(armed(fake), f"key-{number:06}"),
    "refused keys that meet a fault": lambda fake, number: details(armed(fake, keys=[KEY]), f"{number:06}" * 80),
    "keys": lambda fake, number: details(fake, f"key-{number:06}"),
    "keys that are refused": lambda fake, number: ask(fake, "details", {}, key=f"{number:06}" * 90),
    "bodies": lambda fake, number: ask(fake, "search", {"query": f"tea {number}"}, key=KEY),
    "tokens of many keys": lambda fake, number: ask(
        fake, "search", {"query": "tea"}, key=f"key-{number % 20}", idempotency_key=f"{number:06}" * 50
    ),
    "tokens": lambda fake, number: details(fake, KEY, idempotency_key=f"{number:06}" * 20),
    "paths": lambda fake, number: ask(fake, f"{number:06}" * 50, {}, key=KEY),
    "keys with bodies": lambda fake, number: ask(fake, "search", {"query": f"{number} tea" * 50}, key=f"key-{number}"),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_memory_is_flat_under_a_flood(flood):
    """However many keys, bodies, tokens or paths come, the memory of the server stays where its bounds have it."""
    fake = Fake(bounds=Bounds(keys=20, journal_bytes=60_000, answer_bytes=60_000), idempotency=True)
    send = FLOODS[flood]
    most, answers_module.MOST = answers_module.MOST, 20
    try:
        for number in range(150):
            send(fake, number)
        gc.collect()
        tracemalloc.start()
        for number in range(150, 300):
            send(fake, number)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
        for number in range(300, 450):
            send(fake, number)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < grown * 1.25 + 30_000
    finally:
        tracemalloc.stop()
        answers_module.MOST = most
    assert fake.dropped() > 300


def test_a_script_remembers_the_keys_that_met_it_last():
    """A key that a script has forgotten begins again, and what was fired and is left stays true."""
    fake = Fake(bounds=SMALL)
    script = fake.faults("details: 503 x2; search: 500")
    meets = ["key-a", "key-b", "key-a", "key-c", "key-d", "key-a", "key-b", "key-b"]
    assert [details(fake, key).status for key in meets] == [503, 503, 503, 503, 503, 200, 503, 503]
    first, second = script.steps()
    assert (script.fired, script.left) == (7, 1)
    assert ((first.fired, first.left), (second.fired, second.left)) == ((7, 0), (0, 1))
    assert [str(step) for _, step, _ in script.unfired()] == ["500 @before"]


def test_a_key_that_is_ahead_begins_a_script_in_its_own_time():
    """A fault that lasts begins for each key at the moment at which its clock stood when it was armed."""
    fake = Fake()
    fake.advance(50, key="key-a")
    fake.faults("details: 503 for 10s")
    assert [details(fake, key).status for key in ("key-a", "key-b")] == [503, 503]
    fake.advance(10)
    assert [details(fake, key).status for key in ("key-a", "key-b")] == [200, 200]


def test_the_bytes_that_are_counted_are_those_that_are_taken():
    """The journals take no more memory than they count, within a half."""
    fake = Fake()
    details(fake, KEY)
    gc.collect()
    tracemalloc.start()
    for number in range(200):
        ask(fake, "search", {"query": f"{number} " + "tea " * (number % 100)}, key=KEY)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 1.5 * fake._tenants.budget.used


def test_idempotent_answers_are_bounded_in_bytes(monkeypatch):
    """The oldest answers go when all of a key's take too much, and the newest is always kept."""
    monkeypatch.setattr(answers_module, "MOST_BYTES", 10_000)
    fake = Fake(idempotency=True)
    for number in range(20):
        add(fake, KEY, content=f"tea {number}")
        ask(fake, "search", {"query": "tea"}, key=KEY, idempotency_key=f"token-{number}")
    kept = fake._tenants.opened(KEY)
    assert 1 <= len(kept.answers) < 20
    assert kept.answers.cost < 20_000
    again = ask(fake, "search", {"query": "tea"}, key=KEY, idempotency_key="token-19")
    assert again.status == 200
    assert fake.requests()[-1].notes == ["the first answer to this Idempotency-Key, replayed"]


def test_the_answers_of_the_longest_idle_key_go_first():
    """At the bound of all answers, the key that has been idle longest loses its oldest, and those of others stay."""
    fake = Fake(bounds=Bounds(answer_bytes=40_000), idempotency=True)
    for key in ("key-a", "key-b", "key-a"):
        for number in range(8):
            token = f"{number}"
            ask(fake, "add", {"content": f"tea {number}"}, key=key, idempotency_key=token)
    stored = len(fake.memories())
    fill = 0
    while len(fake._tenants.opened("key-b").answers):
        details(fake, "key-c", idempotency_key=f"fill-{fill}")
        fill += 1
    assert [len(fake._tenants.opened(key).answers) for key in ("key-a", "key-c")] == [8, fill]
    assert fake._tenants.answer_budget.used <= 40_000
    for key, more in (("key-a", 0), ("key-b", 1)):
        ask(fake, "add", {"content": "tea 0"}, key=key, idempotency_key="0")
        assert len(fake.memories()) == stored + more


def test_the_answers_that_are_counted_are_those_that_are_kept():
    """Whatever was kept, dropped, reset or restored, the budget is the sum of what the keys hold."""
    fake = Fake(bounds=Bounds(answer_bytes=30_000, keys=5), idempotency=True)
    saved = None
    undo = []
    for number in range(120):
        key = f"key-{number % 5}"
        ask(fake, "search", {"query": "tea"}, key=key, idempotency_key=f"token-{number % 50}")
        if number == 40:
            saved = fake.snapshot()
        if number % 30 == 20:
            undo.append(fake.reset(key=key))
        if number in (70, 100):
            undo.pop()()
    fake.restore(saved)
    open_keys = [*fake._tenants]
    assert fake._tenants.answer_budget.used == sum(tenant.answers.cost for tenant in open_keys) > 0
    fake.reset()()
    assert fake._tenants.answer_budget.used == sum(tenant.answers.cost for tenant in fake._tenants) > 0
    fake.reset()
    assert fake._tenants.answer_budget.used == 0


def test_the_bytes_of_answers_that_are_counted_are_those_that_are_taken():
    """The answers take no more memory than they count, within a half."""
    fake = Fake(idempotency=True, bounds=Bounds(journal_bytes=1))
    for number in range(20):
        add(fake, KEY, content=f"a rather long memory about tea, number {number}")
    for number in range(5):
        ask(fake, "search", {"query": "tea"}, key=KEY, idempotency_key=f"warm-{number}")
    gc.collect()
    tracemalloc.start()
    before = fake._tenants.answer_budget.used
    for number in range(200):
        ask(fake, "search", {"query": "tea"}, key=KEY, idempotency_key=f"token-{number}")
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 1.5 * (fake._tenants.answer_budget.used - before)


def test_a_key_is_at_most_512_characters_long():
    """A longer text is no key: 401 for a request, and a sentence for a method."""
    fake = Fake()
    assert [details(fake, "k" * size).status for size in (512, 513)] == [200, 401]
    with pytest.raises(LookupError, match="key: expected at most 512 characters, got 513"):
        fake.memories(key="k" * 513)


def test_no_more_keys_are_listed_than_may_be_open():
    """The setting `keys` has at most as many keys as the server may have open, when built and when changed."""
    with pytest.raises(SettingError, match="keys: expected at most 3 keys, got 4"):
        Fake(bounds=SMALL, keys=list("abcd"))
    fake = Fake(bounds=SMALL, keys=["a"])
    with pytest.raises(SettingError, match="keys: expected at most 3 keys, got 4"):
        fake.configure(keys=list("abcd"))
    assert fake.settings().keys == {"a": {}}


@pytest.mark.parametrize(
    ("name", "value"), [("keys", 0), ("journal_bytes", -1), ("keys", True), ("keys", "5"), ("answer_bytes", 0)]
)
def test_a_bound_is_a_whole_number(name, value):
    """A bound of another kind is refused by its name."""
    with pytest.raises(ValueError, match=f"bounds.{name}: expected an int of at least 1"):
        Bounds(**{name: value})


def test_an_undone_reset_counts_again():
    """What undoing puts back is counted, is closed and makes room as before, under the same ids."""
    fake = Fake(bounds=SMALL)
    fake.transactions.start()
    with fake.recorded():
        details(fake, KEY)
        add(fake, OTHER)
    fake.transactions.committed(fake.transactions.pending())
    used, ids = fake._tenants.budget.used, [fake.key_id(key=KEY), fake.key_id(key=OTHER)]
    for key in (OTHER, None):
        with fake.recorded():
            fake.reset(key=key)
        details(fake, "key-x") if key is None else None
        fake.transactions.revert("no space")
        assert fake._tenants.budget.used == used
        assert [fake.key_id(key=KEY), fake.key_id(key=OTHER)] == ids
    for key in ("key-c", "key-d"):
        details(fake, key)
    assert fake.keys() == [OTHER, "key-c", "key-d"]


def test_a_key_whose_fault_was_disarmed_by_its_id_makes_room_again():
    """A key that held only a fault can be closed once that is disarmed, whichever way it was named."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c"):
        fake.faults("add: 503", key=key)
    assert details(fake, "key-d").status == 503
    fake.disarm(fault="f_2")
    assert details(fake, "key-d").status == 200
    assert fake.keys() == ["key-a", "key-c", "key-d"]


def test_a_restore_keeps_the_bound_of_the_keys():
    """A snapshot takes the room of the keys that it empties, and one that does not fit changes nothing."""
    fake = Fake(bounds=SMALL)
    for key in ("key-a", "key-b", "key-c"):
        add(fake, key)
    states = {state.key: state for state in fake.snapshot().keys}
    first, *_ = states.values()
    of_keys = lambda *keys: fake.snapshot_of({"top_k": 3}, [replace(first, key=key) for key in keys])  # noqa: E731
    assert add(fake, "key-d").status == 503
    fake.restore(of_keys("new-a", "new-b", "key-c"))
    assert (sorted(fake.keys()), len(fake.memories())) == (["key-c", "new-a", "new-b"], 3)
    fake.restore(of_keys("new-a"))
    assert add(fake, "key-d").status == 200
    fake.faults("add: 503", key="new-a")
    before = fake.snapshot()
    for keys in (["a", "b", "c"], ["new-a", "b", "c", "d"]):
        with pytest.raises(CapacityError, match="at most 3 keys, got 4; start the server with a larger --max-keys"):
            fake.restore(of_keys(*keys))
    assert (fake.snapshot(), fake.settings().top_k) == (before, 3)
    with pytest.raises(SettingError, match="at most 3 keys, got 4"):
        fake.snapshot_of({"keys": ["a", "b", "c", "d"]}, [])
