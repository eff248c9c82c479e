"""Threads that outlive their test reach neither the fake of the next test nor the service; those of the app do."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Callable, ContextManager, Dict, Iterator, Optional

import httpx
import pytest
from kit_project import outcomes

from octamem import OctaMem, OctaMemError
from octamem_testing import mocked
from octamem_testing.wiring.blocks import leftovers
from octamem_testing.wiring.refusals import EscapeError, late_calls

ADD = "https://platform.octamem.com/api/memory/add"
KEPT = OctaMem("sk-some-key")


@pytest.fixture(autouse=True)
def no_late_calls() -> Iterator[None]:
    """Forget the late calls of a test, which are its subject, and open the door again."""
    yield
    late_calls()
    with mocked():
        pass


def add_raw() -> Any:
    return httpx.post(ADD, json={"content": "late"}, headers={"Authorization": "Bearer sk-some-key"})


class Late:
    """A thread that makes its call when it is told to."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.go = threading.Event()
        self.result: Future[Any] = Future()
        self.thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self.thread.start()

    def _run(self, call: Callable[[], Any]) -> None:
        self.go.wait(30)
        try:
            self.result.set_result(call())
        except Exception as error:  # noqa: BLE001 - whatever it is, the test asks for it
            self.result.set_exception(error)

    def error(self) -> Optional[BaseException]:
        self.go.set()
        self.thread.join(30)
        return self.result.exception(0)


@pytest.mark.parametrize("call", [lambda: KEPT.add(content="late"), add_raw], ids=["our client", "httpx"])
@pytest.mark.parametrize("during", ["the next block", "no block"])
def test_a_late_call_reaches_nothing(call: Callable[[], Any], during: str) -> None:
    """A thread that a block started is refused after its end, in the next block and between two."""
    with mocked() as first:
        late = Late(call)
    if during == "the next block":
        with mocked() as second:
            error = late.error()
            KEPT.add(content="in time")
        assert [memory.content for memory in second.memories()] == ["in time"]
    else:
        error = late.error()
    assert isinstance(error, (EscapeError, OctaMemError))
    assert "after its test had ended" in str(error)
    assert first.memories() == []
    assert len(late_calls()) == 1


@pytest.mark.slow
def test_a_late_call_does_not_reach_the_next_test_over_http(project: pytest.Pytester) -> None:
    """A thread that knows the address of the session's server does not reach the fake that it serves next."""
    project.makepyfile(
        """
        import threading

        import httpx

        go = threading.Event()
        errors = []

        def later(url, key):
            go.wait(30)
            try:
                headers = {"Authorization": f"Bearer {key}"}
                httpx.post(f"{url}/api/memory/add", json={"content": "late"}, headers=headers)
            except RuntimeError as error:
                errors.append(error)

        def test_leaves(octamem_server):
            global thread
            thread = threading.Thread(target=later, args=(octamem_server.url, octamem_server.api_key))
            thread.start()

        def test_next(octamem_server):
            go.set()
            thread.join(30)
            assert octamem_server.fake.requests() == []
            assert len(errors) == 1
            httpx.post(f"{octamem_server.url}/api/memory/details", json={})
        """
    )
    assert outcomes(project.runpytest("-p", "no:randomly")) == {"passed": 2}


def test_a_child_of_a_late_thread_is_late_too() -> None:
    """What a late thread starts belongs to the ended test as well."""

    def start() -> Any:
        inner = Late(add_raw)
        return inner.error()

    with mocked():
        late = Late(start)
    with mocked() as second:
        assert late.error() is None
        assert isinstance(late.result.result(0), EscapeError)
    assert second.requests() == []


Run = Callable[[Callable[[], Any]], Any]


@contextmanager
def by_pool() -> Iterator[Run]:
    with ThreadPoolExecutor(1) as pool:
        yield lambda call: pool.submit(call).result(30)


@contextmanager
def by_queue() -> Iterator[Run]:
    jobs: queue.Queue[Any] = queue.Queue()

    def work() -> None:
        for call, result in iter(jobs.get, None):
            result.set_result(call())

    worker = threading.Thread(target=work)
    worker.start()

    def run(call: Callable[[], Any]) -> Any:
        result: Future[Any] = Future()
        jobs.put((call, result))
        return result.result(30)

    yield run
    jobs.put(None)
    worker.join(30)


@contextmanager
def by_loop() -> Iterator[Run]:
    with closing(asyncio.new_event_loop()) as loop:
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        async def main(call: Callable[[], Any]) -> Any:
            return call()

        yield lambda call: asyncio.run_coroutine_threadsafe(main(call), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)


WORKERS: Dict[str, Callable[[], ContextManager[Run]]] = {
    "a pool": by_pool,
    "a queue": by_queue,
    "an event loop": by_loop,
}


@pytest.mark.parametrize("kind", list(WORKERS))
def test_a_worker_that_the_app_keeps_belongs_to_whoever_gives_it_work(kind: str) -> None:
    """A thread that was started in one test and gets its work from the next one is that one's."""
    with ExitStack() as kept:
        with mocked() as first:
            run = kept.enter_context(WORKERS[kind]())
            run(add_raw)
        with mocked() as second:
            run(lambda: KEPT.add(content="in time"))
    assert (len(first.memories()), len(second.memories())) == (1, 1)
    assert late_calls() == []


def test_a_thread_of_before_belongs_to_everybody() -> None:
    """A thread that was started outside of all blocks reaches whichever fake is in use."""
    early = Late(lambda: KEPT.add(content="tea"))
    with mocked() as fake:
        assert early.error() is None
    assert len(fake.memories()) == 1


def test_the_door_is_open_again_once_the_late_threads_have_ended() -> None:
    """While one of them lives, nothing else is held up; after it, httpx is as it was."""
    found = httpx.HTTPTransport.handle_request
    with mocked():
        late = Late(lambda: None)
    assert late.thread in leftovers()
    assert late.error() is None
    with mocked():
        pass
    assert late.thread not in leftovers()
    assert httpx.HTTPTransport.handle_request is found


def test_the_summary_names_a_test_whose_thread_was_late(project: pytest.Pytester) -> None:
    """The next test passes, and the summary says which test left a thread behind."""
    project.makepyfile(
        """
        import threading

        from octamem import OctaMem

        client = OctaMem("sk-some-key")
        go = threading.Event()
        threads = []

        def later():
            go.wait(30)
            try:
                client.add(content="late")
            except Exception:
                pass

        def test_leaves(octamem_mock):
            threads.append(threading.Thread(target=later))
            threads[0].start()

        def test_next(octamem_mock):
            go.set()
            threads[0].join(30)
            assert octamem_mock.memories() == []
        """
    )
    result = project.runpytest("-p", "no:randomly")
    assert outcomes(result) == {"passed": 2}
    result.stdout.fnmatch_lines(
        ["*octamem: a thread of *::test_leaves called https://platform.octamem.com/api/memory*"]
    )
