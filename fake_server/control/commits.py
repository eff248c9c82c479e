"""Carrying out of an operation whose answer leaves once what it changed or shows is committed."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import Optional, cast

from starlette.concurrency import run_in_threadpool

from fake_server.core.transactions import Transaction

from .asked import Asked, RefusedError
from .operations import Operation, Result

__all__ = ["carry_out"]


async def carry_out(operation: Operation, asked: Asked, *, reads: bool) -> Result:
    """Carry an operation out; raises RefusedError if a keeper could not commit what it changed or shows.

    An operation that `reads`, or that is a coroutine, is no transaction of its own.
    """
    keeper, fake = asked.desk.keeper, asked.desk.fake
    if keeper is None:
        return await _plain(operation, asked)
    failures, own = fake.transactions.failures, _Own()
    is_whole = not reads and not iscoroutinefunction(operation.action)
    try:
        result = await (run_in_threadpool(own.recorded, operation, asked) if is_whole else _plain(operation, asked))
    finally:
        with fake.recorded() as all_before:
            pass
        await keeper.settled(all_before.transaction)
    failed = own.transaction is not None and own.transaction.failure is not None
    if failed if is_whole else fake.transactions.failures > failures:
        raise RefusedError(503, "STORAGE_FAILED", f"Nothing was changed: {fake.transactions.failure}")
    return result


class _Own:
    """The transaction of one operation, made in another thread."""

    transaction: Optional[Transaction] = None

    def recorded(self, operation: Operation, asked: Asked) -> Result:
        with asked.desk.fake.recorded() as recording:
            result = operation.action(asked)
        self.transaction = recording.transaction
        return cast("Result", result)


async def _plain(operation: Operation, asked: Asked) -> Result:
    if iscoroutinefunction(operation.action):
        return cast("Result", await operation.action(asked))
    # In a thread: a large journal or seed file must not hold up the connections that a test is timing.
    return cast("Result", await run_in_threadpool(operation.action, asked))
