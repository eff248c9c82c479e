"""The keeper: one thread that commits what has queued up, and reverts it if it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple

from fake_server.core import Fake
from fake_server.core.transactions import Transaction

from .rows import Rows

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Keeper"]

_log = logging.getLogger("fake_server")

_Waiting = Tuple[int, asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Keeper:
    """Commits the transactions of a fake in a thread of its own: all that wait are one commit.

    `hidden` are kept settings over which options of this run go. Inside its `with`, no request may be answered before
    `settled` has returned for its transaction.
    """

    def __init__(self, fake: Fake, connection: sqlite3.Connection, hidden: Mapping[str, Any]) -> None:
        self._fake = fake
        self._connection = connection
        self._rows = Rows(connection, hidden)
        self._wake: SimpleQueue[bool] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: List[_Waiting] = []
        self._done = 0
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="octamem-fake-keeper", daemon=True)

    # Before the server starts

    def was_seeded(self, digest: bytes) -> bool:
        """Return whether a seed file of this digest was applied before."""
        return self._connection.execute("SELECT 1 FROM seed_files WHERE digest = ?", (digest,)).fetchone() is not None

    def begin_seeding(self, digest: bytes) -> None:
        """Begin a transaction of its own for a seed file; raises sqlite3.Error."""
        self._fake.transactions.start()
        self._connection.execute("BEGIN")
        self._connection.execute("INSERT INTO seed_files VALUES (?)", (digest,))

    def write_seeds(self) -> None:
        """Write the memories that were stored since the last time; raises sqlite3.Error."""
        with self._fake.recorded():
            pass
        pending = self._fake.transactions.pending()
        self._rows.write(change for each in pending for change in each.changes)
        self._fake.transactions.committed(pending)

    def end_seeding(self) -> None:
        """Commit the memories of the seed file, with its digest; raises sqlite3.Error."""
        self._connection.execute("COMMIT")

    # While it serves

    def __enter__(self) -> Self:
        """Begin to commit what changes."""
        self._fake.transactions.start()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Commit what is left, and close the file."""
        self._wake.put(False)
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):  # all that was answered is committed
            self._connection.close()

    async def settled(self, transaction: Optional[Transaction]) -> None:
        """Wait until a transaction, and all before it, is committed or reverted; its `failure` says which."""
        if transaction is None:
            return
        loop = asyncio.get_running_loop()
        with self._lock:
            if transaction.number <= self._done:
                return
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append((transaction.number, loop, future))
        self._wake.put(True)
        await future

    def _run(self) -> None:
        serving = True
        while serving:
            serving = self._wake.get()
            while not self._wake.empty():
                serving = self._wake.get() and serving
            self._settle()

    def _settle(self) -> None:
        with self._fake.lock:
            pending = self._fake.transactions.pending()
        if not pending:
            return
        try:
            self._commit(pending)
        except Exception as error:  # noqa: BLE001 - a keeper that ends lets every request wait without an end
            self._revert(error)
        else:
            with self._fake.lock:
                self._fake.transactions.committed(pending)
            self._recover()
            self._tell(pending[-1].number)

    def _commit(self, pending: Sequence[Transaction]) -> None:
        self._connection.execute("BEGIN")
        self._rows.write(change for each in pending for change in each.changes)
        self._connection.execute("COMMIT")
        self._rows.settled()

    def _revert(self, error: Exception) -> None:
        """Undo all that is decided, also what came while the commit failed, since it rests on what is undone."""
        # What is no error of SQLite is named by its type alone, since its words may quote a memory.
        why = str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:  # the next BEGIN says so again
                _log.exception("persist: the transaction that failed cannot be ended")
        self._rows.rolled_back()
        reason = f"the file of --persist cannot be written ({why}); make room, then send it again"
        with self._fake.lock:
            reverted = self._fake.transactions.revert(reason)
        if not self._failing:
            _log.error("persist: %s; requests are answered 503 STORAGE_FAILED until it can be written again", why)
        self._failing = True
        if reverted:
            self._tell(reverted[-1].number)

    def _recover(self) -> None:
        if self._failing:
            _log.warning("persist: the file can be written again")
        self._failing = False

    def _tell(self, done: int) -> None:
        """Wake whoever waits for a transaction up to this number."""
        with self._lock:
            self._done = done
            over = [each for each in self._waiting if each[0] <= done]
            self._waiting = [each for each in self._waiting if each[0] > done]
        loops: Dict[asyncio.AbstractEventLoop, List[asyncio.Future[None]]] = {}
        for _, loop, future in over:
            loops.setdefault(loop, []).append(future)
        for loop, futures in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, futures)


def _resolve(futures: Sequence[asyncio.Future[None]]) -> None:
    for each in futures:
        if not each.done():
            each.set_result(None)
