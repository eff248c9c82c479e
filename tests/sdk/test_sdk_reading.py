"""What the SDK reads from an answer: as much as there is, and no success or emptiness that the answer does not say."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import Any, Dict, List, Set

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from memory_apis import WRITES, Write
from odd_answers import leaves
from sdk_driver import KEY, Driver

from octamem import APIError, OctaMem
from octamem._call.explanations import explain
from octamem._models import AddResult, MemoryDetails, MemoryRecord, SearchResult
from octamem._results.fields import as_flag

BOM = b"\xef\xbb\xbf"
FOUND = [{"id": "a", "content": "c"}]
CALLS: Dict[str, Any] = {
    "add": lambda client: client.add(content="tea"),
    "get": lambda client: client.get(query="tea"),
    "details": lambda client: client.details(),
}


def answered(body: Any, operation: str = "get", status: int = 200) -> Any:
    """Return the result of a call that is answered so."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=content))
    with OctaMem(KEY, transport=transport, max_retries=3) as client:
        return CALLS[operation](client)


def refused(body: Any, operation: str = "add", status: int = 200) -> APIError:
    """Return the error of a call that is answered so; it is never a second attempt."""
    with pytest.raises(APIError) as caught:
        answered(body, operation, status)
    assert len(caught.value.attempts) == 1
    return caught.value


@pytest.mark.parametrize(
    ("operation", "field", "sent", "read"),
    [
        ("details", "usage", 10.0, 10),
        ("details", "usage", "5", 5),
        ("details", "limit", "5.0", 5),
        ("details", "limit", 0, 0),
        ("details", "usage", 10**30, 10**30),
        ("details", "success", "true", True),
        ("get", "pending_id", 7, "7"),
        ("get", "pending_id", 1.5, "1.5"),
        ("get", "success", 1, True),
        ("add", "success", "yes", True),
        ("add", "success", 1.0, True),
        ("add", "pending_id", 0, "0"),
    ],
)
def test_a_field_of_the_page_is_converted_if_that_loses_nothing(
    operation: str, field: str, sent: Any, read: Any
) -> None:
    """Numbers with a point, numbers as text and text as numbers are read as the page types them."""
    result = answered({field: sent}, operation)
    assert getattr(result, field) == read
    assert type(getattr(result, field)) is type(read)
    assert result.unreadable == {}


@pytest.mark.parametrize(
    ("operation", "field", "sent"),
    [
        ("details", "usage", 0.42),
        ("details", "usage", {"bytes": 3}),
        ("details", "limit", "unlimited"),
        ("details", "limit", []),
        ("details", "success", "perhaps"),
        ("get", "pending_id", ["p"]),
        ("get", "pending_id", True),
        ("get", "success", {"at": "last"}),
        ("add", "pending_id", {"id": 1}),
    ],
)
def test_a_field_of_the_page_that_does_not_fit_is_none_and_kept(operation: str, field: str, sent: Any) -> None:
    """The rest of the answer is read, and `unreadable` has the field as it came."""
    result = answered({"mood": "fine", "id": "a", field: sent}, operation)
    assert getattr(result, field) is None
    assert result.unreadable == {field: sent}
    assert result.mood == "fine"
    assert "unreadable" in repr(result)


def test_an_add_with_an_unreadable_success_is_one_by_its_id() -> None:
    """What was stored by another sign is a success, and the odd flag is kept."""
    added = answered({"success": "perhaps", "id": 42}, "add")
    assert (added.success, added.id, added.unreadable) == (True, 42, {"success": "perhaps"})


ODD: List[Any] = [True, 5, 0.5, "0.9", ["c"], {"kind": "chat"}, [], {}, ""]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("field", [*MemoryRecord.model_fields, "mood"])
def test_an_odd_field_of_a_record_is_kept_as_it_came(field: str, odd: Any) -> None:
    """No field of a record loses the record, nor the others, nor what it holds."""
    found = answered({"results": [{"content": "c", field: odd}, {"id": "b", "content": "d"}]})
    assert getattr(found.results[0], field) == found.model_dump()["results"][0][field] == odd
    assert found.results[1].content == "d"
    assert json.loads(found.model_dump_json())["results"][0][field] == odd
    assert found.format()
    assert repr(found)


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    ("operation", "field"),
    [
        *[("get", field) for field in SearchResult.model_fields if field not in ("success", "pending_id", "results")],
        *[("add", field) for field in AddResult.model_fields if field not in ("success", "pending_id")],
        *[("details", field) for field in MemoryDetails.model_fields if field not in ("success", "usage", "limit")],
    ],
)
def test_an_odd_field_beside_the_rest_is_kept_as_it_came(operation: str, field: str, odd: Any) -> None:
    """No field that the page does not type makes a call fail, least of all an add that was stored."""
    result = answered({"success": True, "results": FOUND, "usage": 1, field: odd}, operation)
    assert getattr(result, field) == result.model_dump()[field] == odd
    assert json.loads(result.model_dump_json())[field] == odd


def test_a_whole_number_with_a_point_is_a_whole_number() -> None:
    """JSON does not tell 642.0 from 642."""
    assert repr(answered({"tokens": 642.0}).tokens) == "642"


@pytest.mark.parametrize(
    ("results", "contents", "unreadable"),
    [
        ([None, {"content": "d"}], [None, "d"], {"results.0": None}),
        ([3, {"content": "d"}, [4]], [None, "d", None], {"results.0": 3, "results.2": [4]}),
        (["c", {"content": "d"}], ["c", "d"], {}),
        ({"content": "c", "id": "a"}, ["c"], {}),
        ("c", ["c"], {}),
        (3, [None], {"results": 3}),
        (None, [], {}),
        ({}, [], {}),
        ("", [], {}),
    ],
    ids=repr,
)
def test_results_that_are_no_list_of_objects_are_read_all_the_same(
    results: Any, contents: List[Any], unreadable: Dict[str, Any]
) -> None:
    """A text is the content of a record, one object is a list of one, and what is neither is kept."""
    found = answered({"results": results})
    assert [record.content for record in found.results] == contents
    assert found.unreadable == unreadable


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_byte_order_mark_is_ignored(operation: str, encoding: str) -> None:
    """Each encoding of Unicode is read, with a byte order mark or without, in a success and in a refusal."""
    assert answered('{"usage": 1, "id": "a", "mood": "crème"}'.encode(encoding), operation).mood == "crème"
    assert refused(BOM + b'{"error": "Full", "code": "C"}', status=409).code == "C"
    assert answered(BOM, "add").success


def test_each_odd_field_is_named_once_and_without_its_value(caplog: pytest.LogCaptureFixture) -> None:
    """One line at WARNING names a field, however many records and calls of a client it is in."""
    odd = {
        "results": [{"id": 5, "content": "c"}, {"id": 6, "content": "d"}],
        "tokens": {"zz": "secret"},
        "pending_id": [],
    }
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=odd))
    with OctaMem(KEY, transport=transport) as client, caplog.at_level(logging.WARNING, "octamem"):
        for again in (client, client, client.with_options(timeout=5)):
            again.get(query="tea")
    assert sorted(record.getMessage() for record in caplog.records) == [
        "search.pending_id: expected a string, got an array; see the result's unreadable",
        "search.results[].id: expected a string, got a number; it is kept as it came",
        "search.tokens: expected a whole number, got an object; it is kept as it came",
    ]


@pytest.mark.parametrize("name", ["zz secret of a memory", KEY, "tea with zz secret", "a" * 65, "results[].zz secret"])
def test_a_name_that_may_be_a_secret_is_not_shown(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A field that is not named like one, or like the key, is spoken of without its name."""
    with caplog.at_level(logging.WARNING, "octamem"):
        answered({"results": [], name: FOUND})
    assert len(caplog.records) == 1
    assert "(a name that is not shown)" in caplog.text
    assert name not in caplog.text


def test_a_server_cannot_fill_the_log_with_names(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand fields are named for each client, and no more."""
    with caplog.at_level(logging.WARNING, "octamem"):
        answered({"results": [], **{f"f{number}": [1] for number in range(1200)}})
    assert len(caplog.records) == 1000


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.service)
def test_an_add_is_what_its_answer_says(write: Write, sdk: Driver) -> None:
    """Of the answers of other services, only those that say so are a success; nothing else is sent again."""
    content = b"" if write.body is None else json.dumps(write.body).encode()
    client = sdk.client(handler=lambda _request: httpx.Response(write.status, content=content))
    if write.read_as == "stored":
        assert sdk.call(client, lambda c: c.add(content="tea")).success is True
        return
    error = sdk.error(client, lambda c: c.add(content="tea"))
    assert type(error) is APIError
    assert len(error.attempts) == 1
    if write.read_as == "unclear":
        assert error.outcome == "unknown"
        assert "the answer does not say that the memory was stored" in error.message
    if error.outcome == "unknown":
        assert error.advice.endswith("the memory may have been stored: search for it before adding it again")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b" \n", 200),
        (b"Created", 201),
        (b'["a"]', 202),
        (b"{", 201),
        ({"message": "Down for maintenance"}, 202),
        ({}, 200),
        ({"pending_id": "p"}, 200),
        ({"data": {"pending_id": "p"}}, 200),
        ({"success": True, "message": "Down for maintenance"}, 200),
        ({"status": " OK "}, 200),
        ({"data": {"message": "Saved!"}}, 200),
        ({"data": {"data": {"id": "a"}}}, 200),
        ({"error": None, "errors": [], "id": 0}, 200),
        ({"success": True, "error": ""}, 200),
    ],
    ids=str,
)
def test_the_signs_of_a_success(body: Any, status: int) -> None:
    """An empty body, a status, `{}`, success: true, an id or one of the known words at either level is enough."""
    assert answered(body, "add", status).success is True


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"success": False}, "refused"),
        ({"success": "false", "id": "a"}, "refused"),
        ({"data": {"success": 0}}, "refused"),
        ({"success": True, "data": {"success": False, "error": "full"}}, "unknown"),
        ({"id": "a", "error": "full"}, "unknown"),
        ({"id": "a", "errors": {"content": ["full"]}}, "unknown"),
        ({"data": {"id": "a", "error": {"message": "full"}}}, "unknown"),
        ({"success": True, "data": [{"id": "a", "error": "full"}]}, "unknown"),
        ({"success": True, "results": [{"success": False}]}, "unknown"),
        ({"id": "a", "status": "Failed"}, "unknown"),
        ({"success": None}, "unknown"),
        ({"data": {}}, "unknown"),
        ({"data": None}, "unknown"),
        ({"id": None}, "unknown"),
        ({"id": ""}, "unknown"),
        ({"id": True}, "unknown"),
        ({"ok": True}, "unknown"),
        ({"message": "created soon"}, "unknown"),
        ({"message": "Down", "request_id": "r"}, "unknown"),
        ({"code": "OK"}, "unknown"),
        ({"detail": "stored"}, "unknown"),
        ({"status": 200}, "unknown"),
        ({"mood": "sunny"}, "unknown"),
    ],
    ids=str,
)
def test_what_is_not_known_to_be_a_success_is_none(body: Any, outcome: str) -> None:
    """An answer that reports an error, or says nothing of the memory, is an APIError that is not repeated."""
    error = refused(body)
    assert error.outcome == outcome
    if outcome == "unknown":
        assert "search for it before adding it again" in error.advice


@pytest.mark.parametrize("status", [201, 202])
def test_a_status_does_not_outweigh_a_report_of_an_error(status: int) -> None:
    """A 201 whose body says that it failed is no success."""
    assert refused({"error": "full", "code": "FULL"}, status=status).code == "FULL"


@pytest.mark.parametrize(
    "body",
    [
        {"results": FOUND},
        {"success": True, "pending_id": None, "data": {"results": FOUND}},
        {"success": True, "tokens": 3, "data": {"results": FOUND}},
        {"success": True, "results": [], "data": {"results": FOUND}},
        {"success": True, "data": FOUND},
        {"success": True, "pending_id": "p", "data": FOUND},
        {"success": True, "data": ["c"]},
        {"success": True, "data": [None, *FOUND]},
        {"data": {"data": {"results": FOUND}}},
        {"data": {"data": FOUND}},
        {"success": True, "message": "a", "data": {"message": "b", "results": FOUND}},
        {"success": True, "data": FOUND[0]},
        {"results": FOUND[0]},
        {"results": ["c"]},
        {"results": FOUND, "error": "one shard is missing"},
        FOUND[0],
        FOUND,
    ],
    ids=str,
)
def test_what_was_found_is_never_an_empty_result(body: Any) -> None:
    """The envelope is opened whatever stands beside it, and a list under it is what was found."""
    assert [record.content for record in answered(body).results][-1] == "c"


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({"usage": 1, "data": {"usage": 2, "limit": 3}}, "usage", 1),
        ({"usage": 1, "data": {"usage": 2, "limit": 3}}, "limit", 3),
        ({"usage": 0, "data": {"usage": 2}}, "usage", 0),
        ({"usage": None, "data": {"usage": 2}}, "usage", 2),
        ({"plan": "", "data": {"plan": "free"}}, "plan", "free"),
        ({"plan": "free", "data": {"plan": None}}, "plan", "free"),
        ({"usage": 1, "data": {"usage": 2}}, "data", {"usage": 2}),
        ({"status": "ok", "usage": 1, "data": {"status": "new"}}, "data", {"status": "new"}),
        ({"usage": 1, "data": [1]}, "data", [1]),
    ],
)
def test_a_value_at_the_top_wins_and_the_other_is_kept(body: Any, field: str, value: Any) -> None:
    """What the top hides stays reachable under `data`; nothing is hidden by a null."""
    assert getattr(answered(body, "details"), field) == value


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("body", [{}, {"pending_id": "p"}])
def test_an_answer_with_nothing_in_it_is_a_success(operation: str, body: Any) -> None:
    """The page types no more than these."""
    assert answered(body, operation).model_dump().get("pending_id") == body.get("pending_id")


@pytest.mark.parametrize("unknown", ["memories", "hits", "matches"])
@pytest.mark.parametrize("held", [FOUND, {"items": FOUND}, [1]])
def test_an_unknown_field_beside_no_results_is_named(unknown: str, held: Any, caplog: pytest.LogCaptureFixture) -> None:
    """If nothing is under `results`, a list or an object that may be the answer is named at WARNING."""
    with caplog.at_level(logging.WARNING, "octamem"):
        found = answered({"success": True, "results": [], unknown: held, "took": 3, "empty": []})
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"search.{unknown}: results is empty, and this unknown field holds a")
    assert getattr(found, unknown) == held


def test_an_unknown_field_beside_no_usage_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """An account that stands where nobody looks is named as well."""
    with caplog.at_level(logging.WARNING, "octamem"):
        assert answered({"quota": {"used": 3}}, "details").quota == {"used": 3}
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "details.quota: usage and limit are empty"
    ]


@pytest.mark.parametrize("operation", ["get", "details"])
@pytest.mark.parametrize(
    "body",
    [
        {"message": "Down for maintenance"},
        {"status": "error", "message": "Down"},
        {"detail": "Not found"},
        {"code": 503, "message": "Down", "pending_id": None},
        {"success": True, "error": "the index is offline"},
        {"success": True, "results": [], "errors": ["the index is offline"]},
        {"success": True, "data": {"success": False}},
        {"success": "false"},
        {"error": {"message": "No"}},
    ],
    ids=str,
)
def test_an_answer_that_only_speaks_of_the_call_is_no_result(operation: str, body: Any) -> None:
    """A message, or an error beside nothing, is an APIError and not an empty result."""
    assert refused(body, operation).message


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ({"message": "ok"}, "details"),
        ({"status": "success", "mood": "sunny"}, "get"),
        ({"mood": "sunny"}, "get"),
        ({"success": True, "message": "Nothing matches"}, "get"),
        ({"results": [], "message": "Nothing matches"}, "get"),
        ({"usage": 3, "error": "the plan could not be read"}, "details"),
        ({"code": "A", "hits": FOUND}, "get"),
    ],
    ids=str,
)
def test_an_answer_is_not_lost_for_what_it_says_beside(body: Any, operation: str) -> None:
    """Words beside an answer, or words that say it is one, make no error of it."""
    assert answered(body, operation).model_dump().items() >= body.items()


@pytest.mark.parametrize("operation", CALLS)
def test_numbers_that_are_not_json_lose_nothing_else(operation: str) -> None:
    """NaN, and a number of more digits than Python converts, are read as such, and the fields beside them too."""
    result = answered(
        b'{"id": "a", "usage": 1, "x": NaN, "y": ' + b"9" * 5000 + b', "results": [{"content": "c"}]}', operation
    )
    assert result.x != result.x
    assert result.y == "9" * 5000
    assert result.usage == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "https://a.example/probs/full", "title": "Full", "status": 403}, "https://a.example/probs/full"),
        ({"type": "about:blank", "title": "Full"}, None),
        ({"type": "/probs/full", "title": "Full", "code": "FULL"}, "FULL"),
        ({"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}, "RESOURCE_EXHAUSTED"),
        ([{"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}], "RESOURCE_EXHAUSTED"),
        ({"error": {"code": 429, "message": "Quota", "status": "not a name"}}, "429"),
        ({"code": 7, "message": "No", "status": "PERMISSION_DENIED"}, "PERMISSION_DENIED"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "No"}}, "overloaded_error"),
        ({"errors": [{"code": "too_long", "detail": "No"}]}, "too_long"),
        ({"detail": {"code": "quota", "message": "No"}}, "quota"),
        ({"error": {"message": "No", "type": "requests", "code": None}}, "requests"),
        ({"code": -32000, "message": "No"}, "-32000"),
    ],
    ids=str,
)
def test_the_code_of_a_refusal_is_the_name_that_the_service_gives_it(body: Any, code: Any) -> None:
    """`code`, Google's status names and the type of RFC 9457 are codes; a number is one only if there is no name."""
    assert explain(429, {}, json.dumps(body).encode())[1] == code
    assert refused({**body, "success": False} if isinstance(body, dict) else body, status=409).code == code


names = st.sampled_from(
    [
        "data",
        "results",
        "success",
        "id",
        "pending_id",
        "usage",
        "limit",
        "error",
        "message",
        "content",
        "score",
        "tokens",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def spellings(leaf: Any) -> Set[str]:
    """Return the ways in which a value may be written after it was converted; as a float only if that loses nothing."""
    ways = {str(leaf), str(as_flag(leaf))}
    with suppress(ValueError, OverflowError):
        ways |= {str(int(leaf)), str(int(float(leaf)))}
        if float(leaf) == leaf and not isinstance(leaf, bool):
            ways.add(str(float(leaf)))
    return ways


def repeats_a_name(body: Dict[str, Any]) -> bool:
    """Return whether an answer has a field at two levels of its envelope."""
    seen = set(body) - {"data"}
    while isinstance(body.get("data"), dict):
        body = body["data"]
        if seen & set(body):
            return True
        seen |= set(body) - {"data"}
    return False


@pytest.mark.parametrize("operation", sorted(CALLS))
@pytest.mark.parametrize("empty", ["", None, [], {}])
@pytest.mark.parametrize("value", [False, 0, "x", ["x"]])
def test_an_empty_value_beside_another_of_its_name_says_nothing(operation: str, empty: Any, value: Any) -> None:
    """Of a field at both levels of the envelope, the empty one is left out; what says something is kept."""
    sent = {"success": True, "usage": 1, "id": "a", "tokens": value, "data": {"tokens": empty}}
    turned = {**sent, "tokens": empty, "data": {"tokens": value}}
    plain = {name: each for name, each in sent.items() if name != "data"}
    results = [answered(json.dumps(body).encode(), operation).model_dump() for body in (sent, turned, plain)]
    assert results == [results[-1]] * 3


@given(st.sampled_from(sorted(CALLS)), st.dictionaries(names, values, max_size=6))
@example("details", {"results": False, "data": {"results": ""}})
@example("details", {"usage": False, "limit": "05"})
@example("get", {"results": {"score": 0}})
def test_whatever_comes_is_a_result_that_has_it_all_or_an_api_error(operation: str, body: Dict[str, Any]) -> None:
    """Each value of an answer is in the result or in its `unreadable`, if the call does not end in an error."""
    try:
        result = answered(json.dumps(body).encode(), operation)
    except APIError:
        return
    kept = {str(leaf) for leaf in leaves([result.model_dump(), result.unreadable])}
    # Of two values of one name, an empty one says nothing.
    empty = ("", None) if repeats_a_name(body) else ()
    assert [leaf for leaf in leaves(body) if leaf not in empty and not spellings(leaf) & kept] == []
