"""The fake is held against the golden documents."""

from __future__ import annotations

import json

from fake_server import Request

GOLDEN_KEY = "sk-om-live-golden-000000000001"


def as_request(document):
    body = document["text"] if "text" in document else json.dumps(document["body"])
    return Request(document["method"], document["path"], document["headers"], body.encode())


def prepared(service, golden):
    setup = golden.get("setup", {})
    if "memories" in setup:
        service.fake.remember(setup["memories"], key=GOLDEN_KEY)
    service.fake.configure(**setup.get("settings", {}))
    for before in setup.get("before", []):
        assert service.send(as_request(before)).status == 200
    if "faults" in setup:
        service.fake.faults(setup["faults"])
    return service


def test_the_fake_answers_as_the_golden_document_says(service, golden, agrees):
    """The fake gives each documented status, header and body, in process and over HTTP."""
    answer = prepared(service, golden).send(as_request(golden["request"]))
    wanted = golden["reply"]
    assert answer.status == wanted["status"]
    assert agrees(wanted["body"], answer.json), answer.json
    assert {name: answer.headers.get(name) for name in wanted["headers"]} == wanted["headers"]
    assert not set(wanted.get("absent", [])) & set(answer.headers)


def test_no_error_document_changes_the_store(local, golden):
    """A request that is refused stores nothing and costs nothing."""
    prepared(local, golden)
    before = local.fake.memories()
    answer = local.send(as_request(golden["request"]))
    after = local.fake.memories()
    stored = answer.status == 200 and golden["request"]["path"] == "/api/memory/add"
    assert len(after) - len(before) == (1 if stored else 0)
    assert after[: len(before)] == before


def test_every_pattern_holds_its_own_example(golden, agrees, example):
    """The examples that the SDK is answered with are answers that the fake could have given."""
    reply = golden["reply"]
    assert agrees(reply["body"], example(reply["body"]))


def test_every_answer_of_the_contract_has_a_document():
    """Each endpoint in each shape, and each error status of the contract, has its golden document."""
    from pathlib import Path

    names = {path.stem for path in Path(__file__).parent.glob("*.json")}
    for endpoint in ("search", "add", "details"):
        assert {f"{endpoint}_flat", f"{endpoint}_envelope"} <= names
    statuses = {name.split("_")[1] for name in names if name.startswith("error_")}
    assert statuses == {"400", "401", "402", "403", "404", "405", "413", "415", "429", "500", "503"}
