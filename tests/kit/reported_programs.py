"""Programs with the retry bugs of public reports, each with its cure, rebuilt for a memory; `pause` is a sleep."""

from __future__ import annotations

from typing import Any, Callable, Optional

from octamem import APIConnectionError, OctaMem, OctaMemError

Pause = Callable[[float], None]
FINAL = (400, 401, 403, 404)


class Agent:
    """An agent that retries in its own way, around a client that it lets try once."""

    def __init__(self, client: OctaMem, pause: Pause) -> None:
        self.client = client.with_options(max_retries=0)
        self.pause = pause

    def recall(self, question: str, *, cured: bool) -> Any:
        """Ask until there is an answer; the cure gives up if the key is refused."""
        for attempt in range(5):
            try:
                return self.client.get(query=question)
            except OctaMemError as error:
                if attempt == 4 or (cured and error.status_code in FINAL):
                    raise
                self.pause(2.0**attempt)
        raise AssertionError

    def recall_slowly(self, question: str, *, cured: bool) -> Any:
        """Ask with a back-off; the cure waits at least for the Retry-After that the error carries."""
        for attempt in range(4):
            try:
                return self.client.get(query=question)
            except OctaMemError as error:
                if attempt == 3 or error.status_code in FINAL:
                    raise
                asked: Optional[float] = error.retry_after  # captured, and in the bug not used
                self.pause(max(2.0**attempt, asked or 0.0) if cured else 2.0**attempt)
        raise AssertionError

    def save(self, note: str, *, cured: bool) -> Any:
        """Save a note until it is saved; the cure repeats it only if it was certainly refused."""
        for attempt in range(4):
            try:
                return self.client.add(content=note)
            except OctaMemError as error:
                if attempt == 3 or (cured and error.outcome == "unknown"):
                    raise
                self.pause(2.0**attempt)
        raise AssertionError

    def connect(self, *, cured: bool) -> Any:
        """Connect until it works; the cure waits in between."""
        for attempt in range(4):
            try:
                return self.client.details()
            except APIConnectionError:
                if attempt == 3:
                    raise
                if cured:
                    self.pause(2.0**attempt)
        raise AssertionError


def recall_in_layers(client: OctaMem, pause: Pause, question: str, *, cured: bool) -> Any:
    """Ask with the standard retries of an app; the cure turns those of the SDK off."""
    provider = client.with_options(max_retries=0) if cured else client
    for wait in (1, 2, 4, None):
        try:
            return provider.get(query=question)
        except OctaMemError:
            if wait is None:
                raise
            pause(wait)
    raise AssertionError
