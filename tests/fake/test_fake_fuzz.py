"""Whatever is sent, the answer is one of the documented, and only a 200 has changed anything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import Fake, Request

ALLOWED = {200, 400, 401, 402, 403, 404, 405, 413, 415, 429}
KEY = "fuzz-key"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(
    st.sampled_from(["content", "query", "previousContext"]) | st.text(max_size=4), values, max_size=4
)


def with_a_hole(value, at, hole):
    text = json.dumps(value).encode()
    return text[:at] + hole + text[at:]


broken = st.builds(with_a_hole, fields, st.integers(0, 60), st.binary(max_size=4))
bodies = st.binary(max_size=200) | fields.map(lambda value: json.dumps(value).encode()) | broken
header_text = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=30)
headers = st.dictionaries(
    st.sampled_from(["content-type", "Content-Length", "idempotency-key", "X-OctaMem-Attempt", "accept", "expect"])
    | header_text,
    header_text | st.sampled_from(["application/json", "text/plain", "5", "9" * 40]),
    max_size=4,
)
auth = st.sampled_from([f"Bearer {KEY}"] * 4 + ["Bearer other", "Bearer", ""]) | header_text
paths = st.sampled_from(["/api/memory/add", "/api/memory/search", "/api/memory/details"] * 3 + ["/", "/_fake"])
requests = st.builds(
    lambda method, path, more, key, body: Request(method, path, {**more, "authorization": key}, body),
    st.sampled_from(["POST"] * 8 + ["GET", "PUT"]) | st.text(max_size=5),
    paths | st.text(st.characters(), max_size=30),
    headers.map(lambda each: {name: value for name, value in each.items() if name.lower() != "authorization"}),
    auth,
    bodies,
)
configurations = st.fixed_dictionaries(
    {},
    optional={
        "wire": st.sampled_from(["flat", "envelope"]),
        "limit": st.integers(0, 3),
        "unit": st.sampled_from(["memories", "bytes", "requests"]),
        "over_limit_status": st.sampled_from([402, 403, 429]),
        "rate": st.sampled_from(["1/60", "3/0.5"]),
        "keys": st.just([{"key": KEY, "rights": ["add", "search"]}]),
        "idempotency": st.booleans(),
        "max_content": st.integers(1, 30),
        "max_body": st.integers(1, 100),
        "indexing_delay": st.sampled_from([1.5, "1 poll"]),
    },
)


@pytest.mark.slow
@given(configurations, st.lists(requests, min_size=1, max_size=4))
def test_any_request_has_a_documented_answer_and_only_success_changes_the_store(configuration, several):
    """No input raises or is a 5xx, errors have their shape, and memories change by one for an accepted add alone."""
    fake = Fake(**configuration)
    for request in several:
        before = fake.memories()
        reply = fake.decide(request)
        after = fake.memories()
        assert reply.status in ALLOWED
        assert reply.headers["content-type"] == "application/json"
        answer = json.loads(reply.body)
        entry = fake.requests()[-1]
        if reply.status == 200:
            assert answer.get("success", entry.endpoint == "details") is True  # flat details have usage in its place
        else:
            assert set(answer) == {"error", "code"}
            assert answer["error"]
            assert answer["code"].isupper()
            assert entry.effect == {}
        assert [each.id for each in after[len(before) :]] == list(entry.stored)
        assert len(entry.stored) <= (1 if reply.status == 200 and entry.endpoint == "add" else 0)
        assert entry.line().isprintable()
        json.dumps(entry.as_dict())
    calls = fake.calls
    assert sum(len(call.attempts) for call in calls) == len(several)
    assert all(call.attempts[0].kind == "first" and call.attempts[0].number == 1 for call in calls)
    json.dumps([call.as_dict() for call in calls])


lies = st.fixed_dictionaries(
    {
        "add": st.lists(
            st.sampled_from(["lost", "twice", "ok", "503 @after", "reset @after", "hang @mid"]), min_size=1
        ),
        "search": st.lists(
            st.sampled_from(["stale", "stale(2)", "missing", "missing(3)", "shuffled", "foreign", "ok", "503"]),
            min_size=1,
        ),
    }
)
asked = st.lists(st.tuples(st.sampled_from(["add", "search"]), st.sampled_from(["", "Home", "Office"])), max_size=30)


@given(lies, asked, st.integers(1, 4), st.booleans())
def test_whatever_the_lies_the_ledger_tells_the_truth(script, several, top_k, honoured):
    """What the ledger says was stored is what is stored; what was lost or withheld is not told; ids are all apart."""
    fake = Fake(top_k=top_k, idempotency=honoured)
    fake.faults("; ".join(f"{endpoint}: {', '.join(steps)}" for endpoint, steps in script.items()))
    for endpoint, context in several:
        body = {"content": "tea", "query": "tea", "previousContext": context}
        sent = {"authorization": f"Bearer {KEY}", "idempotency-key": f"{endpoint} {context}" if honoured else ""}
        outcome = fake.decide(Request("POST", f"/api/memory/{endpoint}", sent, json.dumps(body).encode()))
        effect = fake.requests()[-1].effect
        if endpoint == "search" and outcome.status == 200:
            told = [each["id"] for each in json.loads(outcome.body)["results"]]
            assert len(set(told)) == len(told) <= top_k
            assert not set(told) & set(effect.get("withheld", ()))
            assert set(effect.get("foreign", ())) <= set(told)
    ledger = [identity for call in fake.calls for identity in call.stored]
    lost = [identity for entry in fake.requests() for identity in entry.effect.get("lost", ())]
    assert sorted(ledger) == sorted(memory.id for memory in fake.memories())
    assert len({*ledger, *lost}) == len(ledger) + len(lost)


@pytest.mark.slow
@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=20), st.text(max_size=60))
def test_any_text_is_stored_and_found_as_it_was_sent(content, context, query):
    """What is stored comes back letter for letter from any search that finds it, under its own trimmed context."""
    fake = Fake()
    sent = {"authorization": f"Bearer {KEY}"}
    body = json.dumps({"content": content, "previousContext": context})
    stored = fake.decide(Request("POST", "/api/memory/add", sent, body.encode())).status == 200
    surrogate = any("\ud800" <= letter <= "\udfff" for letter in content + context)
    assert stored == (bool(content.strip()) and not surrogate)
    asked = json.dumps({"query": query or "x", "previousContext": context})
    reply = fake.decide(Request("POST", "/api/memory/search", sent, asked.encode()))
    if reply.status == 200:
        found = [each["content"] for each in json.loads(reply.body)["results"]]
        assert found in ([], [content])
