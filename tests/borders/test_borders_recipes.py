"""The recipes of docs/recipes.md: one policy decides, and what is repeated is stored once if keys are honoured."""

from __future__ import annotations

import runpy
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
import stamina
import tenacity
from celery import signals
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import RetryPolicy

from octamem import (
    AuthenticationError,
    InternalServerError,
    OctaMem,
    OctaMemError,
    RateLimitError,
    ValidationError,
)
from octamem_testing import assert_stored_once

RECIPES = Path(__file__).parent / "recipes"
NOTE = "Tea is at four"
Save = Callable[[str], Any]


def by_saving(program: Dict[str, Any]) -> Save:
    return program["save"]


def by_a_task(program: Dict[str, Any]) -> Save:
    """Run the task here and now, as Celery's eager mode does, which makes its retries at once."""
    program["app"].conf.update(task_always_eager=True)
    return lambda content: program["save"].delay(content).get()


def by_a_graph(program: Dict[str, Any]) -> Save:
    return lambda content: program["agent"].invoke({"messages": [{"role": "user", "content": content}]})


# Which recipe, how it is run, and who waits between the attempts.
RIGHT = {
    "with_tenacity": (by_saving, "sleep"),
    "with_stamina": (by_saving, "sleep"),
    "with_celery": (by_a_task, "countdown"),
    "with_langgraph": (by_a_graph, "sleep"),
    "with_langgraph_and_the_client": (by_a_graph, "clock"),
}


@pytest.fixture(params=RIGHT)
def recipe(request: pytest.FixtureRequest) -> str:
    """Name a recipe."""
    return request.param


@pytest.fixture
def save(recipe: str) -> Save:
    """Give the function of a recipe that stores a memory."""
    return RIGHT[recipe][0](runpy.run_path(str(RECIPES / f"{recipe}.py")))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> List[float]:
    """Give the waits of the frameworks, none of which takes any time."""
    seconds: List[float] = []

    def retried(reason: Any, **_more: Any) -> None:
        seconds.append(reason.when)

    monkeypatch.setattr(time, "sleep", seconds.append)
    signals.task_retry.connect(retried, weak=False)
    yield seconds
    signals.task_retry.disconnect(retried)


def statuses(fake: Any) -> List[Any]:
    return [entry.status for entry in fake.requests()]


@pytest.mark.parametrize(
    ("status", "raised"), [(400, ValidationError), (401, AuthenticationError), (404, OctaMemError), (409, OctaMemError)]
)
def test_what_will_fail_again_is_sent_once(save, octamem_mock, status, raised) -> None:
    """A refusal that a repeat cannot change reaches the caller after one request, as the error that it is."""
    octamem_mock.faults(f"add: {status} 100%")
    with pytest.raises(raised):
        save(NOTE)
    assert statuses(octamem_mock) == [status]


@pytest.mark.parametrize("status", [500, 503])
def test_an_outage_is_met_as_often_as_one_policy_says(save, octamem_mock, status) -> None:
    """Four attempts in all, whoever makes them, and then the service's own error."""
    octamem_mock.faults(f"add: {status} 100%")
    with pytest.raises(InternalServerError):
        save(NOTE)
    assert statuses(octamem_mock) == [status] * 4


@pytest.mark.octamem(faults="add: reset @after, 503 @after", idempotency=True)
def test_a_lost_answer_is_stored_once_if_keys_are_honoured(save, octamem_mock) -> None:
    """The repeats of a step have the key of the first, so the service answers them with its first answer."""
    save(NOTE)
    assert statuses(octamem_mock) == [None, 503, 200]
    assert_stored_once(octamem_mock, NOTE)


@pytest.mark.octamem(faults="add: 503", idempotency=True)
def test_two_memories_of_one_text_are_two(save, octamem_mock) -> None:
    """The key names the write and not its text, so saying the same thing twice stores it twice."""
    save(NOTE)
    save(NOTE)
    assert [memory.content for memory in octamem_mock.memories()] == [NOTE, NOTE]


@pytest.mark.octamem(faults="add: 429(retry-after=17), 503(retry-after=23)")
def test_the_service_decides_how_long_to_wait(recipe, save, octamem_mock, octamem_clock, waits) -> None:
    """No attempt comes sooner than Retry-After says, except by LangGraph's own policy, which cannot know of it."""
    save(NOTE)
    waited = octamem_clock.waits if RIGHT[recipe][1] == "clock" else waits
    as_asked = [wait >= asked for wait, asked in zip(waited, (17, 23))]
    assert (len(waited), all(as_asked)) == (2, recipe != "with_langgraph")


@pytest.mark.octamem(idempotency=True)
def test_a_task_that_is_delivered_twice_is_stored_once(octamem_mock) -> None:
    """A task keeps its id when a lost worker makes Celery deliver it again, and so its key."""
    program = runpy.run_path(str(RECIPES / "with_celery.py"))
    for _ in range(2):
        program["save"].apply((NOTE,), task_id="one").get()
    assert len(octamem_mock.requests()) == 2
    assert_stored_once(octamem_mock, NOTE)


@pytest.mark.octamem(idempotency=True)
def test_a_graph_that_fails_after_the_memory_stores_it_once(octamem_mock) -> None:
    """A node that fails after its add runs again as a whole, under the same key."""
    program = runpy.run_path(str(RECIPES / "with_langgraph.py"))
    failures = [ConnectionError("another service is down")]

    def node(state: MessagesState) -> Dict[str, Any]:
        program["remember"](state)
        if failures:
            raise failures.pop()
        return {}

    graph = StateGraph(MessagesState)
    graph.add_node("node", node, retry_policy=RetryPolicy(max_attempts=3))
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    graph.compile().invoke({"messages": [{"role": "user", "content": NOTE}]})
    assert len(octamem_mock.requests()) == 2
    assert_stored_once(octamem_mock, NOTE)


def retried_blindly(call: Callable[[], Any], framework: str) -> None:
    """Repeat whatever fails three times in all, as the frameworks do unless they are told otherwise."""
    if framework == "tenacity":
        tenacity.retry(stop=tenacity.stop_after_attempt(3), reraise=True)(call)()
    elif framework == "stamina":
        stamina.retry(on=OctaMemError, attempts=3)(call)()
    elif framework == "celery":
        app = runpy.run_path(str(RECIPES / "with_celery.py"))["app"]

        @app.task(autoretry_for=(OctaMemError,), max_retries=2)
        def blind() -> None:
            call()

        blind.apply().get()
    else:
        graph = StateGraph(MessagesState)
        graph.add_node("node", lambda _state: call() and {}, retry_policy=RetryPolicy())
        graph.add_edge(START, "node")
        graph.add_edge("node", END)
        graph.compile().invoke({"messages": []})


WRONG = ["tenacity", "stamina", "celery", "langgraph"]


@pytest.mark.octamem(verdict="off")
@pytest.mark.parametrize("framework", WRONG)
@pytest.mark.parametrize(("status", "sent"), [(401, 3), (503, 12)])
def test_two_policies_multiply(octamem_mock, framework, status, sent) -> None:
    """Without a recipe a 401 is sent three times, and a 503 four times three."""
    octamem_mock.faults(f"add: {status} 100%")
    with pytest.raises(OctaMemError):
        retried_blindly(partial(OctaMem().add, content=NOTE), framework)
    assert statuses(octamem_mock) == [status] * sent


@pytest.mark.octamem(faults="add: reset @after", idempotency=True, verdict="off")
@pytest.mark.parametrize("framework", WRONG)
def test_a_step_that_is_repeated_without_a_key_stores_twice(octamem_mock, framework) -> None:
    """Without a key of the caller's, each repeat of a step is another write, even if keys are honoured."""
    retried_blindly(partial(OctaMem(max_retries=0).add, content=NOTE), framework)
    with pytest.raises(AssertionError, match="stored"):
        assert_stored_once(octamem_mock, NOTE)


def test_an_error_survives_the_way_through_a_result_backend() -> None:
    """Celery's JSON of an error names a class that can be imported and built again."""
    from celery.backends.base import Backend

    backend = Backend(runpy.run_path(str(RECIPES / "with_celery.py"))["app"])
    error = backend.exception_to_python(backend.prepare_exception(RateLimitError("slow down"), "json"))
    assert (type(error), error.message) == (RateLimitError, "slow down")
