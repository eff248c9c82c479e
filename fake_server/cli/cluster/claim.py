"""What a cluster has for itself while it runs: its folder, and each of its ports."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Generator

from fake_server.server import listen

from .layout import LOOPBACK, Layout

__all__ = ["ClusterError", "alone", "check_free"]


class ClusterError(RuntimeError):
    """A replica or a proxy that does not start, or does not stay up."""


@contextmanager
def alone(layout: Layout) -> Generator[None, None, None]:
    """Hold the folder of a layout; raises ClusterError if a cluster runs in it."""
    try:
        import fcntl
    except ImportError:  # on Windows the files of the replicas are locked alone
        yield
        return
    layout.folder.mkdir(parents=True, exist_ok=True)
    with (layout.folder / "cluster.lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ClusterError(f"a cluster runs in {layout.folder}: end it, or choose another --folder") from None
        yield


def check_free(port: int) -> None:
    """Raise ClusterError if somebody listens on a port, whose answers would be taken for a replica's."""
    try:
        listen(LOOPBACK, port).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ClusterError(
            f"cannot listen on {LOOPBACK}:{port}: {reason}; end what listens there, or choose another --port"
        ) from None
