"""Whole programs: web apps, agents and child processes that call OctaMem are held to what they did."""

from __future__ import annotations

import pytest

IMPORTS = """
import contextlib
import sys
import pytest
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import assert_stored_once
"""
APP = """
from fastapi import FastAPI

@contextlib.asynccontextmanager
async def lifespan(app):
    async with AsyncOctaMem() as client:
        app.state.memory = client
        yield

app = FastAPI(lifespan=lifespan)

@app.post("/right")
async def right():
    await app.state.memory.add(content="Tea at four")

@app.post("/wrong")
async def wrong():
    for _ in range(2):
        with contextlib.suppress(OctaMemError):
            await app.state.memory.with_options(max_retries=0).add(content="Tea at four")
"""
PROGRAMS = {
    "FastAPI, TestClient": APP
    + """
from fastapi.testclient import TestClient

@pytest.mark.parametrize("way", ["right", "wrong"])
def test_app(octamem_mock, way):
    octamem_mock.faults("add: 503, ok" if way == "right" else "add: reset @after, ok")
    with TestClient(app) as web:
        assert web.post(f"/{way}").status_code == 200
    assert_stored_once(octamem_mock, "Tea at four")
""",
    "FastAPI, ASGITransport": APP
    + """
import httpx

@pytest.mark.parametrize("way", ["right", "wrong"])
@pytest.mark.asyncio
async def test_app(octamem_mock, way):
    octamem_mock.faults("add: 503, ok" if way == "right" else "add: reset @after, ok")
    async with lifespan(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as web:
        assert (await web.post(f"/{way}")).status_code == 200
    assert_stored_once(octamem_mock, "Tea at four")
""",
    "LangGraph": """
from typing import TypedDict
from langgraph.graph import END, START, StateGraph

class State(TypedDict):
    said: str

def graph(node):
    built = StateGraph(State)
    built.add_node("remember", node)
    built.add_edge(START, "remember")
    built.add_edge("remember", END)
    return built.compile()

def right(state):
    with OctaMem() as client:
        client.add(content=state["said"])
    return state

def wrong(state):
    with OctaMem(max_retries=0) as client:
        for _ in range(2):
            with contextlib.suppress(OctaMemError):
                client.add(content=state["said"])
    return state

@pytest.mark.parametrize("way", ["right", "wrong"])
def test_app(octamem_mock, way):
    octamem_mock.faults("add: 503, ok" if way == "right" else "add: reset @after, ok")
    graph({"right": right, "wrong": wrong}[way]).invoke({"said": "Tea at four"})
    assert_stored_once(octamem_mock, "Tea at four")
""",
    "a client made from httpx2, openai's": """
import openai

@pytest.mark.parametrize("way", ["right", "wrong"])
def test_app(octamem_mock, way):
    url = "https://platform.octamem.com/api/memory"
    with openai.OpenAI(api_key=octamem_mock.api_key, base_url=url, max_retries=0) as client:
        for _ in range({"right": 1, "wrong": 2}[way]):
            assert client.post("/add", body={"content": "Tea at four"}, cast_to=object)["success"]
    assert_stored_once(octamem_mock, "Tea at four")
""",
    "a stdio child": """
import json
import subprocess

CHILD = '''
import json, sys
from octamem import OctaMem
with OctaMem() as client:
    for line in sys.stdin:
        for _ in range(int(sys.argv[1])):
            client.add(content=json.loads(line)["content"])
        print(json.dumps({"done": True}), flush=True)
'''

@pytest.mark.parametrize("way", ["right", "wrong"])
def test_app(octamem_server, way):
    times = {"right": "1", "wrong": "2"}[way]
    told = json.dumps({"content": "Tea at four"}) + "\\n"
    done = subprocess.run([sys.executable, "-c", CHILD, times], input=told, capture_output=True, text=True, timeout=300)
    assert json.loads(done.stdout)["done"], done.stderr
    assert_stored_once(octamem_server.fake, "Tea at four")
""",
    "multiprocessing": """
import multiprocessing

def save(times):
    with OctaMem() as client:
        for _ in range(times):
            client.add(content="Tea at four")

@pytest.mark.parametrize("start", ["spawn", "fork"])
@pytest.mark.parametrize("way", ["right", "wrong"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_app(octamem_server, way, start):
    child = multiprocessing.get_context(start).Process(target=save, args=({"right": 1, "wrong": 2}[way],))
    child.start()
    child.join(300)
    assert child.exitcode == 0
    assert_stored_once(octamem_server.fake, "Tea at four")
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_held_to_what_it_did(judge, program):
    """The right program stores once and passes; the one that stores twice fails for what the fake holds."""
    verdicts = judge(IMPORTS + PROGRAMS[program])
    ends = {"right": "passed", "wrong": "failed"}
    starts = ["-spawn", "-fork"] if program == "multiprocessing" else [""]
    assert verdicts.outcomes == {f"app[{way}{start}]": ends[way] for way in ends for start in starts}, verdicts.said
    assert all("stored 2 times" in verdicts.said[f"app[wrong{start}]"] for start in starts)
