"""Every bad input of the service: its status, its text, its place in the order, and that it changes nothing."""

from __future__ import annotations

import itertools
import json

import pytest
from both_parsers import with_both_parsers

from fake_server import Fake, Request

DEEP = 100_000
BIG = b'{"content":"' + b"x" * (2 << 20) + b'"}'

# Bodies of an add that are refused with 400, and how the text begins.
BODIES = {
    "not UTF-8": (b'{"content":"\xff"}', "body: expected UTF-8, got another byte at position 12"),
    "a raw surrogate": (b'{"content":"\xed\xa0\x80"}', "body: expected UTF-8, got another byte at position 12"),
    "UTF-16": ('{"content":"x"}'.encode("utf-16"), "body: expected UTF-8, got another byte at position 0"),
    "nothing": (b"", "body: expected JSON, got an empty body"),
    "text": (b"content=tea", "body: expected JSON, got an error at line 1, column 1"),
    "half an object": (b'{"content":', "body: expected JSON, got an error at line 1, column 12"),
    "two objects": (b"{} {}", "body: expected JSON, got an error at line 1, column 4: Extra data"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "body: expected JSON, got an error at line 1, column 1"),
    "a control character": (b'{"content":"a\nb"}', "body: expected JSON, got an error at line 1, column 14"),
    "single quotes": (b"{'content': 'x'}", "body: expected JSON, got an error at line 1, column 2"),
    "NaN": (b'{"content":NaN}', "body: expected JSON, got NaN"),
    "Infinity": (b'{"content":"x","more":Infinity}', "body: expected JSON, got Infinity"),
    "-Infinity": (b'{"content":"x","more":[-Infinity]}', "body: expected JSON, got -Infinity"),
    "1e999": (b'{"content":"x","more":1e999}', "body: expected numbers below 1.8e308, got a larger one"),
    "-1e999": (b'{"content":"x","more":-1e999}', "body: expected numbers below 1.8e308, got a larger one"),
    "4,301 digits": (
        b'{"content":"x","n":' + b"9" * 4301 + b"}",
        "body: expected integers of at most 4300 digits, got 4301",
    ),
    "5,000 digits": (
        b'{"content":"x","n":' + b"9" * 5000 + b"}",
        "body: expected integers of at most 4300 digits, got 5000",
    ),
    "5,000 digits below 0": (
        b'{"content":"x","n":-' + b"9" * 5000 + b"}",
        "body: expected integers of at most 4300 digits, got 5000",
    ),
    "65 levels": (
        b'{"content":' + b"[" * 64 + b"]" * 64 + b"}",
        "body: expected at most 64 levels of nesting, got more",
    ),
    "100,000 levels, closed": (b"[" * DEEP + b"]" * DEEP, "body: expected at most 64 levels of nesting, got more"),
    "100,000 levels, open": (b"[" * DEEP, "body: expected at most 64 levels of nesting, got more"),
    "100,000 objects, open": (b'{"a":' * DEEP, "body: expected at most 64 levels of nesting, got more"),
    "a lone surrogate": (b'{"content":"\\ud800"}', "content: expected valid Unicode, got a lone surrogate"),
    "a lone low surrogate": (b'{"content":"\\uDFFF x"}', "content: expected valid Unicode, got a lone surrogate"),
    "a lone surrogate below": (
        b'{"content":"x","more":[{"a":"\\udabc"}]}',
        "more: expected valid Unicode, got a lone surrogate",
    ),
    "a lone surrogate as a name": (
        b'{"content":"x","\\ud800":1}',
        "\\ud800: expected valid Unicode, got a lone surrogate",
    ),
    "a lone surrogate as a name below": (
        b'{"content":"x","more":{"\\ud800":1}}',
        "more: expected valid Unicode, got a lone surrogate",
    ),
    "a lone surrogate in a list": (b'["\\ud800"]', "body: expected valid Unicode, got a lone surrogate"),
    "an array": (b"[]", "body: expected a JSON object, got an array"),
    "a string": (b'"content"', "body: expected a JSON object, got a string"),
    "a number": (b"7", "body: expected a JSON object, got a number"),
    "a fraction": (b"7.5", "body: expected a JSON object, got a number"),
    "true": (b"true", "body: expected a JSON object, got a boolean"),
    "null": (b"null", "body: expected a JSON object, got null"),
    "no content": (b"{}", "content is required"),
    "the other's field": (b'{"query":"x"}', "content is required"),
    "an empty content": (b'{"content":""}', "content must not be empty"),
    "a blank content": ('{"content":" \\t\\r\\n\u3000"}'.encode(), "content must not be blank"),
    "null as content": (b'{"content":null}', "content: expected a string, got null"),
    "a number as content": (b'{"content":7}', "content: expected a string, got a number"),
    "a list as content": (b'{"content":["x"]}', "content: expected a string, got an array"),
    "an object as content": (b'{"content":{}}', "content: expected a string, got an object"),
    "true as content": (b'{"content":true}', "content: expected a string, got a boolean"),
    "null as context": (b'{"content":"x","previousContext":null}', "previousContext: expected a string, got null"),
    "a number as context": (
        b'{"content":"x","previousContext":1}',
        "previousContext: expected a string, got a number",
    ),
    "a list as context": (b'{"content":"x","previousContext":[]}', "previousContext: expected a string, got an array"),
    # Two at once: the first of the contract's order is named.
    "not UTF-8, and NaN": (b'{"content":NaN,"x":"\xff"}', "body: expected UTF-8, got another byte"),
    "not JSON, and a lone surrogate": (b'{"content":"\\ud800"', "body: expected JSON, got an error"),
    "NaN, and no content": (b'{"x":NaN}', "body: expected JSON, got NaN"),
    "too deep, and a lone surrogate": (
        b'{"x":"\\ud800","y":' + b"[" * 99 + b"]" * 99 + b"}",
        "body: expected at most 64 levels",
    ),
    "a lone surrogate, and no content": (b'{"x":"\\ud800"}', "x: expected valid Unicode, got a lone surrogate"),
    "no content, and a wrong context": (b'{"previousContext":5}', "content is required"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_400_that_names_the_field_and_changes_nothing(service, name):
    """Each body that cannot be carried out is VALIDATION_ERROR with the field first, in process and over HTTP."""
    body, says = BODIES[name]
    answer = service.call("add", body)
    assert (answer.status, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["error"].startswith(says)
    assert set(answer.json) == {"error", "code"}
    assert answer.headers["content-type"] == "application/json"
    assert service.fake.memories() == []
    assert service.fake.requests()[-1].effect == {}
    assert service.add("afterwards").status == 200


@pytest.mark.parametrize("endpoint", ["search", "details"])
@pytest.mark.parametrize("name", ["not UTF-8", "nothing", "NaN", "5,000 digits", "100,000 levels, open", "an array"])
def test_the_other_endpoints_hold_their_bodies_to_the_same(service, endpoint, name):
    """Search and details refuse what is no JSON object as add does, and count no poll."""
    body, says = BODIES[name]
    answer = service.call(endpoint, body)
    assert (answer.status, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["error"].startswith(says)


def test_a_search_names_its_own_field(service):
    """A search without a query is told that the query is missing."""
    assert service.call("search", {"content": "x"}).json["error"] == "query is required"
    assert service.search("\n").json["error"] == "query must not be blank"


GOOD = {
    "64 levels": b'{"content":"x","more":' + b"[" * 63 + b"]" * 63 + b"}",
    "64 levels, and more beside": b'{"a":[],"content":"x","more":' + b"[" * 63 + b"]" * 63 + b',"b":[{}]}',
    "brackets in a string": json.dumps({"content": "[{" * 5000 + '"\\'}).encode(),
    "4,300 digits": b'{"content":"x","n":' + b"9" * 4300 + b"}",
    "4,300 digits below 0": b'{"content":"x","n":-' + b"9" * 4300 + b"}",
    "a long fraction": b'{"content":"x","n":0.' + b"3" * 9000 + b"}",
    "a pair of surrogates": b'{"content":"\\ud83c\\udf75"}',
    "an escaped backslash before u": b'{"content":"\\\\ud800"}',
    "a name twice": b'{"content":5,"content":"x"}',
    "white space around": b' \r\n\t{"content":"x"}\n',
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_just_within_the_bounds_is_accepted(service, name):
    """The deepest, longest and oddest of what is allowed is stored."""
    assert service.call("add", GOOD[name]).status == 200
    assert len(service.fake.memories()) == 1


def test_unknown_fields_are_accepted_and_noted(service):
    """A field that the service does not know changes nothing but is named in the journal, shortened."""
    fields = {f"field {number} " + "x" * 90: number for number in range(20)}
    assert service.call("add", {"content": "tea", "tags": ["a"], **fields}).status == 200
    assert service.call("details", {"colour": 1}).status == 200
    first, second = (entry.notes[0] for entry in service.fake.requests())
    assert first.startswith("unknown fields: tags, field 0 xxx")
    assert first.endswith("and others")
    assert len(first) < 500
    assert second == "unknown fields: colour"


PATHS = {
    "/": "/api/memory/",
    "/api/memory": "/api/memory/",
    "/api/memory/": "/api/memory/",
    "/api/memory/serach": "/api/memory/search",
    "/api/memory/add/": "/api/memory/add",
    "/api/memory/detail": "/api/memory/details",
    "/API/MEMORY/ADD": "/api/memory/",
    "//api/memory/add": "/api/memory/add",
    "/api/memory/add\n": "/api/memory/add",
    "/ünïcode": "/api/memory/",
    "/" + "a" * 5000: "/api/memory/",
}


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_path_names_the_nearest_route(service, path):
    """A path that is no route is NOT_FOUND and names the route that it is nearest to, with or without a key."""
    for key in ("some-key", None):
        answer = service.call("", {"content": "x"}, path=path, key=key)
        assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")
        assert f"did you mean POST {PATHS[path]}" in answer.json["error"]
        assert len(answer.json["error"]) < 300
    assert service.fake.memories() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "FETCH"])
def test_another_method_is_405_with_allow(service, method):
    """Each method but POST is METHOD_NOT_ALLOWED, with Allow, before the key is looked at."""
    answer = service.call("add", {"content": "x"}, method=method, key=None)
    assert (answer.status, answer.json["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
    assert service.call("", method=method, path="/nowhere").status == 404


def test_head_is_405_without_a_body_on_the_wire(served):
    """HEAD is answered as any wrong method is, with the length of a body that HTTP does not let it have."""
    answer = served.call("add", {"content": "x"}, method="HEAD")
    assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON ; charset=utf-8", 200),
        ("application/problem+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("text/json", 415),
        ("", 415),
        ("application/json, application/json", 415),
        (";", 415),
        ("x" * 5000, 415),
    ],
)
def test_a_content_type_is_json_or_refused(service, kind, status):
    """JSON by any spelling is taken, anything else is UNSUPPORTED_MEDIA_TYPE and says what was seen."""
    answer = service.add(headers={"content-type": kind})
    assert answer.status == status
    if status == 415:
        assert answer.json["code"] == "UNSUPPORTED_MEDIA_TYPE"
        assert f"got {kind.partition(';')[0].strip()[:80].lower() or 'an empty value'}" in answer.json["error"]
        assert service.fake.memories() == []


def test_no_content_type_is_taken_as_json(service):
    """A request that says nothing of its type is read as JSON."""
    assert service.call("add", {"content": "x"}, headers={"content-type": None}).status == 200


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br", "identity, GZIP", "gzip,", "odd"])
def test_a_body_in_a_coding_is_415_and_says_what_is_wanted(service, coding):
    """Any Content-Encoding but identity is refused as it is declared, whatever the body is, and nothing is stored."""
    answer = service.add("tea", headers={"content-encoding": coding})
    assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.json["error"] == f"Content-Encoding: expected identity or none, got {coding.lower()}"
    assert answer.headers["accept-encoding"] == "identity"
    assert service.fake.memories() == []
    entry = service.fake.requests()[-1]
    assert (entry.status, entry.effect, entry.request["content"]) == (415, {}, "tea")


@pytest.mark.parametrize("coding", ["identity", " Identity ", "", "identity, identity"])
def test_a_body_as_it_is_may_say_so(service, coding):
    """The coding that changes nothing is taken."""
    assert service.add(headers={"content-encoding": coding}).status == 200


def test_a_coding_is_looked_at_after_size_and_type_and_before_the_body(service):
    """A body too large is 413 in any coding; of two wrong headers the type is named; a bad body comes last."""
    gzip = {"content-encoding": "gzip"}
    assert service.call("add", BIG, headers=gzip).status == 413
    typed = service.add(headers={**gzip, "content-type": "text/plain"})
    assert typed.json["error"].startswith("Content-Type")
    assert service.call("add", b"\x1f\x8b\x08", headers=gzip).status == 415


# The order of the contract, each as (what it does to a request, its status and code); what is further down has
# nothing to say where something above it is wrong.
ORDER = {
    "path": ({"path": "/api/memory/ad"}, 404, "NOT_FOUND"),
    "method": ({"method": "PUT"}, 405, "METHOD_NOT_ALLOWED"),
    "key": ({"authorization": "Basic x"}, 401, "AUTH_ERROR"),
    "revoked": ({"settings": {"state": "revoked"}}, 401, "AUTH_ERROR"),
    "deleted": ({"settings": {"state": "deleted"}}, 404, "NOT_FOUND"),
    "rights": ({"settings": {"rights": ["search"]}}, 403, "METHOD_NOT_SUPPORTED"),
    "rate": ({"settings": {"rate": "1/60"}}, 429, "RATE_LIMIT"),
    "size": ({"padding": 2 << 20}, 413, "PAYLOAD_TOO_LARGE"),
    "type": ({"content-type": "text/html"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "body": ({"body": b'{"content":""}'}, 400, "VALIDATION_ERROR"),
    "limit": ({"settings": {"limit": 0}}, 429, "USAGE_LIMIT_EXCEEDED"),
}
PAIRS = [pair for pair in itertools.combinations(ORDER, 2) if set(pair) != {"revoked", "deleted"}]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_first_fault_of_the_order_decides(service, key, first, second):
    """Of two faults in one request the one that comes first in the contract gives the answer, and nothing changes."""
    made = {**ORDER[first][0], **ORDER[second][0]}
    settings = {**ORDER[first][0].get("settings", {}), **ORDER[second][0].get("settings", {})}
    if "rate" in settings:
        service.fake.configure(key=key, rate="1/60")
        service.details()
    service.fake.configure(key=key, **settings)
    headers = {name: made[name] for name in ("authorization", "content-type") if name in made}
    body = made.get("body", b'{"content":"x"}') + b" " * made.get("padding", 0)
    answer = service.call("add", body, method=made.get("method", "POST"), path=made.get("path"), headers=headers)
    assert (answer.status, answer.json["code"]) == ORDER[first][1:]
    assert service.fake.memories() == []


def test_a_content_over_its_limit_is_refused_before_the_usage_limit(service):
    """A content too large is 413 where the limit is reached too."""
    service.fake.configure(max_content=3, limit=0)
    answer = service.add("teas")
    assert (answer.status, answer.json["error"]) == (413, "content: expected at most 3 bytes, got 4")


@pytest.mark.parametrize("declared", ["2097153", "9" * 18, "9" * 19, "9" * 25])
def test_a_length_that_is_declared_too_large_is_413_unread(local, declared):
    """Content-Length alone decides where it is above the limit, however many digits it has."""
    answer = local.add(headers={"content-length": declared})
    assert (answer.status, answer.json["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("declared", ["", "-1", "²", "abc", "0000000000000000000000000000005"])
def test_a_length_that_is_no_number_is_not_held_against_a_body(local, declared):
    """Where Content-Length says nothing usable the body itself is measured."""
    assert local.add(headers={"content-length": declared}).status == 200


def head(path="/api/memory/add", *lines, method="POST", key="raw-socket-key"):
    return "\r\n".join(
        [
            f"{method} {path} HTTP/1.1",
            "host: localhost",
            *([f"authorization: Bearer {key}"] if key else []),
            *lines,
            "",
            "",
        ]
    ).encode("latin-1")


BODY = b'{"content":"x"}'
LENGTH = f"content-length: {len(BODY)}"
RAW = {
    "two keys": (head("/api/memory/add", "authorization: Bearer other", LENGTH) + BODY, 401, "AUTH_ERROR"),
    "the same key twice": (
        head("/api/memory/add", "Authorization: Bearer raw-socket-key", LENGTH) + BODY,
        401,
        "AUTH_ERROR",
    ),
    "a key that is not ASCII": (
        head("/api/memory/add", "authorization: Bearer schl\xfcssel", LENGTH, key=None) + BODY,
        401,
        "AUTH_ERROR",
    ),
    "two types": (
        head("/api/memory/add", "content-type: application/json", "content-type: text/plain", LENGTH) + BODY,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "an absolute target of no route": (head("http://localhost/api/memory/ad", LENGTH) + BODY, 404, "NOT_FOUND"),
    "an absolute target without a path": (head("http://localhost?y=1", LENGTH) + BODY, 404, "NOT_FOUND"),
    "an absolute target in the path": (head("/http://x/api/memory/add", LENGTH) + BODY, 404, "NOT_FOUND"),
    "an absolute target of another scheme": (head("ftp://x/api/memory/add", LENGTH) + BODY, 404, "NOT_FOUND"),
    "a bare star": (head("*", "content-length: 0", method="OPTIONS"), 404, "NOT_FOUND"),
    "bytes in the path": (head("/api/memory/%ff%fe%00", LENGTH) + BODY, 404, "NOT_FOUND"),
    "no length and no body": (head(), 400, "VALIDATION_ERROR"),
    "an empty chunked body": (
        head("/api/memory/add", "transfer-encoding: chunked") + b"0\r\n\r\n",
        400,
        "VALIDATION_ERROR",
    ),
    "chunks over the limit": (
        head("/api/memory/add", "transfer-encoding: chunked") + b"300000\r\n" + b" " * 0x300000 + b"\r\n0\r\n\r\n",
        413,
        "PAYLOAD_TOO_LARGE",
    ),
    "a length over the limit, and no body": (
        head("/api/memory/add", "content-length: 300000000"),
        413,
        "PAYLOAD_TOO_LARGE",
    ),
    "a length over the limit, and no key": (
        head("/api/memory/add", "content-length: 300000000", key=None),
        401,
        "AUTH_ERROR",
    ),
    "another verb of HTTP": (head("/api/memory/add", LENGTH, method="BREW") + BODY, 405, "METHOD_NOT_ALLOWED"),
}


@with_both_parsers
@pytest.mark.parametrize("name", RAW)
def test_what_no_client_library_sends_has_the_same_answers(served, raw, name):
    """On a raw socket too the stated status and code are given, and nothing is stored."""
    sent, status, code = RAW[name]
    got, value = raw(served.url, sent)
    assert (got, value["code"]) == (status, code)
    assert served.fake.memories() == []


@with_both_parsers
@pytest.mark.parametrize("target", ["http://localhost", "HTTPS://[::1]:8642", "http://a.localhost:80"])
def test_a_target_in_absolute_form_is_the_path_that_is_in_it(served, raw, target):
    """What a proxy sends, `POST http://host/path`, is taken as `POST /path`, in the journal and the control API too."""
    status, _ = raw(served.url, head(f"{target}/api/memory/%61dd", LENGTH) + BODY)
    assert status == 200
    assert served.fake.requests()[-1].path == "/api/memory/add"
    status, answer = raw(served.url, head(f"{target}/_fake/memories?key=raw-socket-key", method="GET"))
    assert (status, [each["content"] for each in answer["memories"]]) == (200, ["x"])


@with_both_parsers
@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\nbad header\r\n\r\n",
        b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n",
        b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + b"9" * 30 + b"\r\n\r\n",
        b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_400_or_a_closed_connection(served, talk, sent):
    """Bytes that are no HTTP never make a 500, and the server goes on."""
    try:
        got = talk(served.url, sent)
    except ConnectionError:
        got = b""
    assert not got.startswith(b"HTTP/1.1 5")
    assert not got or got.split()[1] in {b"400", b"401", b"413", b"431"}
    assert served.add().status == 200


def test_a_fake_of_its_own_never_raises_for_an_odd_request():
    """Even what no HTTP carries, an empty path or a surrogate in one, is answered in process."""
    fake = Fake()
    for path in ("", "\ud800", "/api/memory/add\x00"):
        reply = fake.decide(Request("\ud800", path, {"x": "\ud800"}, b"\x00"))
        assert reply.status == 404
    assert [entry.as_dict()["status"] for entry in fake.requests()] == [404] * 3
    assert [entry.line() for entry in fake.requests()]
