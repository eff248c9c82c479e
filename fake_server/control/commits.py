"""Carrying out of an operation whose answer leaves once what it changed or shows is committed."""

from __future__ import annotations

from functools import partial
from inspect import iscoroutinefunction
from typing import Callable, Optional, Tuple, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from fake_server.core.transactions import Transaction

from .asked import Asked, RefusedError
from .operations import Operation, Result

__all__ = ["carry_out", "committed"]

Made = TypeVar("Made")


async def carry_out(operation: Operation, asked: Asked, *, reads: bool) -> Result:
    """Carry an operation out; raises RefusedError if a keeper could not commit what it changed or shows.

    A coroutine that changes something commits it itself, by `committed`.
    """
    if reads:
        return await _read(operation, asked)
    if iscoroutinefunction(operation.action):
        return cast("Result", await operation.action(asked))
    return await committed(asked, partial(cast("Callable[[Asked], Result]", operation.action), asked))


async def committed(asked: Asked, action: Callable[[], Made]) -> Made:
    """Carry an action out in a thread as one transaction; raises RefusedError if a keeper could not commit it."""
    fake, desk = asked.fake, asked.desk

    def recorded() -> Tuple[Made, Optional[Transaction], Callable[[], None]]:
        with fake.recorded() as recording:
            steps, snapshots = desk.undo.all(), desk.snapshots.all()
            made = action()
            steps_after, snapshots_after = desk.undo.all(), desk.snapshots.all()

        def take_back() -> None:
            with fake.lock:
                desk.undo.take_back(steps, steps_after)
                desk.snapshots.take_back(snapshots, snapshots_after)

        return made, recording.transaction, take_back

    try:
        made, transaction, take_back = await run_in_threadpool(recorded)
    finally:
        await _settled(asked)
    if transaction is not None and transaction.failure is not None:
        take_back()
        raise _failed(transaction.failure)
    return made


async def _read(operation: Operation, asked: Asked) -> Result:
    failures = asked.fake.transactions.failures
    try:
        if iscoroutinefunction(operation.action):
            result = await operation.action(asked)
        else:
            # In a thread: a large journal must not hold up the connections that a test is timing.
            result = await run_in_threadpool(operation.action, asked)
    finally:
        await _settled(asked)
    if asked.fake.transactions.failures > failures:
        raise _failed(asked.fake.transactions.failure)
    return cast("Result", result)


async def _settled(asked: Asked) -> None:
    """Wait until all that changed so far is committed or reverted."""
    keeper = asked.desk.keeper
    if keeper is not None:
        with asked.fake.recorded() as all_before:
            pass
        await keeper.settled(all_before.transaction)


def _failed(reason: str) -> RefusedError:
    return RefusedError(503, "STORAGE_FAILED", f"Nothing was changed: {reason}")
