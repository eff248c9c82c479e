"""The return of a replica that was started again: when it answers, and with how many keys."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any, Callable, List, Mapping, Optional

import click

from fake_server.cli.programs.program import Program
from fake_server.cli.remote.client import Address, Control
from fake_server.core.wording import plural

from .layout import Replica

__all__ = ["await_return"]

LATE_SECONDS = 60.0
"""Seconds after which it is said once that a replica does not answer yet."""
_POLL_SECONDS = 0.05

Say = Callable[[str], None]


def await_return(program: Program, replica: Replica, token: Optional[str], say: Say) -> None:
    """Say in a line that a replica answers, from a thread, once it does; nothing if it ends before."""
    words = (program, replica, token, say)
    Thread(target=_await, args=words, name=f"return-{replica.name}", daemon=True).start()


def _await(program: Program, replica: Replica, token: Optional[str], say: Say) -> None:
    begun, pid, is_late = time.monotonic(), program.pid, False
    while program.pid == pid and program.code is None and not program.is_ending:
        seconds = time.monotonic() - begun
        if program.is_ready:
            say(f"{replica.name} answers again on port {replica.port} after {seconds:.1f} s{_held(replica, token)}")
            return
        if seconds > LATE_SECONDS and not is_late:
            is_late = True
            say(f"{replica.name} does not answer on port {replica.port} yet, after {seconds:.0f} s; its keys fail")
        time.sleep(_POLL_SECONDS)


def _held(replica: Replica, token: Optional[str]) -> str:
    """Return the words for what a replica has, none if it does not say."""
    control = Control(Address(replica.url, token))
    try:
        keys: List[Mapping[str, Any]] = [each for each in control.ask("GET", "/keys")["keys"] if each["open"]]
    except click.ClickException:
        return ""
    finally:
        control.close()
    memories = sum(each["memories"] for each in keys)
    return f", with {plural(len(keys), 'key')} and {plural(memories, 'memory', 'memories')}"
