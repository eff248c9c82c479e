"""Which hosts a server answers to: a web page can make a name of its own resolve to this machine."""

from __future__ import annotations

from typing import FrozenSet, Iterable, Optional, Sequence, Tuple

from fake_server.authority import Authority, is_address, is_loopback, is_loopback_address, read_authority

from .head import Refusal, RequestHead, value_shown

__all__ = ["foreign_host", "hosts_of"]

SERVICE = "platform.octamem.com"  # what a client of the service sends that reaches us through a proxy


def hosts_of(head: RequestHead) -> Tuple[Sequence[Authority], Optional[Refusal]]:
    """Return every authority that a request names, or why it names none: a target in absolute form has one too."""
    given = _given(head)
    read = [each for each in map(read_authority, given) if each is not None]
    if len(head.all("host")) > 1 or not given or len(read) < len(given):
        got = ", ".join(map(value_shown, given)) or "none"
        return (), Refusal(
            400, "MALFORMED_HOST", f"Host: expected one NAME or NAME:PORT, got {got}; correct the header"
        )
    return read, None


def _given(head: RequestHead) -> Sequence[str]:
    return [*head.all("host"), *([] if head.target is None else [head.target])]


def foreign_host(
    head: RequestHead, hosts: Iterable[Authority], bound: str, allowed: FrozenSet[str]
) -> Optional[Refusal]:
    """Return why a server that listens on `bound` does not answer to one of the hosts, None if it answers to all."""
    for each, text in zip(hosts, _given(head)):
        if not _answers_to(each.host, head, bound, allowed):
            return Refusal(
                403,
                "HOST_NOT_ALLOWED",
                f"Host: expected a loopback address, localhost or an allowed name, got {value_shown(text)}; "
                "to allow a name, start the server with --allowed-host NAME",
            )
    return None


def _answers_to(host: str, head: RequestHead, bound: str, allowed: FrozenSet[str]) -> bool:
    if is_loopback(host) or host in allowed or host == bound:
        return True
    if is_loopback_address(bound):
        return host == SERVICE and not head.controls
    # A name that a stranger chose can be pointed at this server, an address cannot.
    return not allowed or is_address(host)
