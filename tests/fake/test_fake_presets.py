"""The weathers that have a name, and how a test waits for all to be found."""

from __future__ import annotations

from functools import partial

import fake_asking
import pytest
from fake_asking import KEY, OTHER

from fake_server import Clock, Drop, Fake, Request, SettingError, UnknownKeyError

# Good for every endpoint: a preset strikes them all.
ask = partial(fake_asking.ask, body=b'{"content":"tea","query":"tea"}')


def seen(outcome):
    if isinstance(outcome, Drop):
        return outcome.how
    return "slow" if outcome.delay else outcome.status


def many(fake, count=300):
    """Make calls of their own, and give what they met."""
    return [seen(ask(fake, idempotency_key=str(number))) for number in range(count)]


def test_an_outage_refuses_everyone_until_it_is_over():
    """`outage(30s)` answers 503 on every endpoint and to every key for thirty seconds."""
    fake = Fake()
    fake.faults("outage(30s)")
    assert [seen(ask(fake, each)) for each in ("add", "search", "details")] == [503] * 3
    assert seen(ask(fake, key=OTHER)) == 503
    fake.advance(29.9)
    assert seen(ask(fake)) == 503
    fake.advance(0.1)
    assert [seen(ask(fake)), seen(ask(fake, key=OTHER))] == [200, 200]


def test_a_brownout_refuses_some_and_delays_some():
    """`brownout` refuses a fifth and is slow with about a fourth, until it is disarmed."""
    fake = Fake()
    fake.faults("brownout")
    met = many(fake)
    assert 0.12 < met.count(503) / len(met) < 0.28
    assert 0.15 < met.count("slow") / len(met) < 0.33
    assert set(met) == {503, "slow", 200}
    fake.disarm()
    assert set(many(fake, 20)) == {200}


def test_flapping_goes_down_and_up():
    """`flapping` refuses two and lets two pass, five times over."""
    fake = Fake()
    fake.faults("flapping")
    assert many(fake, 24) == [503, 503, 200, 200] * 5 + [200] * 4


def test_rate_limited_asks_to_wait():
    """`rate-limited` refuses three with a Retry-After of two seconds."""
    fake = Fake()
    fake.faults("rate-limited")
    replies = [ask(fake) for _ in range(4)]
    assert [(each.status, each.headers.get("retry-after")) for each in replies] == [(429, "2")] * 3 + [(200, None)]


def test_lost_answers_are_lost_after_the_write():
    """`lost-answers` loses about a fourth, by RST or FIN, each after the memory was stored."""
    fake = Fake()
    fake.faults("lost-answers")
    met = many(fake)
    assert set(met) == {"reset", "close", 200}
    assert 0.18 < 1 - met.count(200) / len(met) < 0.38
    assert len(fake.memories()) == len(met)


@pytest.mark.parametrize("name", ["outage(30s)", "brownout", "flapping", "rate-limited", "lost-answers"])
def test_a_preset_owes_nothing(name):
    """The steps of a preset that were never met are not among the unfired, and those beside it are."""
    fake = Fake()
    armed = fake.faults(f"{name}; search: 500")
    assert [str(step) for _, step, _ in armed.unfired()] == ["500 @before"]


def test_a_preset_stands_wherever_a_rule_may():
    """Beside other rules, in a header and for one key: a rule for an endpoint goes before it."""
    fake = Fake()
    fake.faults("outage; add: 418", key=KEY)
    assert [seen(ask(fake)), seen(ask(fake)), seen(ask(fake, "search"))] == [418, 503, 503]
    assert seen(ask(fake, key=OTHER)) == 200
    assert seen(ask(fake, key=OTHER, x_octamem_fault="rate-limited")) == 429


def test_settle_moves_time_to_when_all_is_found(service):
    """With a delay in seconds, the new time in ticks is when the last add is found, and then all are."""
    service.fake.configure(indexing_delay=2.5)
    service.add("tea one")
    service.fake.advance(1)
    service.add("tea two")
    assert service.contents("tea") == []
    assert service.fake.settle() == 3_500_000 == service.fake.now()
    assert sorted(service.contents("tea")) == ["tea one", "tea two"]
    assert service.fake.settle() == 3_500_000


def test_settle_counts_the_polls(service):
    """With a delay in polls, the next search finds all, and no time passes."""
    service.fake.configure(indexing_delay="3 polls")
    service.add("tea one")
    service.search("tea")
    service.add("tea two")
    assert service.fake.settle() == 0
    assert sorted(service.contents("tea")) == ["tea one", "tea two"]


def test_settle_is_for_every_key_or_for_one():
    """Without a key every key is settled; with one, that key's clock alone moves."""
    fake = Fake(indexing_delay=4)
    ask(fake)
    fake.advance(1)
    ask(fake, key=OTHER)
    assert fake.settle(key=KEY) == 4_000_000
    assert (fake.now(), fake.now(key=OTHER)) == (1_000_000, 1_000_000)
    assert fake.settle() == 5_000_000
    assert b'"results":[{' in ask(fake, "search", key=OTHER).body
    with pytest.raises(UnknownKeyError):
        fake.settle(key="no key")


def test_settle_with_nothing_to_wait_for_stays():
    """An empty fake, and one whose memories were put in place, are settled."""
    fake = Fake(indexing_delay=60)
    assert fake.settle() == 0
    fake.remember(["tea"], key=KEY)
    assert fake.settle() == 0


def test_settle_goes_ahead_of_a_clock_that_follows_another():
    """Where the fake's clock follows a real one, it is put ahead of it by what is missing."""
    real = [1_800_000_000.0]
    fake = Fake(clock=Clock(follow=lambda: real[0]), indexing_delay=10)
    ask(fake)
    real[0] += 4
    before = fake.now()
    assert fake.settle() - before == 6_000_000


def test_the_key_that_is_meant_can_be_named():
    """`api_key=` is the key meant where none is given, over the first of `keys`; one not listed opens nothing."""
    assert Fake(api_key=KEY).api_key == KEY
    fake = Fake(api_key=OTHER, keys=[KEY, OTHER])
    fake.remember(["tea"])
    assert len(fake.memories(key=OTHER)) == 1
    fake.reset()
    assert fake.api_key == OTHER
    with pytest.raises(UnknownKeyError):
        Fake(api_key=OTHER, keys=[KEY]).remember(["tea"])


@pytest.mark.parametrize("bad", ["", "two words", "schlüssel", b"bytes", 5])
def test_a_key_that_can_be_none_is_refused(bad):
    """What can be no key is refused at construction, and not echoed."""
    with pytest.raises(SettingError, match="api_key: expected printable ASCII without spaces") as caught:
        Fake(api_key=bad)
    assert not bad or repr(bad) not in str(caught.value)


def test_a_trusted_request_is_as_good_as_any():
    """Built from headers in lower case, a request is the same value, and its headers are not copied."""
    headers = {"authorization": f"Bearer {KEY}"}
    trusted = Request.trusted("POST", "/api/memory/details", headers, b"{}")
    assert trusted == Request("POST", "/api/memory/details", {"Authorization": f"Bearer {KEY}"}, b"{}")
    assert trusted.headers is headers
    assert Fake().decide(trusted).status == 200
    assert KEY not in repr(trusted)
