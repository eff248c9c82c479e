"""The shape of an operation of the control API: parameters, statuses, headers, streams, and what is refused."""

from __future__ import annotations

import anyio
import httpx
import pytest

from fake_server import Fake
from fake_server.control.answers import Answer
from fake_server.control.asked import RefusedError
from fake_server.control.desk import Desk
from fake_server.control.operations import Operation
from fake_server.control.routes import READING, control_app


def ask(table, method, path, body=b""):
    """Send one request to an app of these operations."""

    async def send():
        transport = httpx.ASGITransport(control_app(Desk(Fake()), table))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, content=body)

    return anyio.run(send)


def test_an_action_is_given_path_query_fields_and_headers():
    """An action reads the parameters of its path, the query beside a body, and the headers."""

    def action(asked):
        return {
            "path": dict(asked.path),
            "query": dict(asked.query),
            "fields": dict(asked.fields),
            "match": asked.headers.get("if-match"),
        }

    table = {
        "/things/{id}": {
            "POST": Operation(action, query={"force": {}}),
            "DELETE": Operation(action, query={"force": {}}),
        }
    }
    assert ask(table, "POST", "/things/a%20b?force=true", b'{"x":1}').json() == {
        "path": {"id": "a b"},
        "query": {"force": "true"},
        "fields": {"x": 1},
        "match": None,
    }
    assert ask(table, "DELETE", "/things/7?force=true").json()["fields"] == {"force": "true"}


def test_an_answer_has_a_status_headers_and_a_type():
    """An action may answer with more than JSON and 200."""

    def action(_asked):
        return Answer("text", 201, {"ETag": '"1"'}, "text/plain")

    got = ask({"/x": {"POST": Operation(action)}}, "POST", "/x")
    assert (got.status_code, got.text, got.headers["etag"]) == (201, "text", '"1"')
    assert got.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_stream_is_sent_piece_by_piece_and_a_head_reads_none_of_it(kind):
    """A stream of either kind becomes the body; a HEAD of it draws no piece."""
    drawn = []

    def pieces():
        for piece in (b"a", b"b"):
            drawn.append(piece)
            yield piece

    async def later():
        for piece in pieces():
            yield piece

    def action(_asked):
        return Answer(pieces() if kind == "sync" else later(), media_type="application/jsonl")

    table = {"/x": {"GET": Operation(action, live=True)}}
    assert ask(table, "HEAD", "/x").content == b""
    assert drawn == []
    assert ask(table, "GET", "/x").content == b"ab"


def test_an_action_that_reads_the_body_itself_is_given_its_chunks():
    """A coroutine action reads a body of any form by itself."""

    async def action(asked):
        return {"bytes": sum([len(chunk) async for chunk in asked.chunks]), "fields": dict(asked.fields)}

    table = {"/x": {"POST": Operation(action, reads_body=True)}}
    assert ask(table, "POST", "/x", b"no JSON").json() == {"bytes": 7, "fields": {}}


def test_a_refusal_may_have_further_fields():
    """A refused request is answered with its error, its code and what else the action says."""

    def action(_asked):
        raise RefusedError(409, "CHANGED_SINCE", "changed", calls=5)

    got = ask({"/x": {"POST": Operation(action)}}, "POST", "/x")
    assert (got.status_code, got.json()) == (409, {"error": "changed", "code": "CHANGED_SINCE", "calls": 5})


def test_what_a_link_may_open_is_every_get_that_ends():
    """The paths that only read are those of a GET, and nothing else."""
    assert "/_fake/requests" in READING
    assert "/_fake/reset" not in READING
    assert "/_fake/requests/x" not in READING
