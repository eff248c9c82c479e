"""Rounds ahead: other processes, or the other parts of a hunt, play the schedules that come next."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Callable, Generator, Optional, Sequence, Union

from .log_capture import captured_logs
from .outcome import Outcome
from .processes.parcel import pack, travels, unpack
from .processes.workers import Workers
from .shared_rounds import Share, SharedRounds
from .workdir import Workdir, directory_of_round, shared_directory

__all__ = ["TURN", "Offer", "RoundsAhead"]

Offer = Callable[[Sequence[str]], None]
"""Is told which schedules come next, in their order."""

TURN = Lock()
"""Held while a round is played: what it patches belongs to the process. Rounds compute, and wait for nothing."""


class RoundsAhead:
    """The outcomes of rounds that others have played; `play` plays one in this process."""

    def __init__(self, play: Callable[[str, Workdir], Outcome]) -> None:
        self._play = play
        self._source: Union[Workers, SharedRounds, None] = None

    @contextmanager
    def spread(self, jobs: int, share: Optional[Share]) -> Generator[Offer, None, None]:
        """Spread rounds over so many processes, or over the parts of a hunt, and yield what is told which come next."""
        if jobs == 1 and share is None:
            yield lambda _schedules: None
            return
        with shared_directory() as shared, ExitStack() as stack:
            if share is not None:
                self._source = SharedRounds(share, partial(self._here, shared))
            else:
                with TURN:  # a child has no round of another thread
                    self._source = stack.enter_context(Workers(jobs - 1, partial(self._in_worker, shared)))
            try:
                yield self._source.offer
            finally:
                self._source = None

    def take(self, schedule: str) -> Optional[Outcome]:
        """Return what another process or part has found under a schedule, None if there is none."""
        parcel = b"" if self._source is None else self._source.take(schedule)
        return unpack(parcel) if parcel else None

    def note(self, schedule: str, outcome: Outcome) -> None:
        """Let the other parts of the hunt have an outcome."""
        if isinstance(self._source, SharedRounds):
            self._source.note(schedule, _parcel_of(outcome))

    def _in_worker(self, shared: Path, schedule: str) -> bytes:
        """Play a round in a worker, and return its outcome as `_packed` does."""
        self._source = None
        try:
            return self._packed(shared, schedule)
        except BaseException:  # noqa: BLE001 - it comes again where the hunt plays it
            return b""

    def _here(self, shared: Path, schedule: str) -> bytes:
        """Play a round ahead in this process, and return its outcome as `_packed` does."""
        try:
            with TURN:
                return self._packed(shared, schedule)
        except Exception:  # noqa: BLE001 - it comes again where the hunt plays it
            return b""

    def _packed(self, shared: Path, schedule: str) -> bytes:
        """Play a round, and return its outcome; b"" for one that this process cannot hand over whole."""
        with captured_logs(), directory_of_round(shared) as workdir:
            return _parcel_of(self._play(schedule, workdir))


def _parcel_of(outcome: Outcome) -> bytes:
    """Return an outcome for another process, b"" if that would not have it whole."""
    whole = (outcome.returned, outcome.error, [answer for _, answer in outcome.claims.answers])
    return pack(outcome) if travels(whole) else b""
