"""serving(): a served fake for scripts, unittest and fixtures of a wider scope."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Generator, Optional

from fake_server.core import Fake
from octamem_testing.checks import check_fake
from octamem_testing.context import OctaMemServer
from octamem_testing.installed import needed
from octamem_testing.virtual_time.clock import VirtualClock

from . import ESCAPES_ALLOWED
from .blocks import Block, Owner
from .guard import shut
from .refusals import judged

__all__ = ["serving"]


@contextmanager
def serving(fake: Optional[Fake] = None) -> Generator[OctaMemServer, None, None]:
    """Serve a fake over HTTP on a free loopback port until the block ends; without `fake`, a new one.

    It is what octamem_server does, for scripts, unittest and fixtures of a wider scope. OCTAMEM_BASE_URL and
    OCTAMEM_API_KEY point to the server. The block raises EscapeError at its end if a call was refused in it.
    """
    fake = Fake() if fake is None else fake
    check_fake(fake, "serving")
    with needed("serving", "server"):
        from .server import hosting, reached
    allow = ESCAPES_ALLOWED[-1] if ESCAPES_ALLOWED else False
    with ExitStack() as stack:
        stack.enter_context(judged())
        stack.enter_context(shut(Block(fake, Owner("serving()"), allow=allow)))
        server = stack.enter_context(stack.enter_context(hosting()).serving(fake))
        stack.enter_context(reached(server, VirtualClock(fake)))
        yield server
