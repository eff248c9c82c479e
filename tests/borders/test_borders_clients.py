"""Other HTTP clients: octamem_mock answers httpx2, requests, urllib3 and aiohttp, and the door is shut for them."""

from __future__ import annotations

from importlib import import_module

import pytest

import_module("vcr")  # else each inner run would load a copy of yaml, whose classes do not know each other

CLIENTS = {
    "httpx2": """
        import httpx2

        def post(content, timeout=30):
            answer = httpx2.post(URL, json={"content": content}, headers=HEADERS, timeout=timeout)
            return answer.status_code, answer.json()
    """,
    "httpx2-async": """
        import asyncio
        import httpx2

        def post(content, timeout=30):
            async def main():
                async with httpx2.AsyncClient(timeout=timeout) as client:
                    answer = await client.post(URL, json={"content": content}, headers=HEADERS)
                    return answer.status_code, answer.json()

            return asyncio.run(main())
    """,
    "requests": """
        import requests

        def post(content, timeout=30):
            answer = requests.post(URL, json={"content": content}, headers=HEADERS, timeout=timeout)
            return answer.status_code, answer.json()
    """,
    "urllib3": """
        import urllib3

        pool = urllib3.PoolManager()  # kept from test to test

        def post(content, timeout=30):
            options = {"headers": HEADERS, "timeout": timeout, "retries": False}
            answer = pool.request("POST", URL, json={"content": content}, **options)
            return answer.status, answer.json()
    """,
    "aiohttp": """
        import asyncio
        import aiohttp

        def post(content, timeout=30):
            async def main():
                limit = aiohttp.ClientTimeout(timeout)
                async with aiohttp.ClientSession(timeout=limit) as session:
                    async with session.post(URL, json={"content": content}, headers=HEADERS) as answer:
                        return answer.status, await answer.json()

            return asyncio.run(main())
    """,
}
PROGRAMS = """
import contextlib
import json

import pytest

from octamem_testing import assert_stored_once

URL = "https://platform.octamem.com/api/memory/add"
HEADERS = {"Authorization": "Bearer sk-some-key"}

# CLIENT

@pytest.mark.parametrize("n", range(3))
def test_right(octamem_mock, n):
    status, answer = post("Tea is at four.")
    assert (status, answer["success"]) == (200, True)
    assert_stored_once(octamem_mock, "Tea is at four.")

@pytest.mark.octamem(faults="add: 503")
def test_status(octamem_mock):
    assert post("Tea is at four.")[0] == 503

@pytest.mark.parametrize("fault", ["reset", "close", "hang", "slow(20s)", "truncate", "truncate(chunked)", "drip(60s)"])
def test_fault(octamem_mock, fault):
    octamem_mock.faults(f"add: {fault}")
    with pytest.raises(Exception):
        post("Tea is at four.", timeout=0.5)

def test_slow(octamem_mock):
    octamem_mock.faults("add: drip(4s)")
    assert post("Tea is at four.")[1]["success"]

def test_wrong(octamem_mock):
    octamem_mock.faults("add: reset @after")
    for _ in range(2):
        with contextlib.suppress(Exception):
            post("Tea is at four.")
    assert_stored_once(octamem_mock, "Tea is at four.")

def test_wrong_path(octamem_mock):
    global URL
    right, URL = URL, URL.replace("/add", "/save")
    try:
        assert post("Tea is at four.")[0] == 404
    finally:
        URL = right

def test_wrong_fixture(octamem_client):
    with contextlib.suppress(Exception):
        post("Tea is at four.")
"""


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_is_caught_or_refused(judge, name):
    """It meets answers and faults as over a socket, in no time, and reaches the service from no test of the kit."""
    verdicts = judge(PROGRAMS.replace("# CLIENT", "\n".join(line[8:] for line in CLIENTS[name].splitlines())))
    failed = {test for test, outcome in verdicts.outcomes.items() if outcome != "passed"}
    assert failed == {"wrong", "wrong_path", "wrong_fixture"}, verdicts.said
    assert len(verdicts.outcomes) == 15
    assert "stored 2 times" in verdicts.said["wrong"]
    assert "use octamem_mock" in verdicts.said["wrong_fixture"]


MOCKS = {
    "respx": """
        import respx

        @respx.mock
        def test_right(octamem_client):
            route = respx.post(URL).respond(json={"success": True})
            assert httpx.post(URL).json() == {"success": True}
            assert route.called
    """,
    "pytest-httpx": """
        def test_right(octamem_client, httpx_mock):
            httpx_mock.add_response(json={"success": True})
            assert httpx.post(URL).json() == {"success": True}
    """,
    "responses": """
        import requests
        import responses

        @responses.activate
        def test_right(octamem_client):
            responses.post(URL, json={"success": True})
            assert requests.post(URL).json() == {"success": True}
    """,
    "vcrpy": """
        import vcr

        CASSETTE = '''
        interactions:
        - request: {body: '', headers: {}, method: POST, uri: 'https://platform.octamem.com/api/memory/add'}
          response:
            body: {string: '{"success": true}'}
            headers: {content-type: [application/json]}
            status: {code: 200, message: OK}
        version: 1
        '''

        def test_right(octamem_client, tmp_path):
            (tmp_path / "tape.yaml").write_text("\\n".join(CASSETTE.splitlines()))
            with vcr.use_cassette(str(tmp_path / "tape.yaml"), record_mode="none"):
                assert httpx.post(URL).json() == {"success": True}
    """,
    "pytest-socket": """
        def test_right(octamem_client, octamem_fake, socket_disabled):
            octamem_client.add(content="Tea is at four.")
            assert len(octamem_fake.memories()) == 1
    """,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("tool", MOCKS)
def test_what_another_mock_answers_is_allowed(judge, tool):
    """The door is below the mocks of others: what they answer opens no connection, and the rest is refused."""
    body = "\n".join(line[8:] for line in MOCKS[tool].splitlines())
    verdicts = judge(
        f"""
import contextlib

import httpx

URL = "https://platform.octamem.com/api/memory/add"
{body}

def test_wrong(octamem_client):
    with contextlib.suppress(Exception):
        httpx.post(URL)
""",
        "-W",
        "ignore",
    )
    assert verdicts.outcomes == {"right": "passed", "wrong": "failed"}, verdicts.said
    assert "octamem_mock" in verdicts.said["wrong"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_uvloop_is_refused_too(judge):
    """An event loop that opens its connections without Python's sockets is refused as any other."""
    verdicts = judge(
        """
        import asyncio
        import contextlib

        import aiohttp
        import httpx
        import uvloop

        async def by_httpx():
            async with httpx.AsyncClient() as client:
                await client.post("https://platform.octamem.com/api/memory/add")

        async def by_aiohttp():
            async with aiohttp.ClientSession() as session:
                await session.post("https://platform.octamem.com/api/memory/add")

        def attempt(main):
            with contextlib.closing(uvloop.new_event_loop()) as loop, contextlib.suppress(Exception):
                loop.run_until_complete(main)

        def test_httpx(octamem_client):
            attempt(by_httpx())

        def test_aiohttp(octamem_client):
            attempt(by_aiohttp())
        """
    )
    assert verdicts.outcomes == {"httpx": "failed", "aiohttp": "failed"}


def test_a_proxy_of_the_environment_changes_no_timeout(judge):
    """An answer that comes too late is a read timeout of requests, and no error of a proxy."""
    verdicts = judge(
        """
        import pytest
        import requests

        URL = "https://platform.octamem.com/api/memory/search"

        @pytest.mark.parametrize("fault", ["hang", "slow(20s)"])
        def test_fault(fault, octamem_mock, monkeypatch):
            monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
            octamem_mock.faults(f"search: {fault}")
            with pytest.raises(requests.ReadTimeout):
                requests.post(URL, json={"query": "tea"}, headers={"Authorization": "Bearer sk-some-key"}, timeout=2)
        """
    )
    assert list(verdicts.outcomes.values()) == ["passed"] * 2
