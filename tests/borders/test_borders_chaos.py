"""Chaos beside frameworks: a hunt finds the bug of an agent, a web app or a worker, and the pasted test holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, NamedTuple, Tuple

import pytest


class Program(NamedTuple):
    """The source of a module with a function `run`, and what in it is the bug and the correction."""

    source: str
    bug: str
    fix: str


PROGRAMS = {
    "LangGraph: a node is run again with its add": Program(
        source="""
from typing import TypedDict
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy
from octamem import OctaMem, OctaMemError

class State(TypedDict):
    said: str
    found: int

def remember(state):
    with OctaMem(retry_unknown_writes=False) as client:
        client.add(content=state["said"])
    return {}

def recall(state):
    with OctaMem() as client:
        return {"found": len(client.get(query="tea").results or [])}

def both(state):
    remember(state)
    return recall(state)

def agent(*nodes, **options):
    built = StateGraph(State)
    for name, node in nodes:
        built.add_node(name, node, **options)
    for before, after in zip([START, *dict(nodes)], [*dict(nodes), END]):
        built.add_edge(before, after)
    return built.compile()

AGENT = ...

def run():
    AGENT.invoke({"said": "Tea is at four.", "found": 0})
    return "Tea is at four."
""",
        bug='agent(("both", both), retry_policy=RetryPolicy(max_attempts=3, retry_on=OctaMemError))',
        fix='agent(("remember", remember), ("recall", recall))',
    ),
    "LangGraph: async branches at once": Program(
        source="""
from typing import TypedDict
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy
from octamem import AsyncOctaMem, OctaMemError

class State(TypedDict):
    said: str

TEXTS = ["Tea is at four.", "The launch moved.", "Ana likes tea."]
POLICY = ...

def remembering(text):
    async def node(state):
        async with AsyncOctaMem(retry_unknown_writes=False) as client:
            await client.add(content=text)
        return {}
    return node

built = StateGraph(State)
for number, text in enumerate(TEXTS):
    built.add_node(str(number), remembering(text), retry_policy=POLICY)
    built.add_edge(START, str(number))
    built.add_edge(str(number), END)
AGENT = built.compile()

async def run():
    await AGENT.ainvoke({"said": ""})
    return TEXTS
""",
        bug="RetryPolicy(max_attempts=3, retry_on=OctaMemError)",
        fix="None",
    ),
    "FastAPI: a worker queues a note again": Program(
        source="""
import asyncio
import contextlib
import httpx
from fastapi import FastAPI
from octamem import AsyncOctaMem, OctaMemError

async def work(app, client):
    careful = client.with_options(max_retries=3, retry_unknown_writes=False)
    while True:
        text = await app.state.queue.get()
        try:
            await careful.add(content=text)
            app.state.saved.append(text)
        except OctaMemError:
            ...
        finally:
            app.state.queue.task_done()

@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.queue, app.state.saved = asyncio.Queue(), []
    async with AsyncOctaMem() as client:
        worker = asyncio.create_task(work(app, client))
        yield
        await app.state.queue.join()
        worker.cancel()

app = FastAPI(lifespan=lifespan)

@app.post("/notes", status_code=202)
async def accept(text: str):
    await app.state.queue.put(text)

@app.get("/saved")
async def saved():
    await app.state.queue.join()
    return app.state.saved

async def run():
    transport = httpx.ASGITransport(app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://app") as web:
        for text in ("Tea is at four.", "The launch moved."):
            (await web.post("/notes", params={"text": text})).raise_for_status()
        return (await web.get("/saved")).json()
""",
        bug="await asyncio.sleep(1); await app.state.queue.put(text)",
        fix="pass",
    ),
    "FastAPI: a background task in a thread": Program(
        source="""
import contextlib
from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient
from octamem import OctaMem, OctaMemError

app = FastAPI()

def save(text):
    with OctaMem(...) as client, contextlib.suppress(OctaMemError):
        client.add(content=text)
        app.state.saved.append(text)

@app.post("/notes")
async def accept(text: str, tasks: BackgroundTasks):
    tasks.add_task(save, text)

def run():
    app.state.saved = []
    with TestClient(app) as web:
        for text in ("Tea is at four.", "The launch moved."):
            web.post("/notes", params={"text": text}).raise_for_status()
    return app.state.saved
""",
        bug="",
        fix="retry_unknown_writes=False",
    ),
    "Celery: any error is tried again": Program(
        source="""
from celery import Celery
from octamem import OctaMem, OctaMemError

app = Celery("notes", broker="memory://")
app.conf.task_always_eager = True

@app.task(bind=True, max_retries=3)
def save(task, text):
    try:
        with OctaMem(max_retries=0) as client:
            client.add(content=text)
    except OctaMemError as error:
        if ...:
            raise
        raise task.retry(exc=error, countdown=max(2, error.retry_after or 0))

def run():
    save.delay("Tea is at four.").get()
    return "Tea is at four."
""",
        bug="error.status_code in (400, 401, 403, 404)",
        fix='error.outcome == "unknown" or not error.retryable',
    ),
    "Celery: autoretry": Program(
        source="""
from celery import Celery
from octamem import OctaMem

app = Celery("notes", broker="memory://")
app.conf.task_always_eager = True

@app.task(...)
def save(text):
    with OctaMem(retry_unknown_writes=False) as client:
        client.add(content=text)

def run():
    save.delay("Tea is at four.").get()
    return "Tea is at four."
""",
        bug="autoretry_for=(Exception,), retry_backoff=True, retry_jitter=False, max_retries=3",
        fix="",
    ),
    "dramatiq: a message is delivered again": Program(
        source="""
import dramatiq
from dramatiq.brokers.stub import StubBroker
from octamem import OctaMem

TEXTS = ["Tea is at four.", "The launch moved."]

def run():
    broker, saved = StubBroker(), []

    @dramatiq.actor(broker=broker, ...)
    def save(text):
        with OctaMem(retry_unknown_writes=False) as client:
            client.add(content=text)
        saved.append(text)

    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=2)
    worker.start()
    for text in TEXTS:
        save.send(text)
    broker.join(save.queue_name)
    worker.join()
    worker.stop()
    broker.close()
    return sorted(saved)
""",
        bug="max_retries=3, min_backoff=1000",
        fix="max_retries=0",
    ),
}
HUNT = """
import logging
import sys
from pathlib import Path
from octamem_testing import chaos
import program

logging.disable()
report = chaos.hunt(program.run, rounds=int(sys.argv[1]))
if report.finding is not None:
    Path("test_pasted.py").write_text(report.finding.regression_test, encoding="utf-8")
print(report)
"""


def write_program(folder: Path, source: str) -> None:
    """Write the module; one that was compiled in the same second, from as many letters, would be taken for it."""
    (folder / "program.py").write_text(source, encoding="utf-8")
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)


def started(folder: Path, *arguments: str) -> Tuple[int, str]:
    """Run Python in a folder, and return how it ended and what it printed."""
    # Without the plugins of all the tools that are installed, whose loading takes several times as long as a test.
    variables: Dict[str, Any] = {**os.environ, "PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("rounds", ["80", pytest.param("200", marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_bug_of_a_framework_is_found_and_its_test_ends_with_it(tmp_path: Path, name: str, rounds: str) -> None:
    """A hunt finds the double write first, its test fails until it is corrected, and the right program passes."""
    program = PROGRAMS[name]
    (tmp_path / "hunt.py").write_text(HUNT, encoding="utf-8")
    pasted = ("-m", "pytest", "-q", "-p", "octamem_testing.plugin", "-p", "no:cacheprovider", "test_pasted.py")

    write_program(tmp_path, program.source.replace("...", program.bug, 1))
    code, said = started(tmp_path, "hunt.py", rounds)
    first = re.search(r"^(\w+)\b.* violated in \d+ rounds", said, re.MULTILINE)
    assert (code, first and first.group(1), "every invariant held" in said) == (0, "acknowledged_once", False), said
    code, said = started(tmp_path, *pasted)
    assert (code, "acknowledged_once is violated: " in said) == (1, True), said

    write_program(tmp_path, program.source.replace("...", program.fix, 1))
    code, said = started(tmp_path, *pasted)
    assert (code, "1 passed" in said) == (0, True), said
    (tmp_path / "test_pasted.py").unlink()
    code, said = started(tmp_path, "hunt.py", rounds)
    assert (code, f"every invariant held in {rounds} rounds" in said) == (0, True), said
