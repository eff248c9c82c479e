"""How a load tells how far it is, without Locust: events that are fired by hand, and no seconds between lines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Iterator, List

import gevent
import pytest

from octamem_testing.load.locusts import progress


class Event:
    """An event as Locust has it."""

    def __init__(self) -> None:
        self._listeners: List[Callable[..., Any]] = []

    def add_listener(self, listener: Callable[..., Any]) -> None:
        """Take what is called when it fires."""
        self._listeners.append(listener)

    def fire(self) -> None:
        """Call each of them."""
        for each in self._listeners:
            each(environment=None)


def turns() -> None:
    """Let each greenlet go on several times, in no time."""
    for _ in range(10):
        gevent.sleep(0)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give an environment with one failed call of many, whose test is stopped in the end."""
    monkeypatch.setattr(progress, "EVERY", 0)
    monkeypatch.setattr(progress, "monotonic", lambda: 1000.0)  # a machine that stands still shows in no line
    given = SimpleNamespace(
        events=SimpleNamespace(test_start=Event(), test_stopping=Event()),
        parsed_options=SimpleNamespace(headless=True, only_summary=True),
        runner=SimpleNamespace(user_count=3),
        stats=SimpleNamespace(total=SimpleNamespace(num_requests=1204, num_failures=1)),
    )
    yield given
    given.events.test_stopping.fire()
    turns()


def test_a_load_tells_how_far_it_is(environment: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """From the start to the end of a test there is a line every ten seconds, and none after."""
    progress.show_progress(environment)
    turns()
    assert capsys.readouterr().err == ""
    environment.events.test_start.fire()
    said = ""
    while not said:
        turns()
        said = capsys.readouterr().err
    assert said.splitlines()[0] == "0 s: 3 users, 1,204 calls, 1 failed"
    environment.events.test_stopping.fire()
    turns()
    capsys.readouterr()
    turns()
    assert capsys.readouterr().err == ""


def test_a_master_tells_that_it_waits(environment: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Until the workers have come it says how many are there, and then how far they are."""
    environment.runner.worker_count = 1
    environment.parsed_options.expect_workers = 2
    progress.show_progress(environment, is_master=True)
    said = ""
    while not said:
        turns()
        said = capsys.readouterr().err
    assert said.splitlines()[0] == "waiting: 1 of 2 workers came"
    environment.events.test_start.fire()
    turns()
    capsys.readouterr()
    while not said.startswith("0 s: "):
        turns()
        said = capsys.readouterr().err


@pytest.mark.parametrize("option", ["headless", "only_summary"])
def test_locust_s_own_tables_are_enough(environment: Any, capsys: pytest.CaptureFixture[str], option: str) -> None:
    """Where Locust shows a table or a page meanwhile, there are no lines between."""
    setattr(environment.parsed_options, option, False)
    progress.show_progress(environment)
    environment.events.test_start.fire()
    turns()
    assert capsys.readouterr().err == ""
