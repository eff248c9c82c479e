"""Hunts of programs on other HTTP clients: their calls to OctaMem are caught, and those to other hosts are refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from typing import Any, Optional

import aiohttp
import httpx
import httpx2
import pytest
import requests
import responses
import respx
import urllib3
from requests.adapters import HTTPAdapter

from octamem import OctaMem
from octamem_testing import chaos

NOTE = "Tea is at four."
ADD = "https://platform.octamem.com/api/memory/add"
HOOK = "https://hooks.example.com/saved"
REFUSED = (requests.ConnectionError, urllib3.exceptions.HTTPError, httpx2.ConnectError, aiohttp.ClientConnectorError)


def by_requests(url: str) -> bytes:
    answer = requests.post(url, json={"content": NOTE}, headers=headers(), timeout=5)
    answer.raise_for_status()
    return answer.content


def by_urllib3(url: str) -> bytes:
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        answer = pool.request("POST", url, json={"content": NOTE}, headers=headers())
        return answer.data if answer.status == 200 else b""


def by_httpx2(url: str) -> bytes:
    return httpx2.post(url, json={"content": NOTE}, headers=headers(), timeout=5).raise_for_status().content


async def by_httpx2_async(url: str) -> bytes:
    async with httpx2.AsyncClient(timeout=5) as client:
        return (await client.post(url, json={"content": NOTE}, headers=headers())).raise_for_status().content


async def by_aiohttp(url: str) -> bytes:
    limit = aiohttp.ClientTimeout(total=5)
    async with (
        aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session,
        session.post(url, json={"content": NOTE}, headers=headers()) as answer,
    ):
        return await answer.read()


WAYS = [by_requests, by_urllib3, by_httpx2, by_httpx2_async, by_aiohttp]
ERRORS = (
    OSError,
    ValueError,
    AttributeError,
    urllib3.exceptions.HTTPError,
    httpx2.HTTPError,
    aiohttp.ClientError,
    asyncio.TimeoutError,
)


def headers() -> Any:
    return {"authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}


def program(way: Any, *, again: bool) -> Any:
    """Make a program that saves a note up to three times, or never again after an error of the connection."""

    def claim(body: bytes) -> Optional[str]:
        return NOTE if json.loads(body).get("success") is True else None

    def scenario() -> Optional[str]:
        for _ in range(3):
            with contextlib.suppress(*ERRORS):
                return claim(way(ADD))
            if not again:
                break
            time.sleep(1)
        return None

    async def scenario_async() -> Optional[str]:
        for _ in range(3):
            with contextlib.suppress(*ERRORS):
                return claim(await way(ADD))
            if not again:
                break
            await asyncio.sleep(1)
        return None

    return scenario_async if asyncio.iscoroutinefunction(way) else scenario


JUDGED = [chaos.AcknowledgedOnce(), chaos.OnlyDocumentedErrors(), chaos.Bounded(), chaos.Delayed()]


@pytest.mark.parametrize("way", WAYS)
def test_a_lost_answer_is_found_with_any_client(way: Any) -> None:
    """Whoever sends a note again after its answer was lost is found; whoever does not passes all rounds."""
    finding = chaos.hunt(program(way, again=True), invariants=JUDGED).finding
    assert finding is not None
    assert finding.invariant.name == "acknowledged_once"
    report = chaos.hunt(program(way, again=False), invariants=JUDGED)
    assert (report.finding, report.rounds) == (None, 200)
    assert all(report.by_kind[kind] for kind in ("reset @after", "hang @before", "503 @before"))


@pytest.mark.parametrize("way", WAYS)
def test_a_call_of_any_client_to_another_host_is_refused(way: Any) -> None:
    """The program gets the connection error of its library, and the hunt says how often it called whom."""
    seen = []

    def scenario(client: OctaMem) -> None:
        client.details()
        with contextlib.suppress(*REFUSED) if not asyncio.iscoroutinefunction(way) else contextlib.nullcontext():
            try:
                asyncio.run(way(HOOK)) if asyncio.iscoroutinefunction(way) else way(HOOK)
            except REFUSED as error:
                seen.append(str(error))
                raise

    with pytest.raises(chaos.ScenarioError, match=r"POST hooks\.example\.com \(once\) without a fault"):
        chaos.hunt(scenario)
    assert len(seen) == 1


def test_the_retries_of_a_library_are_counted() -> None:
    """Each attempt of urllib3's own retries is a call."""

    def scenario(client: OctaMem) -> None:
        client.details()
        with requests.Session() as session, contextlib.suppress(requests.ConnectionError):
            session.mount("https://", HTTPAdapter(max_retries=urllib3.Retry(total=3, backoff_factor=1)))
            session.post(HOOK, timeout=5)

    with pytest.raises(chaos.ScenarioError, match=r"POST hooks\.example\.com \(4 times\)"):
        chaos.hunt(scenario)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("way", WAYS)
def test_a_call_of_any_client_that_cannot_connect_is_not_counted(way: Any, scheme: str) -> None:
    """Nothing was sent, so the report counts nothing."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"{scheme}://127.0.0.1:{unused.getsockname()[1]}/saved"

        def scenario(client: OctaMem) -> None:
            client.details()
            with contextlib.suppress(*ERRORS):
                asyncio.run(way(url)) if asyncio.iscoroutinefunction(way) else way(url)

        assert chaos.hunt(scenario, rounds=5).outside == {}


def save(client: OctaMem) -> None:
    client.with_options(retry_unknown_writes=False).add(content=NOTE)


def mocked_by_respx(client: OctaMem) -> str:
    save(client)
    with respx.mock:
        route = respx.post(HOOK).respond(204)
        assert httpx.post(HOOK).status_code == 204
    assert route.called
    return NOTE


def mocked_by_responses(client: OctaMem) -> str:
    save(client)
    with responses.RequestsMock() as mock:
        mock.post(HOOK, status=204)
        assert requests.post(HOOK, timeout=5).status_code == 204
    return NOTE


@pytest.mark.parametrize("scenario", [mocked_by_respx, mocked_by_responses])
def test_a_mock_of_another_host_goes_on_answering(scenario: Any) -> None:
    """What a mock in the scenario answers is no call to another host."""
    report = chaos.hunt(scenario, rounds=50)
    assert (report.finding, report.outside) == (None, {})


def announced(client: OctaMem) -> str:
    save(client)
    assert httpx.post(HOOK).status_code == 204
    assert requests.post(HOOK, timeout=5).status_code == 204
    return NOTE


def test_a_mock_around_the_hunt_goes_on_answering() -> None:
    """Mocks that began before the hunt answer in each of its rounds."""
    with respx.mock, responses.RequestsMock() as mock:
        respx.post(HOOK).respond(204)
        mock.post(HOOK, status=204)
        report = chaos.hunt(announced, rounds=50)
    assert (report.finding, report.outside) == (None, {})


PYTEST_HTTPX = """
import httpx
import pytest
from octamem import OctaMem

def save(client):
    client.with_options(retry_unknown_writes=False).add(content="Tea at four")
    httpx.post("https://hooks.example.com/saved").raise_for_status()
    return "Tea at four"

@pytest.mark.httpx_mock(can_send_already_matched_responses=True)
@pytest.mark.parametrize("first", ["octamem_chaos", "httpx_mock"])
def test_right(request, first):
    request.getfixturevalue(first)
    hunt, mock = request.getfixturevalue("octamem_chaos"), request.getfixturevalue("httpx_mock")
    mock.add_response(url="https://hooks.example.com/saved", status_code=204)
    assert hunt(save, rounds=20).outside == {}

def test_wrong(octamem_chaos):
    octamem_chaos(save, rounds=20)
"""


def test_pytest_httpx_goes_on_answering(judge: Any) -> None:
    """Its fixture and that of chaos work in either order, and without it the call is refused."""
    verdicts = judge(PYTEST_HTTPX)
    ends = {"right[octamem_chaos]": "passed", "right[httpx_mock]": "passed", "wrong": "failed"}
    assert verdicts.outcomes == ends, verdicts.said
    assert "POST hooks.example.com (once) without a fault" in verdicts.said["wrong"]
