"""The SDK is held against the golden documents: what it sends, and what it makes of each answer."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
import trio

import octamem
from octamem import AsyncOctaMem, OctaMem

GOLDEN_KEY = "sk-om-live-golden-000000000001"
RUNNERS = {"asyncio": asyncio.run, "trio": lambda coroutine: trio.run(lambda: coroutine)}


@pytest.fixture(params=["sync", "asyncio", pytest.param("trio", marks=pytest.mark.slow)])
def perform(request):
    """Make the call of a golden document against a transport; give the result or the error."""

    def run(golden, transport):
        made = golden["sdk"]
        base = "https://platform.octamem.com" + made.get("base_path", "")

        async def in_a_loop():
            async with AsyncOctaMem(GOLDEN_KEY, base_url=base, transport=transport, max_retries=0) as client:
                return await getattr(client, made["call"])(**made["arguments"])

        try:
            if request.param != "sync":
                return RUNNERS[request.param](in_a_loop())
            with OctaMem(GOLDEN_KEY, base_url=base, transport=transport, max_retries=0) as client:
                return getattr(client, made["call"])(**made["arguments"])
        except octamem.OctaMemError as error:
            return error

    return run


@pytest.fixture
def answered(golden, example):
    """A transport that answers with the golden reply, and the list of what was sent to it."""
    sent = []

    def answer(request):
        sent.append(request)
        reply = golden["reply"]
        return httpx.Response(reply["status"], headers=reply["headers"], content=json.dumps(example(reply["body"])))

    return httpx.MockTransport(answer), sent


def looked_up(value, path):
    """Follow a dotted path through attributes and list places."""
    for name in path.split("."):
        value = value[int(name)] if name.isdigit() else getattr(value, name)
    return value


def test_the_sdk_sends_the_golden_request(golden, perform, answered):
    """One POST goes to the documented path, with the documented body, the key as a bearer and JSON as its type."""
    transport, sent = answered
    perform(golden, transport)
    (request,) = sent
    wanted = golden["sdk"].get("sends", golden["request"].get("body"))
    assert request.method == "POST"
    assert request.url.host == "platform.octamem.com"
    assert request.url.path == golden["request"]["path"]
    assert json.loads(request.content) == wanted
    assert request.headers["authorization"] == f"Bearer {GOLDEN_KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"]
    assert "octamem" in request.headers["user-agent"]


def test_the_sdk_makes_of_the_answer_what_the_golden_document_says(golden, perform, answered):
    """A success has the documented attributes, and a refusal is the documented error with the server's own words."""
    outcome = perform(golden, answered[0])
    wanted = golden["sdk"]
    if "raises" in wanted:
        facts = dict(wanted["raises"])
        assert type(outcome) is getattr(octamem, facts.pop("class"))
        assert {name: getattr(outcome, name) for name in facts} == facts
    else:
        assert not isinstance(outcome, Exception), outcome
        assert {path: looked_up(outcome, path) for path in wanted["returns"]} == wanted["returns"]


def test_every_result_keeps_what_it_does_not_know(golden_success, perform, example):
    """A field that no model has is an attribute of the result and in its dump, in either shape."""
    body = example(golden_success["reply"]["body"])
    body.get("data", body)["shoe_size"] = 43
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    result = perform(golden_success, transport)
    assert result.shoe_size == result.model_dump()["shoe_size"] == 43
