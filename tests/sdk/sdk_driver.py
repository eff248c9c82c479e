"""One way to drive the sync client, and the async client under asyncio and trio, for every test of the SDK."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

import anyio
import httpx
import pytest
from raw_server import Server
from sdk_cases import MEMORY, Case

from octamem import AsyncOctaMem, OctaMem, OctaMemError

KEY = "sk-om-live-0123456789abcdef"
Step = Callable[[Any], Any]


class VirtualClock:
    """A clock that passes only by sleeping, and remembers how long it slept."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.waits: List[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    async def sleep_async(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.sleep(seconds)


class Driver:
    """Builds clients of one kind, and runs calls on them in one event loop where there is one."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.is_async = backend != "sync"
        self.clients: List[Any] = []

    def client(self, api_key: Optional[str] = KEY, *, handler: Any = None, **options: Any) -> Any:
        if handler is not None:
            options["transport"] = httpx.MockTransport(handler)
        client: Any = AsyncOctaMem(api_key, **options) if self.is_async else OctaMem(api_key, **options)
        self.clients.append(client)
        return client

    def run(self, client: Any, *steps: Step) -> List[Any]:
        """Run the steps one after another and return what each returned."""
        if not self.is_async:
            return [step(client) for step in steps]

        async def main() -> List[Any]:
            return [await step(client) for step in steps]

        return anyio.run(main, backend=self.backend)

    def call(self, client: Any, step: Step) -> Any:
        return self.run(client, step)[0]

    def error(self, client: Any, step: Step) -> OctaMemError:
        """Return the error that the call raises."""
        with pytest.raises(OctaMemError) as caught:
            self.run(client, step)
        return caught.value

    def close(self) -> None:
        for client in self.clients:
            self.run(client, lambda it: it.close())


STEPS: Dict[str, Callable[[Any], Any]] = {
    "add": lambda client: client.add(content=MEMORY),
    "get": lambda client: client.get(query=MEMORY),
    "details": lambda client: client.details(),
}


def observed(sdk: Driver, server: Server, case: Case, clock: VirtualClock) -> Tuple[str, Any]:
    """Return what came of the case, in the words of the table, and the result or the error."""
    options = {"max_retries": 1, **({} if case.real_time else {"clock": clock}), **case.options}
    client = sdk.client(KEY, base_url=server.url, **options)
    try:
        result = sdk.call(client, STEPS[case.operation])
    except OctaMemError as caught:
        facts = [
            type(caught).__name__,
            f"status {caught.status_code}",
            f"code {caught.code}",
            f"outcome {caught.outcome}",
            f"{len(caught.attempts)} attempt(s)",
        ]
        return ", ".join(fact for fact in facts if not fact.endswith(" None")), caught
    if ", " not in case.expected:
        return "success", result
    wait = clock.waits[-1]
    return ("success, backs off" if 0.5 <= wait <= 1.0 else f"success, waits {wait:g}"), result
