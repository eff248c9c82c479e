"""Tools that mock HTTP: a program gets the answers that it set up there, and a wrong program fails."""

from __future__ import annotations

import pytest

PROGRAMS = {
    "respx": """
import httpx
import respx
from octamem import OctaMem, OctaMemError

@respx.mock(base_url="https://platform.octamem.com")
def test_right(respx_mock):
    route = respx_mock.post("/api/memory/add").mock(
        side_effect=[httpx.Response(503), httpx.Response(200, json={"success": True, "id": "rec_1"})]
    )
    assert OctaMem("sk-om-live-0000000001", retry_delay=0.001).add(content="Tea at four").success
    assert route.call_count == 2

@respx.mock(base_url="https://platform.octamem.com")
def test_wrong(respx_mock):
    respx_mock.post("/api/memory/search").mock(return_value=httpx.Response(200, json={"results": []}))
    OctaMem("sk-om-live-0000000001", max_retries=0).add(content="Tea at four")
""",
    "pytest-httpx": """
from octamem import OctaMem

def test_right(httpx_mock):
    httpx_mock.add_response(url="https://platform.octamem.com/api/memory/add", status_code=503)
    httpx_mock.add_response(url="https://platform.octamem.com/api/memory/add", json={"success": True, "id": "rec_1"})
    assert OctaMem("sk-om-live-0000000001", retry_delay=0.001).add(content="Tea at four").success
    assert len(httpx_mock.get_requests()) == 2

def test_wrong(httpx_mock):
    httpx_mock.add_response(url="https://platform.octamem.com/api/memory/search", json={"results": []})
    OctaMem("sk-om-live-0000000001", max_retries=0).add(content="Tea at four")
""",
    "vcrpy": """
import vcr
from octamem import OctaMem

def recorded(tmp_path, server):
    cassette = str(tmp_path / "calls.yaml")
    client = OctaMem(server.api_key, base_url=server.url, max_retries=0)
    with vcr.use_cassette(cassette, filter_headers=["authorization"]):
        client.add(content="Tea at four")
    assert server.api_key not in (tmp_path / "calls.yaml").read_text()
    return client, vcr.use_cassette(cassette, filter_headers=["authorization"], record_mode="none")

def test_right(tmp_path, octamem_server):
    client, replayed = recorded(tmp_path, octamem_server)
    with replayed as tape:
        assert client.add(content="Tea at four").success
        assert tape.play_count == 1
    assert len(octamem_server.fake.requests()) == 1

def test_wrong(tmp_path, octamem_server):
    client, replayed = recorded(tmp_path, octamem_server)
    with replayed:
        client.get(query="tea")
""",
    "respx beside octamem_mock": """
import httpx
import respx
from octamem import OctaMem
from octamem_testing import assert_stored_once

@respx.mock(assert_all_mocked=False)
def test_right(octamem_mock, respx_mock):
    respx_mock.get("https://example.org/").mock(return_value=httpx.Response(200, text="theirs"))
    assert httpx.get("https://example.org/").text == "theirs"
    OctaMem().add(content="Tea at four")
    assert_stored_once(octamem_mock, "Tea at four")

@respx.mock(assert_all_mocked=False)
def test_wrong(octamem_mock, respx_mock):
    respx_mock.get("https://example.org/").mock(return_value=httpx.Response(200, text="theirs"))
    assert httpx.get("https://example.org/").text == "theirs"
    assert_stored_once(octamem_mock, "Tea at four")
""",
}

REASONS = {
    "respx": "not mocked",
    "pytest-httpx": "No response can be found",
    "vcrpy": "no recorded interaction",
    "respx beside octamem_mock": "stored 0 times",
}


@pytest.mark.parametrize("tool", PROGRAMS)
def test_a_mock_of_somebody_else_is_respected(judge, tool):
    """The right program gets the answers that it set up, and the wrong one fails and says why."""
    verdicts = judge(PROGRAMS[tool])
    assert verdicts.outcomes == {"right": "passed", "wrong": "failed"}, verdicts.said
    assert REASONS[tool] in verdicts.said["wrong"]
