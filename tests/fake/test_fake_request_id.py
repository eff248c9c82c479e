"""Every answer of the service names its request, and the journal knows the name."""

from __future__ import annotations

import re
import threading

import pytest

from fake_server import Drop, Fake, Request

FAULTS = (
    '503, 429(retry-after=2), 500(body=empty), 502(body=html), 204, garbage, empty, wrong-type, redirect("http://x/")'
)
ID = re.compile("req_[0-9a-f]{16}")


def sent_by(fake, script=None, body=b'{"content": "tea"}', key="sk-om-live-tests-0000000000000001"):
    """Send one add, under its own fault if any, and return the outcome."""
    headers = {"authorization": f"Bearer {key}", **({"x-octamem-fault": script} if script else {})}
    return fake.decide(Request("POST", "/api/memory/add", headers, body))


def test_every_answer_has_a_name_that_no_other_has(service):
    """Successes, refusals and faults have an X-Request-Id each, and the journal has the same."""
    service.fake.faults(f"add: {FAULTS}")
    answers = [service.add("tea") for _ in FAULTS.split(", ")]
    answers += [service.add("tea"), service.search("tea"), service.details(), service.add("")]
    answers += [service.add(key=None, headers={"x-octamem-fault": "add: ok"})]
    answers += [service.call("", path="/nowhere"), service.call("add", b"{", headers={"content-type": "text/plain"})]
    answers += [service.call("add", b"", method="GET"), service.add("x" * 3_000_000)]
    answers += [service.add("tea", headers={"x-octamem-fault": "no script"}), service.add("again")]
    names = [answer.headers["x-request-id"] for answer in answers]
    assert all(ID.fullmatch(name) for name in names)
    assert len(set(names)) == len(names)
    assert {200, 204, 307, 400, 401, 404, 405, 413, 415, 429, 500, 503} <= {answer.status for answer in answers}
    assert names == [entry.request_id for entry in service.fake.requests()]


def test_names_follow_from_the_seed():
    """The same requests have the same names in every run with the same seed, and others with another."""
    one, two, other = (
        [sent_by(fake).headers["x-request-id"] for _ in range(3)] for fake in (Fake(), Fake(), Fake(seed=1))
    )
    assert one == two
    assert not set(one) & set(other)


def test_names_begin_again_after_a_reset_alone():
    """A reset of one key gives out no name twice; a reset of everything begins again, as all else does."""
    fake = Fake()
    first = sent_by(fake).headers["x-request-id"]
    fake.reset(key="sk-om-live-tests-0000000000000001")
    assert sent_by(fake).headers["x-request-id"] != first
    fake.reset()
    assert sent_by(fake).headers["x-request-id"] == first


def test_a_request_without_an_answer_has_a_name_in_the_journal():
    """What was lost can be told apart in the journal, in its calls and in the control API's JSON."""
    fake = Fake()
    assert sent_by(fake, "add: reset @after") == Drop("reset")
    assert sent_by(fake, "add: hang") == Drop("hang")
    names = [entry.request_id for entry in fake.requests()]
    assert len({name for name in names if ID.fullmatch(name)}) == 2
    attempts = [attempt for call in fake.calls for attempt in call.attempts]
    assert [attempt.request_id for attempt in attempts] == names
    assert [attempt.as_dict()["request_id"] for attempt in attempts] == names
    assert [entry.as_dict()["request_id"] for entry in fake.requests()] == names


def test_a_replayed_answer_has_a_name_of_its_own():
    """An answer that an Idempotency-Key brings again is the same to the letter, under the name of its own request."""
    fake = Fake(idempotency=True)
    headers = {"authorization": "Bearer k", "idempotency-key": "one", "x-request-id": "mine"}
    one, two = (fake.decide(Request("POST", "/api/memory/add", headers, b'{"content": "tea"}')) for _ in range(2))
    assert one.body == two.body
    assert "mine" != one.headers["x-request-id"] != two.headers["x-request-id"]


def test_threads_share_no_name():
    """Requests of several threads and keys at once have a name each."""
    fake = Fake(keys=[{"key": f"key-{at}", "seed": at % 2} for at in range(4)])
    names = []

    def hammer(key):
        names.extend(sent_by(fake, key=key).headers["x-request-id"] for _ in range(100))

    threads = [threading.Thread(target=hammer, args=(f"key-{at}",)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 400


def test_the_control_api_has_none(served):
    """The control API is no part of the service, and its answers name nothing."""
    import httpx

    assert "x-request-id" not in httpx.get(f"{served.url}/_fake/health", trust_env=False).headers


@pytest.mark.parametrize("key", [None, "sk-om-live-unlisted-000001"])
def test_a_stranger_is_named_too(local, key):
    """A request without a valid key has a name in the journal of the unauthenticated."""
    local.fake.configure(keys=["sk-om-live-tests-0000000000000001"])
    answer = local.add("tea", key=key)
    assert (answer.status, answer.headers["x-request-id"]) == (401, local.fake.requests()[-1].request_id)
