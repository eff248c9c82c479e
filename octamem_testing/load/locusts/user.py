"""Users of a load: each has a key and a client of its own, and notes what that client said."""

from __future__ import annotations

import json
import os
import random
from time import perf_counter
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar
from uuid import uuid4

import click
from locust import User, constant, task
from locust.exception import StopUser
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING

from fake_server.cli.banner import TOKEN_VARIABLE
from fake_server.cli.remote.client import Address
from octamem import AddResult, AttemptRecord, MemoryDetails, OctaMem, OctaMemError, SearchResult
from octamem_testing.load.reading import KeyOfUser, is_ready
from octamem_testing.load.record import Add, Record

from .listeners import CannotStart, Run, run_of

__all__ = ["MixedUser", "OctaMemUser"]

ResultT = TypeVar("ResultT")

_ENDING = {STATE_CLEANUP, STATE_STOPPING, STATE_STOPPED}

_WORDS = (
    *("tea", "coffee", "milk", "sugar", "lemon", "bread", "cheese", "apple", "pear", "recipe", "kitchen", "garden"),
    *("office", "meeting", "project", "review", "deadline", "invoice", "contract", "phone", "letter", "address"),
    *("train", "ticket", "hotel", "holiday", "mountain", "river", "lake", "bicycle", "car", "garage", "repair"),
    *("doctor", "dentist", "school", "teacher", "music", "concert", "film", "library", "book", "birthday", "evening"),
)


class CallFailedError(Exception):
    """A call that ended with an error of the SDK, by its kind: the SDK's own message would make a row of each."""


class OctaMemUser(User):
    """A user of a load with a key of its own, whose calls are measured, and whose memories are counted in the end.

    A subclass has tasks that call `add`, `search` and `details`. What is stored in any other way counts as never sent.
    """

    abstract = True
    wait_time = constant(0)
    faults: str = ""
    """A fault script that is armed for the user's key, in addition to that of the command line."""
    client_options: Mapping[str, Any] = {}
    """Options of the SDK's client, such as `{"max_retries": 0}`; those of the command line go before."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._run: Run = run_of(environment)
        self.base_url = str(self.host or environment.host or "").rstrip("/")
        self.api_key = f"sk-om-load-{uuid4().hex}"
        self.record = Record()
        self.stored: List[Tuple[str, str]] = []
        """The reference of each acknowledged memory and its id; the last thousand are kept."""
        self.client: OctaMem = self.make_client(**{**self.client_options, **self._asked_options()})

    def make_client(self, **options: Any) -> OctaMem:
        """Return the client of this user; `options` are those of its class and of the command line."""
        return OctaMem(self.api_key, base_url=self.base_url, on_attempt=self.note_attempt, **options)

    def on_start(self) -> None:
        """Check that a fake answers, and arm the faults; a subclass that overrides this calls it."""
        if not self.tasks:  # Locust would log an error for each turn of a user who never waits
            self._run.cannot_start(f"{type(self).__name__} has no task: give it one, or leave out what excludes it")
            raise CannotStart
        address = Address(self.base_url, os.environ.get(TOKEN_VARIABLE))
        user = KeyOfUser(address, self.api_key, self.record)
        try:
            is_ready(address, self.api_key, ";".join(filter(None, (self.faults, self._run.asked("octamem_faults")))))
        except click.ClickException as error:
            self._run.cannot_start(error.message)
            raise CannotStart from None
        self._run.add_user(user)

    def on_stop(self) -> None:
        """Close the client; a subclass that overrides this calls it."""
        self.client.close()

    def send_add(self, content: str, previous_context: str) -> AddResult:
        """Store a memory by the client; a subclass overrides this to retry in its own way."""
        return self.client.add(content=content, previous_context=previous_context)

    def add(self, content: str, previous_context: str = "") -> Optional[AddResult]:
        """Store a memory, measured and noted; return None if the client raised an error of the SDK."""
        self._stop_if_asked()
        noted = self.record.begin(content)
        self._adding = noted
        try:
            result = self._measured("add", lambda: self.send_add(content, previous_context))
        except Exception as error:
            noted.fail(error)
            raise
        finally:
            self._adding = None
        if result is not None:
            noted.acknowledge(result.id)
        return result

    def search(self, query: str, previous_context: str = "") -> Optional[SearchResult]:
        """Search, measured; return None if the client raised an error of the SDK."""
        return self._measured("search", lambda: self.client.get(query=query, previous_context=previous_context))

    def details(self) -> Optional[MemoryDetails]:
        """Ask for the usage, measured; return None if the client raised an error of the SDK."""
        return self._measured("details", self.client.details)

    def note_attempt(self, attempt: AttemptRecord) -> None:
        """Note an attempt of the client, as its `on_attempt`."""
        self.record.attempts[attempt.operation] += 1
        if attempt.outcome == "done":
            return
        status = "no answer" if attempt.status is None else str(attempt.status)
        self.record.failed_attempts[attempt.operation, f"{status}, {attempt.outcome}"] += 1
        if attempt.outcome == "unknown" and self._adding is not None:
            self._adding.in_doubt = True

    _adding: Optional[Add] = None

    def _stop_if_asked(self) -> None:
        # Locust kills a user that waits, maybe in the instant in which it goes on: its call would be cut off.
        runner = self.environment.runner
        if runner is not None and runner.state in _ENDING:
            raise StopUser

    def _measured(self, call: str, send: Callable[[], ResultT]) -> Optional[ResultT]:
        self._stop_if_asked()
        begun = perf_counter()
        try:
            result = send()
        except OctaMemError as error:
            if self._adding is not None:
                self._adding.fail(error)
            self._end_of_call(call, begun, _kind(error))
            return None
        except Exception as error:
            self._end_of_call(call, begun, type(error).__name__)
            raise
        self._end_of_call(call, begun)
        return result

    def _end_of_call(self, call: str, begun: float, failed: str = "") -> None:
        if failed:
            self._run.errors[call, failed] += 1
        self.environment.events.request.fire(
            request_type="octamem",
            name=call,
            response_time=1000 * (perf_counter() - begun),
            response_length=0,
            exception=CallFailedError(failed) if failed else None,
            context=self.context(),
        )

    def _asked_options(self) -> Dict[str, Any]:
        asked: Dict[str, Any] = json.loads(self._run.asked("octamem_client") or "{}")
        return asked


class MixedUser(OctaMemUser):
    """A user who adds notes, searches for those that were acknowledged, and asks for the usage: 6 to 3 to 1."""

    abstract = True

    @task(6)
    def add_note(self) -> None:
        """Store a note with a reference of its own."""
        reference = uuid4().hex[:12]
        words = " ".join(random.choices(_WORDS, k=random.randint(4, 16)))  # noqa: S311 - notes, not secrets
        result = self.add(f"{words} {reference}")
        if result is not None and result.id is not None:
            self.stored.append((reference, result.id))
            del self.stored[:-1000]

    @task(3)
    def search_note(self) -> None:
        """Search for the reference of a note that was acknowledged."""
        if not self.stored:
            return
        reference, memory_id = random.choice(self.stored)  # noqa: S311 - as above
        result = self.search(reference)
        if result is not None:
            self._run.searches["made"] += 1
            self._run.searches["found"] += any(each.id == memory_id for each in result.results)

    @task(1)
    def read_details(self) -> None:
        """Ask for the usage."""
        self.details()


def _kind(error: OctaMemError) -> str:
    status = "" if error.status_code is None else f" {error.status_code}"
    return f"{type(error).__name__}{status}, {error.outcome}"
