"""What the server says: whether it is the fake, what time it has, whether it takes the key, and who called it."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, List, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from fake_server.authority import is_address, is_loopback
from fake_server.cli.options import options_of
from fake_server.cli.remote.client import Control, RefusedError
from fake_server.core.key_text import is_key
from fake_server.core.wording import plural

from .findings import Finding, note, ok, problem
from .probe import Probe, port_of, probe, resolved

__all__ = ["check_calls", "check_clock", "check_server", "utc_now"]

APART = 2.0  # seconds that two clocks may differ


def check_server(check: str, url: str) -> Tuple[List[Finding], Optional[Probe]]:
    """Return who answers at a URL, and the fake if it is one."""
    host = urlsplit(url).hostname or ""
    then = f"start one with octamem-fake serve{options_of(url) if is_loopback(host) else ''}, or name its URL"
    try:
        probes = [probe(url, each) for each in resolved(host, port_of(url))]
    except (OSError, ValueError):  # no such name, or a text that can be none
        return [problem(check, f"{host} is the name of no machine", then)], None
    found = next((each for each in probes if each.is_fake), None)
    if found is None:
        other = next((each for each in probes if each.answered), None)
        if other is None:
            return [problem(check, f"no server answers at {url}: {probes[0].reason}", then)], None
        if "HOST_NOT_ALLOWED" in other.reason:
            allow = f"start it with --allowed-host {host}, or use its address"
            return [problem(check, f"the fake at {url} does not answer to the name {host}", allow)], None
        return [problem(check, f"another server answers at {url}, with {other.reason}: no fake", then)], None
    return [ok(check, f"a fake answers at {url}, version {found.version}"), *_first(check, host, probes, found)], found


def _first(check: str, host: str, probes: List[Probe], found: Probe) -> List[Finding]:
    """Return what a client meets that tries only the first address of a name."""
    if probes[0].is_fake or is_address(host):
        return []
    use = f"use {found.address} in place of {host}, or start the server with --host ::"
    seen = f"{host} stands for {probes[0].address} first, "
    if probes[0].answered:
        return [problem(check, f"{seen}where another server answers", use)]
    return [note(check, f"{seen}where nothing answers: some clients try no other", use)]


def check_clock(found: Probe, now: datetime) -> List[Finding]:
    """Return whether the clocks of this machine, of the server's and of the fake agree."""
    theirs = parsedate_to_datetime(found.date) if found.date else now
    findings = []
    apart = (theirs - now).total_seconds()
    if abs(apart) > APART:
        seen = f"the clock of the server's machine is {_seconds(apart)} this one"
        findings.append(note("clock", seen, "set one of them, if dates are compared"))
    moved = (datetime.fromisoformat(str(found.now).replace("Z", "+00:00")) - theirs).total_seconds()
    if abs(moved) > APART:
        why = "somebody advanced it" if moved > 0 else "it has a time of its own"
        seen = f"the fake's time is {_seconds(moved)} its machine's clock: {why}"
        findings.append(note("clock", seen, "dates of memories, rate windows and delays follow the fake's time"))
    return findings or [ok("clock", "this machine and the fake have the same time")]


def _seconds(apart: float) -> str:
    return f"{abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'}"


def check_calls(control: Control, key: Optional[str]) -> List[Finding]:
    """Return whether the server takes the key, what is armed, and which calls it saw."""
    try:
        return _of(control, key, None)
    except RefusedError as error:
        if error.code == "NAME_A_KEY":
            return _of_cluster(control, key)
        if error.status != 401:
            raise
        return [_token_asked(is_given=control.has_token)]


def _token_asked(*, is_given: bool) -> Finding:
    then = "give the token that the server printed as --control-token or OCTAMEM_FAKE_CONTROL_TOKEN"
    seen = ", and the one given is another" if is_given else ""
    return note("calls", f"the server shows its calls only to who has its control token{seen}", then)


def _of_cluster(control: Control, key: Optional[str]) -> List[Finding]:
    """Return what the replica of one key says, since the proxy of a cluster asks no other."""
    if key is None or not is_key(key):
        then = "set OCTAMEM_API_KEY to any key: its calls are then shown here"
        return [note("calls", "the proxy of a cluster answers, and shows the calls of one key", then)]
    try:
        found = _of(control, key, key)
        where = f", which {control.replica} has" if control.replica else ""
        return [ok("server", f"it is the proxy of a cluster: what follows is of this key{where}"), *found]
    except RefusedError as error:
        if error.status != 401:
            raise
        return [_token_asked(is_given=control.has_token)]


def _of(control: Control, key: Optional[str], asked: Optional[str]) -> List[Finding]:
    """Return what the server says of a key, or of all of them if None is `asked` for."""
    return [*_of_key(control, key, asked), *_of_faults(control, asked), *_of_calls(control, key, asked)]


def _of_key(control: Control, key: Optional[str], asked: Optional[str]) -> List[Finding]:
    if key is not None and not is_key(key):
        return []  # no server could be asked about it, and that it is none is a finding already
    if key is None or control.ask("GET", "/settings", key=asked).get("keys") is None:
        return [ok("key", "the server takes any key")]
    try:
        state = control.ask("GET", "/settings", key=key).get("state", "active")
    except RefusedError as error:
        if error.status != 404:
            raise
        then = "use a key of --api-key or --keys of the server, or start it without them: it then takes any"
        return [problem("key", "the server does not know this key, and answers its calls with 401", then)]
    if state == "active":
        return [ok("key", "the server knows this key")]
    return [problem("key", f"the server knows this key as {state}", "use another, or make it active in the settings")]


def _of_faults(control: Control, asked: Optional[str]) -> List[Finding]:
    armed: List[Mapping[str, Any]] = control.ask("GET", "/faults", key=asked)["faults"]
    left = [each for each in armed if each.get("left") != 0]
    if not left:
        return []
    then = "if that is not meant: octamem-fake faults clear"
    return [note("faults", f"{plural(len(left), 'fault script')} armed, such as {left[0]['script']}", then)]


def _of_calls(control: Control, key: Optional[str], asked: Optional[str]) -> List[Finding]:
    answer = control.ask("GET", "/calls", key=asked, limit=1)
    calls: List[Mapping[str, Any]] = answer["calls"]
    if not calls:
        seen = "the server has seen no call since it was started or reset"
        then = "if the app did call, it has another base URL in its code: run octamem-fake doctor with that URL"
        return [note("calls", seen, then)]
    counted = plural(answer["counts"]["all"], "call")
    if key is None:
        return [ok("calls", f"{counted}; the newest: {_shown(calls[-1])}")]
    mine: List[Mapping[str, Any]] = control.ask("GET", "/calls", key=key, limit=1)["calls"] if is_key(key) else []
    if mine:
        return [ok("calls", f"{counted}; the newest under this key: {_shown(mine[-1])}")]
    then = "if it is the app's, it has another key than this shell: give it this one"
    return [note("calls", f"{counted}, but none under this key; the newest: {_shown(calls[-1])}", then)]


def _shown(call: Mapping[str, Any]) -> str:
    whose = call.get("key_id") or ("a key that is not accepted" if call.get("key") else "no key")
    return f"{call['at']} {call['endpoint'] or 'unknown path'}, {call['result']}, under {whose}"


def utc_now() -> datetime:
    """Return this machine's time."""
    return datetime.now(timezone.utc)
