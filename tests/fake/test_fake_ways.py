"""One scenario in process, over ASGI and over a real socket: the same answers, the same errors, the same journal."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from fake_server import Drop, Fake, Request, create_app

KEY = "sk-om-live-tests-0000000000000001"
BODY = {"content": "tea", "previousContext": "Kitchen"}
SCRIPT = (
    "add: 503(retry-after=2) @after, reset, reset @after, close @after, hang @before, garbage, wrong-type, empty, "
    "truncate, 204, redirect, 500(body=html), ok, reset @mid, close @mid, hang @mid, 503 @mid, lost, twice, "
    "truncate(chunked), close @mid; search: 503 30% seed=3, missing 20%, foreign 20%, shuffled 20%, stale 20%; "
    "details: slow(0.01s), drip(0.02s)"
)

# What to ask, one after the other: method, path, headers beside the key, body.
SCENARIO = [
    *[("POST", "/api/memory/add", {"idempotency-key": "one"}, BODY)] * 13,
    *[("POST", "/api/memory/add", {}, {"content": f"{at} tea", "previousContext": "Office"}) for at in range(7)],
    ("POST", "/api/memory/add", {"idempotency-key": "large"}, {"content": "tea " * 30_000}),
    *[("POST", "/api/memory/search", {}, {"query": f"tea {at}", "previousContext": "Kitchen"}) for at in range(12)],
    *[("POST", "/api/memory/details", {}, {})] * 3,
    ("POST", "/api/memory/add", {"x-octamem-fault": "add: 418 @after"}, BODY),
    ("POST", "/api/memory/add", {"x-octamem-fault": "add: boom"}, BODY),
    ("POST", "/api/memory/add", {"content-type": "text/plain"}, BODY),
    ("POST", "/api/memory/add", {}, {"content": " "}),
    ("POST", "/api/memory/add", {"authorization": "Basic x", "x-octamem-fault": "add: ok"}, BODY),
    ("GET", "/api/memory/add", {}, BODY),
    ("POST", "/api/memory/ad", {}, BODY),
    *[("POST", "/api/memory/add", {}, {"content": f"tea {at}", "more": at}) for at in range(4)],
]
SETTINGS = {"limit": 15, "rate": "60/30", "indexing_delay": "4 polls"}


def prepared(fake):
    fake.configure(**SETTINGS)
    fake.faults(SCRIPT)
    return fake


def lost(error):
    """Name what httpx, or the ASGI app itself, raises, by the drop that it stands for."""
    names = {
        "ReadError": "reset", "ConnectionResetError": "reset", "ConnectionAbortedError": "close",
        "ReadTimeout": "hang", "TimeoutError": "hang",
    }  # fmt: skip
    if isinstance(error, httpx.RemoteProtocolError):
        return "cut" if "complete message body" in str(error) else "close"
    return names[type(error).__name__]


def requests(base):
    for method, path, headers, body in SCENARIO:
        sent = {"authorization": f"Bearer {KEY}", **headers}
        yield httpx.Request(method, base + path, headers=sent, json=body)


def heard(response):
    names = ("content-type", "retry-after", "location", "allow", "x-ratelimit-remaining", "x-request-id")
    return response.status_code, {name: response.headers.get(name) for name in names}, response.content


def in_process():
    fake = prepared(Fake())
    told = []
    for request in requests("http://x"):
        outcome = fake.decide(Request(request.method, request.url.path, dict(request.headers), request.read()))
        if isinstance(outcome, Drop):
            told.append(outcome.how)
        elif outcome.cut is not None:
            told.append("cut")
        else:
            told.append(heard(httpx.Response(outcome.status, headers=dict(outcome.headers), content=outcome.body)))
    return fake, told


def over_asgi():
    fake = prepared(Fake())

    async def one(client, request):
        try:
            return heard(await client.send(request))
        except OSError as error:
            return lost(error)

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(fake))) as client:
            return [await one(client, request) for request in requests("http://x")]

    return fake, asyncio.run(run())


def over_a_socket(served, expected):
    """Ask over a socket; patience is short for what is expected to hang, and long for all else: machines are slow."""
    prepared(served.fake)
    told = []
    with httpx.Client(trust_env=False) as client:
        for request, outcome in zip(requests(served.url), expected):
            read = 1 if outcome == "hang" else 30
            request.extensions["timeout"] = {"connect": 30, "write": 30, "pool": 30, "read": read}
            try:
                told.append(heard(client.send(request)))
            except httpx.HTTPError as error:
                told.append(lost(error))
    return served.fake, told


def truth(fake):
    """Give the journal without what the way may change, the ledger, and what is stored."""
    entries = [{**entry.as_dict(), "at": None, "notes": None} for entry in fake.requests()]
    calls = [(call.id, call.status, call.stored, call.delivered, len(call.attempts)) for call in fake.calls]
    return entries, calls, fake.memories(), [(each.fired, each.left) for each in fake.armed()]


@pytest.mark.slow
def test_the_three_ways_give_the_same_answers_errors_and_journal(served):
    """Every answer, error, journal entry and stored memory is the same in process, over ASGI and over a socket."""
    fake, told = in_process()
    asgi_fake, asgi_told = over_asgi()
    socket_fake, socket_told = over_a_socket(served, told)
    # Where no socket is there to cut, the ASGI app raises what a close is.
    assert ["close" if each == "cut" else each for each in told] == asgi_told
    assert told == socket_told
    assert truth(fake) == truth(asgi_fake) == truth(socket_fake)
    statuses = {each[0] if isinstance(each, tuple) else each for each in told}
    assert statuses == {
        200, 204, 307, 400, 401, 404, 405, 415, 418, 429, 500, 503, "reset", "close", "hang", "cut",
    }  # fmt: skip


ADDS = 150


@pytest.mark.parametrize("limit", [None, 250])
def test_two_threads_hammering_one_fake_lose_and_double_nothing(service, limit):
    """Adds of two threads at once are all stored once, under ids of their own, and a limit is met exactly."""
    service.fake.configure(limit=limit)
    answers = {}

    def hammer(name):
        answers[name] = [service.add(f"{name} tea {number}") for number in range(ADDS)]

    threads = [threading.Thread(target=hammer, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = [each.json["id"] for name in answers for each in answers[name] if each.status == 200]
    wanted = 2 * ADDS if limit is None else limit
    assert len(accepted) == len(set(accepted)) == wanted
    assert {each.id for each in service.fake.memories()} == set(accepted)
    assert len({each.content for each in service.fake.memories()}) == wanted
    assert service.details().json["usage"] == wanted
    entries = service.fake.requests()
    assert [entry.seq for entry in entries] == list(range(1, 2 * ADDS + 2))
    assert sum(len(entry.stored) for entry in entries) == wanted


@pytest.mark.slow
def test_two_tasks_hammering_one_server_lose_and_double_nothing(served):
    """Adds and searches of two asyncio tasks over HTTP are counted exactly, pending ids all apart."""
    served.fake.configure(unit="requests")

    async def hammer(client, name):
        pending = []
        for number in range(ADDS):
            for endpoint, body in (("add", {"content": f"{name} {number}"}), ("search", {"query": f"{name} {number}"})):
                answer = await client.post(f"/api/memory/{endpoint}", json=body)
                assert answer.status_code == 200
                pending.append(answer.json()["pending_id"])
        return pending

    async def both():
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=served.url, headers=headers, trust_env=False) as client:
            return await asyncio.gather(hammer(client, "one"), hammer(client, "two"))

    one, two = asyncio.run(both())
    assert len({*one, *two}) == len(one) + len(two) == 4 * ADDS
    assert served.details().json["usage"] == 4 * ADDS
    assert len({each.content for each in served.fake.memories()}) == 2 * ADDS


def test_two_threads_meet_a_script_exactly_as_often_as_it_says(service):
    """Steps that two threads race for are each taken once."""
    armed = service.fake.faults("add: 503 x40, ok x10, 500 x40")
    met = []

    def hammer():
        met.extend(service.add(f"tea {number}").status for number in range(60))

    threads = [threading.Thread(target=hammer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status: met.count(status) for status in set(met)} == {503: 40, 500: 40, 200: 40}
    assert (armed.fired, armed.left) == (90, 0)
