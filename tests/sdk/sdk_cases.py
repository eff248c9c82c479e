"""The hostile table: what a server does to a call, and what the SDK makes of it."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from raw_server import Act, drip, endless, reply, reset, silence, then_reset

MEMORY = "The launch moved to the ninth of May, says Petra"
KEY_ECHO = "sk-om-live-0123456789abcdef"


@dataclass(frozen=True)
class Case:
    """One row: the acts of the server, the operation, and what is expected of it, as `observed` writes it."""

    name: str
    acts: Tuple[Act, ...]
    expected: str
    operation: str = "add"
    says: Tuple[str, ...] = ()
    options: Dict[str, Any] = field(default_factory=dict)
    real_time: bool = False


def _case(name: str, *acts: Act, expected: str, **more: Any) -> Case:
    return Case(name, acts, expected, **more)


def error(kind: str, status: Any = None, outcome: str = "unknown", attempts: int = 1, code: Any = None) -> str:
    """Return the words for an error of that kind."""
    parts = [kind, f"status {status}", f"code {code}", f"outcome {outcome}", f"{attempts} attempt(s)"]
    return ", ".join(part for part in parts if not part.endswith(" None"))


OK = reply(200, b'{"success": true, "id": "rec_1"}')
UNUSABLE = error("APIError", 200)


def _successes() -> List[Case]:
    return [
        _case("201 with a body", reply(201), expected="success"),
        _case("202 with an empty body, add", reply(202, b""), expected="success"),
        _case("204, add", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", expected="success"),
        _case("200 with blanks only, add", reply(200, b" \r\n "), expected="success"),
        _case(
            "204, get",
            b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
            operation="get",
            expected=error("APIError", 204),
            says=("expected JSON, got an empty body",),
        ),
        _case("200 with an empty body, details", reply(200, b""), operation="details", expected=UNUSABLE),
        _case(
            "chunked",
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"success":true}\r\n0\r\n\r\n',
            expected="success",
        ),
        _case("an interim 100 before the answer", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, expected="success"),
        _case(
            "an envelope",
            reply(200, b'{"success": true, "data": {"usage": 3}}'),
            operation="details",
            expected="success",
        ),
        _case("no content type", reply(200, b"{}", content_type=""), expected="success"),
        _case(
            "gzip that was not asked for", reply(200, gzip.compress(b"{}"), content_encoding="gzip"), expected="success"
        ),
        _case(
            "deflate that was not asked for",
            reply(200, zlib.compress(b"{}"), content_encoding="deflate"),
            expected="success",
        ),
    ]


def _lies() -> List[Case]:
    html = b"<html><body>Please sign in to the hotel's network</body></html>"
    deep = b"[" * 200_000
    return [
        _case(
            "200 with HTML",
            reply(200, html, content_type="text/html"),
            expected=UNUSABLE,
            says=("status 200", "text/html", "expected JSON, got text that is not JSON", "<html><body>Please"),
        ),
        _case("200 with JSON cut short", reply(200, b'{"success": tr'), expected=UNUSABLE, says=("expected JSON",)),
        _case("200 with a list", reply(200, b"[1, 2]"), expected=UNUSABLE, says=("got an array", "application/json")),
        _case("200 with a string", reply(200, b'"fine"'), expected=UNUSABLE, says=("got a string",)),
        _case("200 with null", reply(200, b"null"), expected=UNUSABLE),
        _case(
            "200 that is not UTF-8", reply(200, b'\xff\xfe{"success": true}'), expected=UNUSABLE, says=("is not UTF-8",)
        ),
        _case(
            "200 with UTF-16 and its byte order mark",
            reply(200, '{"success": true}'.encode("utf-16")),
            expected="success",
        ),
        _case("200 with a byte order mark", reply(200, b'\xef\xbb\xbf{"success": true}'), expected="success"),
        _case("200, 200,000 levels deep", reply(200, deep), expected=UNUSABLE, says=("nested too deep",)),
        _case(
            "200, 90 levels deep", reply(200, b'{"a":' * 90 + b"1" + b"}" * 90), expected=UNUSABLE, says=("too deep",)
        ),
        _case(
            "200 with NaN",
            reply(200, b'{"usage": NaN}'),
            operation="details",
            expected="success",
            says=("unreadable={'usage': nan}",),
        ),
        _case(
            "200 with Infinity",
            reply(200, b'{"usage": -Infinity}'),
            operation="details",
            expected="success",
            says=("unreadable={'usage': -inf}",),
        ),
        _case(
            "200 with an integer of 5,000 digits",
            reply(200, b'{"limit": 5, "usage": ' + b"9" * 5000 + b"}"),
            operation="details",
            expected="success",
            says=("limit=5", "unreadable={'usage': '9999"),
        ),
        _case(
            "200 with a lone surrogate",
            reply(200, b'{"pending_id": "\\ud800"}'),
            operation="get",
            expected="success",
            says=("pending_id='?'",),
        ),
        _case(
            "200 with a field of the wrong type",
            reply(200, b'{"pending_id": {"a": 1}}'),
            operation="get",
            expected="success",
            says=("unreadable={'pending_id': {'a': 1}}",),
        ),
        _case(
            "200 with usage as a text",
            reply(200, b'{"usage": "many"}'),
            operation="details",
            expected="success",
            says=("unreadable={'usage': 'many'}",),
        ),
        _case(
            "200 with usage as the text of a number",
            reply(200, b'{"usage": "5"}'),
            operation="details",
            expected="success",
            says=("usage=5",),
        ),
        _case(
            "200 with results that are no list",
            reply(200, b'{"results": 3}'),
            operation="get",
            expected="success",
            says=("unreadable={'results': 3}",),
        ),
        _case(
            "200 with a record that is no object",
            reply(200, b'{"results": [3, {"content": "tea"}]}'),
            operation="get",
            expected="success",
            says=("unreadable={'results.0': 3}", "content='tea'"),
        ),
        _case(
            "200 with fields of other types beside the results",
            reply(200, b'{"results": [{"id": 5, "score": "0.9", "content": "tea"}], "tokens": {"in": 3}}'),
            operation="get",
            expected="success",
            says=("id=5, score='0.9', content='tea'", "tokens={'in': 3}"),
        ),
        _case("200 with success as a text", reply(200, b'{"success": "yes"}'), expected="success"),
        _case(
            "200 with success as a text that is no answer",
            reply(200, b'{"success": "perhaps"}'),
            expected=UNUSABLE,
            says=("does not say that the memory was stored", "search for it before adding it again"),
        ),
        _case(
            "200 with only a message",
            reply(200, b'{"message": "Down for maintenance"}'),
            expected=UNUSABLE,
            says=("does not say that the memory was stored: Down for maintenance", "before adding it again"),
        ),
        _case(
            "200 with only a message, get",
            reply(200, b'{"message": "Down for maintenance"}'),
            operation="get",
            expected=UNUSABLE,
            says=("holds nothing of what was asked for: Down for maintenance",),
        ),
        _case("200 with a message of one known word", reply(200, b'{"message": "Stored."}'), expected="success"),
        _case(
            "200 with success: true above success: false",
            reply(200, b'{"success": true, "data": {"success": false, "error": "full"}}'),
            expected=UNUSABLE,
            says=("full",),
        ),
        _case(
            "200 with success: true and errors",
            reply(200, b'{"success": true, "errors": [{"message": "full"}]}'),
            expected=UNUSABLE,
            says=("full",),
        ),
        _case(
            "200 with success: false",
            reply(200, b'{"success": false, "error": "The memory is full", "code": "FULL"}'),
            expected=error("APIError", 200, "refused", code="FULL"),
            says=("The memory is full",),
        ),
        _case(
            "200 with success: false and nothing else",
            reply(200, b'{"success": false}'),
            expected=error("APIError", 200, "refused"),
        ),
        _case(
            "200 with an error and no success",
            reply(200, b'{"error": {"message": "No"}}'),
            expected=UNUSABLE,
            says=("No",),
        ),
        _case(
            "200 with gzip that is none", reply(200, b"{}", content_encoding="gzip"), operation="get", expected=UNUSABLE
        ),
        _case("200 with a coding that is not known", reply(200, b"\x8b\x00", content_encoding="br"), expected=UNUSABLE),
    ]


def _statuses() -> List[Case]:
    body = json.dumps({"error": "Not today", "code": "NO"}).encode()
    kinds = {
        400: "ValidationError",
        401: "AuthenticationError",
        403: "MethodNotSupportedError",
        404: "NotFoundError",
        409: "APIError",
        413: "APIError",
        418: "APIError",
        422: "ValidationError",
    }
    final = [
        _case(
            f"{status}",
            reply(status, body, x_request_id="req-7"),
            expected=error(kind, status, "refused", code="NO"),
            says=("Not today", "request id req-7"),
        )
        for status, kind in kinds.items()
    ]
    retried = {
        408: ("APIError", "refused"),
        425: ("APIError", "refused"),
        429: ("RateLimitError", "refused"),
        500: ("InternalServerError", "unknown"),
        501: ("InternalServerError", "unknown"),
        502: ("InternalServerError", "unknown"),
        503: ("InternalServerError", "unknown"),
        504: ("InternalServerError", "unknown"),
        599: ("InternalServerError", "unknown"),
    }
    repeated = [
        _case(f"{status}", reply(status, body), expected=error(kind, status, outcome, 2, "NO"), says=("Not today",))
        for status, (kind, outcome) in retried.items()
    ]
    return [
        *final,
        *repeated,
        _case("500, then success", reply(500, body), OK, expected="success"),
        _case("a status that does not exist", reply(799, b""), expected=error("APIError", 799), says=("799",)),
        _case("400 with x-should-retry: true", reply(400, body, x_should_retry="true"), OK, expected="success"),
        _case(
            "503 with x-should-retry: false",
            reply(503, body, x_should_retry="false"),
            expected=error("InternalServerError", 503, code="NO"),
        ),
        _case(
            "302",
            reply(302, b"", location="https://elsewhere.example/steal?token=1"),
            expected=error("APIError", 302),
            says=("redirect to elsewhere.example",),
        ),
        _case("307 without a Location", reply(307, b""), expected=error("APIError", 307), says=("without a location",)),
        _case("308 to nonsense", reply(308, b"", location="http://[::1"), expected=error("APIError", 308)),
    ]


def _error_bodies() -> List[Case]:
    bodies: Dict[str, Tuple[bytes, str]] = {
        "an object": (b'{"error": "Words", "code": "C"}', "Words"),
        "a nested object": (b'{"error": {"message": "Words", "code": "C"}}', "Words"),
        "message": (b'{"message": "Words"}', "Words"),
        "detail": (b'{"detail": "Words"}', "Words"),
        "a detail list": (b'{"detail": [{"loc": ["body"], "msg": "Words"}]}', "Words"),
        "a list": (b'["Words"]', "Words"),
        "a string": (b'"Words"', "Words"),
        "null": (b"null", "the service answered 500 (Internal Server Error)"),
        "a number": (b"7", "the service answered 500"),
        "an object of nothing": (b'{"error": null}', "the service answered 500"),
        "HTML": (b"<html>Bad gateway</html>", "the service answered 500"),
        "nothing": (b"", "the service answered 500"),
        "not UTF-8": (b"\xff\xff", "the service answered 500"),
        "200,000 levels deep": (b"[" * 200_000, "the service answered 500"),
        "a message of a megabyte": (b'"' + b"w" * 1_000_000 + b'"', "wwww"),
        "brotli": (b"\x8b\x02", "the service answered 500"),
    }
    return [
        Case(
            f"500 whose body is {name}",
            (reply(500, body, **({"content_encoding": "br"} if name == "brotli" else {})),),
            error("InternalServerError", 500, attempts=2, code="C" if b'"C"' in body else None),
            says=(says,),
        )
        for name, (body, says) in bodies.items()
    ]


def _retry_afters() -> List[Case]:
    body = b'{"error": "Slow down", "code": "RATE_LIMIT"}'
    values = {
        "2": "waits 2",
        "1.5": "waits 1.5",
        "0": "backs off",
        "-5": "backs off",
        "nan": "backs off",
        "inf": "backs off",
        "abc": "backs off",
        "": "backs off",
        "Tue, 14 Nov 2023 22:13:27 GMT": "waits 7",
        "Mon, 01 Jan 2001 00:00:00 GMT": "backs off",
        "Mon, 99 Foo 2001": "backs off",
        "86400": "raises",
        "60.5": "raises",
        "9" * 400: "raises",
        "Fri, 31 Dec 9999 23:59:59 GMT": "raises",
    }
    rows = []
    for value, what in values.items():
        limited = reply(429, body, retry_after=value)
        name = f"429 with Retry-After: {value if len(value) < 40 else '400 nines'}"
        if what == "raises":
            expected = error("RateLimitError", 429, "refused", code="RATE_LIMIT")
            rows.append(Case(name, (limited,), expected, says=("and max_retry_delay is",)))
        else:
            rows.append(Case(name, (limited, OK), f"success, {what}"))
    return [
        *rows,
        _case(
            "429 with retry-after-ms: 2500", reply(429, body, retry_after_ms="2500"), OK, expected="success, waits 2.5"
        ),
        *[
            _case(
                f"{status} with Retry-After: 3", reply(status, body, retry_after="3"), OK, expected="success, waits 3"
            )
            for status in (408, 425, 500, 502, 503, 504)
        ],
    ]


def _connections() -> List[Case]:
    lost = error("APIConnectionError", attempts=2)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    return [
        _case("closed before the answer", lambda connection: None, expected=lost, says=("add got no answer",)),
        _case("reset before the answer", reset, expected=lost, says=("add got no answer",)),
        _case("reset in the head", then_reset(b"HTTP/1.1 20"), expected=lost),
        _case("reset in the body", then_reset(head + b"Content-Length: 400\r\n\r\n{"), expected=lost),
        _case("reset after the answer", then_reset(OK, patience=30), expected="success"),
        _case(
            "shorter than its Content-Length",
            head + b"Content-Length: 400\r\nConnection: close\r\n\r\n{}",
            expected=lost,
        ),
        _case(
            "chunked without a last chunk",
            head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n",
            expected=lost,
        ),
        _case(
            "a chunk size that is no number",
            head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
            expected=lost,
        ),
        _case("not HTTP", b"SSH-2.0-OpenSSH_9.7 connection: close\r\n\r\n", expected=lost),
        _case("a head of a megabyte", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000, expected=lost),
        _case("closed, then success", lambda connection: None, OK, expected="success"),
    ]


def _sizes() -> List[Case]:
    gib = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\nConnection: close\r\n\r\n"
    large = error("APIError", 200)
    bomb = gzip.compress(b" " * 50_000_000 + b"{}")
    says = ("max_response_bytes",)
    return [
        _case("1 GiB announced", endless(gib, b" " * 65536), expected=large, says=says),
        _case("1 GiB, not announced", endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536), expected=large, says=says),
        _case("a Content-Length of 19 digits", reply(200, b"{}", content_length="9" * 19), expected=large, says=says),
        _case("a gzip bomb", reply(200, bomb, content_encoding="gzip"), operation="get", expected=large, says=says),
        _case(
            "500 with 1 GiB",
            endless(gib.replace(b"200 OK", b"500 No"), b"x" * 65536),
            expected=error("InternalServerError", 500, attempts=2),
        ),
        _case(
            "a body of exactly max_response_bytes",
            reply(200, b"{}"),
            expected="success",
            options={"max_response_bytes": 2},
        ),
        _case(
            "a body of one byte more", reply(200, b"{} "), expected=large, says=says, options={"max_response_bytes": 2}
        ),
    ]


def _times() -> List[Case]:
    slow = {"timeout": 1.0, "max_retries": 0}
    late = {"deadline": 1.0, "timeout": 60.0, "max_retries": 0}
    timeout = error("APITimeoutError")
    return [
        _case("never answers", silence, expected=timeout, says=("read timeout of 1 s",), options=slow, real_time=True),
        _case(
            "never answers, with a mapping",
            silence,
            expected=timeout,
            says=("read timeout of 0.1 s",),
            options={"timeout": {"read": 0.1}, "max_retries": 0},
            real_time=True,
        ),
        _case(
            "a head that drips, under a deadline",
            drip(OK, 0.1),
            expected=timeout,
            says=("deadline of 1 s",),
            options=late,
            real_time=True,
        ),
        _case(
            "a body that drips, under a deadline",
            drip(reply(200, b" " * 500), 0.005),
            expected=timeout,
            says=("deadline of 1 s",),
            options=late,
            real_time=True,
        ),
        _case(
            "503 for ever, under a deadline",
            reply(503, b""),
            expected=error("InternalServerError", 503),
            says=("would exceed the deadline",),
            options={"deadline": 0.5, "retry_delay": 5.0},
        ),
    ]


def _echoes() -> List[Case]:
    return [
        _case(
            "an error that repeats the key and the memory",
            reply(400, json.dumps({"error": f"{KEY_ECHO} may not store {MEMORY}", "code": KEY_ECHO}).encode()),
            expected=error("ValidationError", 400, "refused", code="[key]"),
            says=("[key] may not store [text]",),
        ),
        _case(
            "an error that repeats part of the memory",
            reply(400, json.dumps({"error": f"bad: {MEMORY[:30]}..."}).encode()),
            expected=error("ValidationError", 400, "refused"),
            says=("bad: [text]",),
        ),
        _case(
            "a captive portal that repeats the key",
            reply(200, f"<p>{KEY_ECHO} {MEMORY}".encode()),
            expected=UNUSABLE,
            says=("[key] [text]",),
        ),
        _case(
            "a request id that is the key",
            reply(401, b"", x_request_id=KEY_ECHO),
            expected=error("AuthenticationError", 401, "refused"),
            says=("request id [key]",),
        ),
    ]


CASES: List[Case] = [
    *_successes(),
    *_lies(),
    *_statuses(),
    *_error_bodies(),
    *_retry_afters(),
    *_connections(),
    *_sizes(),
    *_times(),
    *_echoes(),
]
