"""The shut door: while a fake is in use, a call to the service reaches a fake or nothing."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Generator

from octamem_testing.patches import Patches

from . import ESCAPES_ALLOWED
from .blocks import BLOCKS, Block, leftovers, opened
from .doorway import DOORWAY
from .libraries import aiohttp_connector, celery_tasks, http_client, httpx_family, processes, sockets, threads

__all__ = ["shut"]

_LIBRARIES = (httpx_family, http_client, aiohttp_connector, sockets, threads, processes, celery_tasks)
_PATCHES = Patches([target for module in _LIBRARIES for target in module.TARGETS])
_LOCK = threading.Lock()


@contextmanager
def shut(block: Block) -> Generator[None, None, None]:
    """Keep the door shut until the block ends, and for longer while threads of it still run."""
    with _LOCK:
        if BLOCKS.open:
            _PATCHES.install()
        else:  # left for threads of ended blocks, they may lie below a mock of this test
            _PATCHES.renew()
    try:
        with opened(block):
            yield
    finally:
        with _LOCK:
            if not BLOCKS.open and not leftovers():
                _PATCHES.remove()
        if not BLOCKS.open and not ESCAPES_ALLOWED:  # a run of pytest closes it at its own end
            DOORWAY.close()
