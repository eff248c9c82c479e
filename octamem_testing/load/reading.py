"""Read the memories and the journal of a key over the control API, and compare them with the record of its client."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

import click

from fake_server.cli.remote.client import Address, Control, RefusedError

from .comparison import Compared, Counts, Journal, Stored, compare
from .record import Record, digest

__all__ = ["ADVICE", "KeyOfUser", "check_key", "is_ready"]

PAGE = 1000
"""The most memories that one answer of the control API has."""
LET_IN = "each user has a key of its own, so start a server that lets any key in, without --api-key"
ADVICE = "start one with octamem-fake serve, or name another"


@dataclass
class KeyOfUser:
    """The key of one user at one server, and the record of its client."""

    address: Address
    key: str
    record: Record

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address.url!r})"


def is_ready(address: Address, key: str, script: str = "") -> None:
    """Check that a fake answers which lets a key in, and arm faults for that key; raises ClickException."""
    control = Control(address, advice=ADVICE)
    try:
        control.ask("GET", "/settings", key=key)
        if script:
            control.ask("POST", "/faults", {"script": script}, key=key)
    except RefusedError as error:
        if error.status == 404:
            raise click.ClickException(f"{error.message}; {LET_IN}") from None
        raise
    finally:
        control.close()


def check_key(user: KeyOfUser) -> Dict[str, Any]:
    """Return the counts of a key and its differences, as JSON; a key that cannot be read is not checked."""
    control = Control(user.address, advice=ADVICE)
    try:
        compared = compare(user.record, _memories(control, user.key), _journal(control, user.key))
        name = _name(control, user.key) if compared.counts.wrong else ""
    except click.ClickException as error:
        return {"counts": Counts(not_checked=1).plain(), "differences": [], "problems": [error.message]}
    finally:
        control.close()
    return _plain(compared, name)


def _plain(compared: Compared, name: str) -> Dict[str, Any]:
    differences = [{"key_id": name, **asdict(each)} for each in compared.differences]
    return {"counts": compared.counts.plain(), "differences": differences, "problems": []}


def _memories(control: Control, key: str) -> List[Stored]:
    stored: List[Stored] = []
    before: Optional[str] = None
    while True:
        page = control.ask("GET", "/memories", key=key, limit=PAGE, before=before)
        stored += [Stored(each["id"], digest(each["content"])) for each in page["memories"]]
        before = page.get("next")
        if before is None:
            return stored


def _journal(control: Control, key: str) -> Journal:
    answer = control.ask("GET", "/calls", key=key, endpoint="add", limit=1)
    return Journal(answer["attempts"], answer["dropped"])


def _name(control: Control, key: str) -> str:
    """Return the short id of a key, with its replica if a cluster names one."""
    (found,) = control.ask("GET", "/keys", key=key)["keys"]
    of_replica = f" of {control.replica}" if control.replica else ""
    return f"{found['key_id']}{of_replica}"
