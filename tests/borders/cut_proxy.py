"""A TCP relay between a browser and a server, whose connections a test can cut."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, List, Set

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CutProxy"]


class CutProxy:
    """Relay connections to a port of this machine; while it is cut, it ends those that there are and takes none."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._lock = Lock()
        self._open: Set[socket.socket] = set()
        self._is_cut = False
        self._threads: List[Thread] = []

    def __enter__(self) -> Self:
        self._begin(Thread(target=self._accept, daemon=True))
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # on Linux, to close it would not wake who accepts
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, thread: Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        with self._lock:
            self._is_cut = True
            ended, self._open = self._open, set()
        for each in ended:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Take connections again."""
        with self._lock:
            self._is_cut = False

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:  # closed by the end of the block
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            with self._lock:  # both at once: what is cut meanwhile is either among the open ones, or closed here
                is_cut = self._is_cut
                if not is_cut:
                    self._open |= {near, far}
            if is_cut:
                near.close()
                far.close()
                continue
            for source, sink in ((near, far), (far, near)):
                self._begin(Thread(target=self._relay, args=(source, sink), daemon=True))

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        with self._lock:
            self._open.discard(source)
        source.close()
