"""Every attempt says which it is, so that a server can tell what the SDK sends again from what a proxy repeats."""

from __future__ import annotations

from typing import Any, Callable, List

import httpx
import pytest
from sdk_driver import STEPS, Driver, VirtualClock


def numbering(*statuses: int) -> Callable[[httpx.Request], Any]:
    """Answer with the statuses in turn, the last again and again, and keep what the attempts say in `.seen`."""

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["idempotency-key"], request.headers["x-octamem-attempt"]))
        return httpx.Response(statuses[min(len(seen), len(statuses)) - 1], json={"success": True})

    seen: List[Any] = []
    handler.seen = seen  # type: ignore[attr-defined]
    return handler


@pytest.mark.parametrize("step", STEPS)
def test_the_attempts_of_a_call_are_numbered_from_one(sdk: Driver, clock: VirtualClock, step: str) -> None:
    """Each attempt of a call, whatever its operation, carries its number as X-OctaMem-Attempt."""
    handler: Any = numbering(503, 503, 200)
    sdk.call(sdk.client(handler=handler, clock=clock), STEPS[step])
    assert [number for _, number in handler.seen] == ["1", "2", "3"]
    assert len({name for name, _ in handler.seen}) == 1


def test_the_next_call_begins_at_one_again(sdk: Driver, clock: VirtualClock) -> None:
    """The number belongs to the call, not to the client."""
    handler: Any = numbering(503, 200)
    sdk.run(sdk.client(handler=handler, clock=clock), STEPS["add"], STEPS["add"], STEPS["get"])
    assert [number for _, number in handler.seen] == ["1", "2", "1", "1"]


def test_the_last_attempt_has_the_highest_number(sdk: Driver, clock: VirtualClock) -> None:
    """A call that gives up has sent the numbers up to one more than max_retries."""
    handler: Any = numbering(500)
    sdk.error(sdk.client(handler=handler, clock=clock, max_retries=4), STEPS["add"])
    assert [number for _, number in handler.seen] == ["1", "2", "3", "4", "5"]
