"""What becomes of a write whose answer never comes: the SDK at its defaults against the fake, over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from octamem import AsyncOctaMem, OctaMem, OctaMemError

KEY = "sk-om-live-tests-0000000000000001"
TIMEOUT = 1.0  # seconds, as a hasty user sets it: less, and a loaded machine would miss it by itself


class Patience:
    """A clock whose waits take no time, so that only the hangs are waited for."""

    def __init__(self):
        self.time = 1_700_000_000.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds

    async def sleep_async(self, seconds):
        self.sleep(seconds)


@pytest.fixture(params=["sync", "async"])
def add(request, served):
    """Add a memory with a client of either kind; give the result or the error."""

    def run(**options):
        options = {"base_url": served.url, "timeout": TIMEOUT, "clock": Patience(), **options}
        if request.param == "sync":
            with OctaMem(KEY, **options) as client:
                return client.add(content="tea")

        async def main():
            async with AsyncOctaMem(KEY, **options) as client:
                return await client.add(content="tea")

        return asyncio.run(main())

    def outcome(**options):
        try:
            return run(**options)
        except OctaMemError as error:
            return error

    return outcome


def told(fake):
    """Give the one call as the ledger has it."""
    (call,) = fake.calls
    return call, [(each.kind, each.fault, each.status, len(each.stored)) for each in call.attempts]


LOST = ("hang @after", None)


@pytest.mark.slow
def test_a_lost_answer_stores_twice_where_idempotency_is_ignored(served, add):
    """Two answers are lost after the write: each attempt stores anew, and the ledger has each."""
    served.fake.faults("add: hang @after x2")
    result = add()
    call, attempts = told(served.fake)
    assert [*attempts[:2], attempts[-1]] == [("first", *LOST, 1), ("retry", *LOST, 1), ("retry", None, 200, 1)]
    assert [memory.content for memory in served.fake.memories()] == ["tea"] * len(attempts)
    assert call.stored == tuple(memory.id for memory in served.fake.memories())
    assert (call.delivered, result.success, len(result.attempts)) == (True, True, len(attempts))


@pytest.mark.slow
def test_a_lost_answer_stores_once_where_idempotency_is_honoured(served, add):
    """The same with the Idempotency-Key honoured: the first answer is replayed, and one memory is stored."""
    served.fake.configure(idempotency=True)
    served.fake.faults("add: hang @after x2")
    result = add()
    call, attempts = told(served.fake)
    assert [*attempts[:2], attempts[-1]] == [("first", *LOST, 1), ("retry", *LOST, 0), ("retry", None, 200, 0)]
    (memory,) = served.fake.memories()
    assert call.stored == (memory.id,)
    assert result.model_dump()["id"] == memory.id
    assert "replayed" in call.attempts[-1].notes[0]


@pytest.mark.parametrize("fault", ["hang @after", "reset @after", "close @after", "truncate", "503 @after", "garbage"])
def test_a_client_that_repeats_no_unknown_write_never_stores_twice(served, add, fault):
    """With retry_unknown_writes=False an answer lost or spoilt after the write is the end of the call."""
    served.fake.faults(f"add: {fault} x4")
    error = add(retry_unknown_writes=False)
    assert isinstance(error, OctaMemError)
    call, attempts = told(served.fake)
    assert len(attempts) == 1
    assert len(served.fake.memories()) == len(call.stored) == 1
    assert not call.delivered


def test_a_write_that_was_refused_midway_is_repeated_without_harm(served, add):
    """What was struck @mid stored nothing, so that the retry that every client makes stores once."""
    served.fake.faults("add: hang @mid, reset @mid, 503 @mid")
    add()
    _, attempts = told(served.fake)
    assert [stored for *_, stored in attempts] == [0, 0, 0, 1]
    assert len(served.fake.memories()) == 1
