"""Percentages: whom they strike is a function of what is asked, and of nothing that a run could change."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading

import httpx
import pytest
from fake_asking import KEY, OTHER, ask, run, seen

from fake_server import Fake


def test_a_percentage_stays_until_it_is_disarmed():
    """100 % strikes each time and 0 % never, for as long as the script is armed."""
    fake = Fake()
    armed = fake.faults("add: 503 100%; search: 503 0%")
    assert run(fake, *["add"] * 5, *["search"] * 5) == [503] * 5 + [200] * 5
    assert (armed.fired, armed.left, armed.unfired()) == (5, None, [])
    fake.disarm()
    assert run(fake, "add") == [200]


def struck(seed, bodies, *, script="*: 503 20%", key=KEY, order=None, threads=1):
    """Give which of the bodies are struck on which attempt, however they arrive."""
    fake = Fake(seed=seed)
    fake.faults(script)
    found = {}

    def work(part):
        for body in part:
            for attempt in range(3):
                found[body, attempt] = seen(ask(fake, "add", body, key, idempotency_key=f"{body!r}"))

    bodies = sorted(bodies, reverse=order == "reversed")
    parts = [bodies[at::threads] for at in range(threads)]
    workers = [threading.Thread(target=work, args=(part,)) for part in parts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def test_a_percentage_is_a_function_of_seed_key_endpoint_call_and_attempt():
    """The same calls are struck in any order and from any number of threads; seed, key and attempt change which."""
    bodies = [b'{"content":"tea %d"}' % number for number in range(100)]
    first = struck(3, bodies)
    share = sum(status == 503 for status in first.values()) / len(first)
    assert 0.12 < share < 0.28
    assert struck(3, bodies, order="reversed") == first
    assert struck(3, bodies, threads=4) == first
    assert struck(4, bodies) != first
    assert struck(3, bodies, key=OTHER) != first
    assert struck(9, bodies, script="*: 503 20% seed=3") == struck(8, bodies, script="*: 503 20% seed=3")
    by_attempt = [{body: first[body, attempt] for body in bodies} for attempt in range(3)]
    assert by_attempt[0] != by_attempt[1] != by_attempt[2]


def test_a_percentage_draws_apart_for_each_endpoint():
    """Two endpoints with the same body are not struck alike."""
    fake = Fake()
    fake.faults("*: 503 50%")
    body = b'{"content":"x","query":"x"}'
    met = {name: [seen(ask(fake, name, body)) for _ in range(40)] for name in ("add", "search", "details")}
    assert met["add"] != met["search"] != met["details"]


def test_a_repeated_call_draws_anew():
    """The same body sent again as another call is another occurrence with a chance of its own."""
    fake = Fake()
    fake.faults("add: 503 50%")
    statuses = {seen(ask(fake, idempotency_key=str(number))) for number in range(40)}
    assert statuses == {200, 503}


def test_several_percentages_share_the_calls():
    """Percentages side by side are drawn in turn, so that both strike, and a counted one ends by itself."""
    fake = Fake()
    fake.faults("add: 503 30%, 429 30% x3, 500 0% for 10s")
    met = [seen(ask(fake, idempotency_key=str(number))) for number in range(200)]
    assert met.count(429) == 3
    assert 30 < met.count(503) < 90


def test_counted_and_timed_percentages_give_way_to_the_next_step():
    """When the last of a block of percentages is over, by count or by clock, the step after it is met."""
    fake = Fake()
    fake.faults("add: 503 100% x2, 429 100% for 10s, 500")
    assert run(fake, "add", "add", "add") == [503, 503, 429]
    fake.advance(10)
    assert run(fake, "add", "add") == [500, 200]
    fake.faults("search: 503 100% x1, 429 100% x1, 500")
    assert run(fake, "search", "search", "search", "search") == [503, 429, 500, 200]


def test_a_seed_given_when_arming_stands_over_the_fakes():
    """The seed of an armed script decides its draws unless a step names its own."""

    def met(seed, armed_seed):
        fake = Fake(seed=seed)
        fake.faults("add: 503 50%", seed=armed_seed)
        return [seen(ask(fake, idempotency_key=str(number))) for number in range(40)]

    assert met(1, 5) == met(2, 5) != met(2, None)


SCRIPTS = {
    "*: 503 25%, reset @after 25%": "add",
    "add: reset @mid 50%, truncate 20%": "add",
    "add: lost 50%, twice 50%": "add",
    "*: 503 20%, slow(0.01s) 30%; lost-answers": "add",
    "search: missing 30%, foreign 30%, shuffled 30%": "search",
}
CALLS = 50


def bodies_of(endpoint):
    field = "content" if endpoint == "add" else "query"
    return [json.dumps({field: f"tea {number}", "previousContext": "Home"}).encode() for number in range(CALLS)]


def drawn(fake):
    """Give what every call met, attempt by attempt, whatever the order in which they came."""
    return {call.content or call.query: [each.fault for each in call.attempts] for call in fake.calls}


def in_threads(ask_one, bodies):
    parts = [bodies[at::4] for at in range(4)]
    threads = [threading.Thread(target=lambda part=part: [ask_one(body) for body in part]) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_tasks(url, endpoint, bodies):
    async def one(client, body):
        for _ in range(2):
            with contextlib.suppress(httpx.HTTPError):
                await client.post(f"/api/memory/{endpoint}", content=body, headers={"idempotency-key": body.hex()})

    async def run():
        options = {"headers": {"authorization": f"Bearer {KEY}"}, "timeout": httpx.Timeout(20, read=4)}
        async with httpx.AsyncClient(base_url=url, trust_env=False, **options) as client:
            await asyncio.gather(*(one(client, body) for body in bodies))

    asyncio.run(run())


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_same_seed_gives_the_same_faults_in_threads_in_tasks_and_over_http(served, script):
    """One after the other, in four threads or in fifty tasks over HTTP: each attempt of each call meets the same."""
    endpoint = SCRIPTS[script]
    bodies = bodies_of(endpoint)

    def prepared(fake):
        fake.configure(seed=11)
        fake.remember([{"content": f"tea {number}", "previousContext": "Home"} for number in range(3)], key=KEY)
        fake.remember([{"content": "desk", "previousContext": "Office"}], key=KEY)
        fake.faults(script)
        return fake

    def asked(fake, order=1, *, threads=False):
        def one(body):
            for _ in range(2):
                ask(fake, endpoint, body, idempotency_key=body.hex())

        in_threads(one, bodies[::order]) if threads else [one(body) for body in bodies[::order]]
        return drawn(fake)

    first = asked(prepared(Fake()))
    assert len({tuple(faults) for faults in first.values()}) >= 3
    assert asked(prepared(Fake()), -1) == first
    assert asked(prepared(Fake()), threads=True) == first
    prepared(served.fake)
    in_tasks(served.url, endpoint, bodies)
    assert drawn(served.fake) == first


def test_chance_is_the_same_on_every_interpreter_and_machine():
    """What a seed draws is written down here, so that a run repeats wherever and with whatever Python it is run."""
    fake = Fake(seed=7)
    fake.faults("add: 503 40%, reset @after 30%")
    met = [seen(ask(fake, body=b'{"content":"tea %d"}' % number)) for number in range(16)]
    assert "".join({200: ".", 503: "5", "reset": "r"}[each] for each in met) == ".55..5r5.5555.55"
    fake.remember([f"cup {number}" for number in range(6)], key=KEY)
    fake.faults("search: shuffled 100%")
    results = json.loads(ask(fake, "search", b'{"query":"cup"}').body)["results"]
    assert "".join(each["content"][-1] for each in results) == "510423"
