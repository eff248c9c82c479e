"""`octamem.testing`: whose request it is, and the retry policy by itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Dict, List

import httpx
import pytest
from sdk_driver import Driver

from octamem import InternalServerError, ValidationError
from octamem.testing import (
    Answer,
    Environment,
    Failure,
    RetryBudget,
    add_call,
    call_settings,
    call_steps,
    get_call,
    override,
    sent_by,
)


def test_a_request_tells_which_client_sent_it(sdk: Driver) -> None:
    """A client and its copies are one sender, another client is not, and an override block changes nothing."""
    requests: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(handler)
    chosen: Dict[str, Any] = {"async_transport": transport} if sdk.is_async else {"transport": transport}
    client, other = sdk.client(handler=handler), sdk.client(handler=handler)
    copy = client.with_options(max_retries=0)
    sdk.call(copy, lambda c: c.details())
    with override(force=True, **chosen):
        sdk.call(client, lambda c: c.details())
    sdk.call(other, lambda c: c.details())
    assert [sent_by(request, client) for request in requests] == [True, True, False]
    assert [sent_by(request, copy) for request in requests] == [True, True, False]
    assert [sent_by(request, other) for request in requests] == [False, False, True]


@pytest.mark.parametrize("extensions", [{}, {"octamem_client": None}, {"octamem_client": "x"}])
def test_a_request_of_nobody_is_of_no_client(sdk: Driver, extensions: Dict[str, Any]) -> None:
    """A request without the identity of a client was sent by none, and nothing else is a client."""
    request = httpx.Request("POST", "http://h", extensions=extensions)
    assert not sent_by(request, sdk.client())
    assert not sent_by(request, object())


def test_the_retry_policy_runs_without_a_client() -> None:
    """A simulation drives a call by hand: attempts out, outcomes in, the answer or the error at the end."""
    time = [100.0]
    budget = RetryBudget(1)
    environment = Environment(lambda: time[0], lambda: 1.0, budget=budget)
    settings = call_settings(timeout=5, max_retries=2, retry_delay=0.5)
    steps = call_steps(add_call(content="tea"), settings, environment)
    first = next(steps)
    assert (first.number, first.wait, first.timeout["read"]) == (1, 0.0, 5.0)
    second = steps.send(Failure("the connection was lost"))
    assert (second.number, second.wait) == (2, 0.5)
    with pytest.raises(StopIteration) as end:
        steps.send(Answer(200))
    assert [attempt.outcome for attempt in end.value.value.attempts] == ["unknown", "done"]
    again = call_steps(get_call(query="tea"), settings, environment)
    next(again)
    with pytest.raises(InternalServerError, match="the retry budget of the client is used up"):
        again.send(Answer(500))
    assert budget.tokens == 0


def test_the_settings_of_a_call_are_checked_as_a_clients_are() -> None:
    """An invalid option is named, and an unknown one is not accepted."""
    with pytest.raises(ValidationError, match="max_retries must be an int of at least 0, got -1"):
        call_settings(max_retries=-1)
    unknown: Any = {"retries": 1}
    with pytest.raises(TypeError, match="retries"):
        call_settings(**unknown)


def test_importing_the_testing_module_loads_nothing_heavy() -> None:
    """The names of the retry policy are loaded when they are first used, and all are listed."""
    script = (
        "import sys, octamem.testing as testing\n"
        "heavy = {'httpx', 'pydantic', 'anyio', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert set(testing.__all__) <= set(dir(testing))\n"
        "testing.call_steps\n"
        "assert 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
