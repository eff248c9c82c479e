"""The requests of a connection that take turns: an app has the first, and the others wait for its answer."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Deque, Dict, Optional

from .answer_heads import written
from .at_once import App
from .cycle import Cycle
from .extensions import CONNECTION, TARGET
from .parsing import BadRequestError, Head
from .state import ServerState
from .wire import Wire

__all__ = ["Turns"]

PIPELINED = 32  # requests that may wait for the answer to one before them, until no more are read
_ASGI = {"version": "3.0", "spec_version": "2.3"}

_log = logging.getLogger("fake_server.serving")


class Turns(Wire):
    """Lets an app answer one request of a connection after another, and refuses what is none."""

    def __init__(self, state: ServerState) -> None:
        super().__init__(state)
        self._cycles: Deque[Cycle] = deque()  # those to be answered, the first of which an app has
        self._latest: Optional[Cycle] = None
        self._refusal: Optional[BadRequestError] = None
        self._client: Any = None
        self._server: Any = None

    def _is_at_work(self) -> bool:
        return bool(self._cycles) or (self._latest is not None and self._latest.more)

    def _queue(self, head: Head, app: Optional[App] = None) -> Cycle:
        """Let a request wait for its turn, and for `app` to go on with it; return what is told of the rest of it."""
        if not self.state.idle.end(self):
            self.state.head.end(self)
        scope = self._scope(head)
        keep_alive, expects = head.keep_alive, head.expects
        cycle = Cycle(self, scope, keep_alive=keep_alive, expects=expects, answered=self._on_answered)
        scope["extensions"][CONNECTION] = cycle
        self._latest = cycle
        self._cycles.append(cycle)
        if len(self._cycles) == 1:
            self._begin(cycle, app)
        elif len(self._cycles) > PIPELINED:
            self.pause_reading()
        return cycle

    def _scope(self, head: Head) -> Dict[str, Any]:
        authority, raw_path, path, query = head.parts
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": head.version,
            "server": self._server,
            "client": self._client,
            "scheme": "http",
            "root_path": "",
            "method": head.method,
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": head.headers,
            # For the guard the authority counts as the Host header does.
            "extensions": {} if authority is None else {TARGET: authority},
        }

    def _begin(self, cycle: Cycle, app: Optional[App] = None) -> None:
        state = self.state
        cycle.task = state.loop.create_task(cycle.run(app or state.app))
        state.tasks.add(cycle.task)  # from which it takes itself: a callback would be one more turn of the event loop

    def _on_answered(self) -> None:
        cycle = self._cycles.popleft()
        if not cycle.keep_alive or self.state.ending:
            self._cycles.clear()  # what else was asked gets no answer
            cycle.close()
            return
        self.resume_reading()
        if self._cycles:
            self._begin(self._cycles[0])
        elif self._refusal is not None:
            self._refuse(self._refusal)
        elif cycle.more:
            self.state.body.begin(self, self.state.now())
        else:
            self._be_idle()

    def _be_idle(self) -> None:
        self.state.body.end(self)
        self.state.idle.begin(self, self.state.now())

    def _fail(self, error: BadRequestError) -> None:
        """Answer with an error, once the requests before it are answered, and end the connection."""
        self._refusal = error
        started = False
        if self._cycles and self._cycles[-1].more:  # the rest of its body cannot be read
            broken = self._cycles.pop()
            started = broken.is_started
            broken.lose()
        if not self._cycles:
            self._refuse(error, started=started)

    def _refuse(self, error: BadRequestError, *, started: bool = False) -> None:
        _log.debug("refused: %s", error)
        if not started:
            self.write(written(error.status, error.code, str(error), self.state.date))
        self.part()
