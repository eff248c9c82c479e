"""One attempt of the journal: an HTTP request, what became of it, and how it is told without any key."""

from __future__ import annotations

from itertools import chain
from sys import intern
from typing import Any, Dict, List, Literal, Optional, Tuple, Union

from fake_server.core.clock import iso
from fake_server.core.faults.steps import LIES
from fake_server.core.json_body import BadBody, encode, read_object
from fake_server.core.key_text import blank_key
from fake_server.core.messages import Drop, Outcome, Request
from fake_server.core.redaction import LOOKED_AT, beginning
from fake_server.core.settings import Settings

from .call_state import CallState
from .funnel import Funnel

__all__ = ["KEPT", "RETRYABLE", "Entry", "Kind", "target_of"]

Kind = Literal["first", "retry", "repeat"]

ATTEMPT_HEADER = "x-octamem-attempt"
KEPT = 4 << 10  # bytes of a body up to which its texts are kept as read: they may take four times as many
SHOWN = 2000  # characters of a body that is no JSON object
WHOLE = ("slow", "drip", *LIES)  # faults that bring the service's whole answer
SPOILT = ("truncate", "garbage", "wrong-type", "empty")  # faults whose 200 is not the service's answer
NEW = Settings()
RETRYABLE = (408, 425, 429)  # with 5xx, the statuses after which a client may send the same call again


class Entry:
    """One attempt: one HTTP request and what became of it."""

    __slots__ = (
        "_effect", "_is_object", "_notes", "_texts", "attempt", "body", "call", "confirmed", "dropped", "ended",
        "endpoint", "fault", "found", "handled", "hits", "key", "key_id", "kind", "lost", "method", "path",
        "request_id", "response", "retry_after", "search", "seq", "settings", "since", "status", "ticks",
    )  # fmt: skip

    def __init__(
        self,
        seq: int,
        ticks: int,
        key: str,
        request: Request,
        endpoint: Optional[str],
        call: CallState,
        request_id: str,
        key_id: str,
    ) -> None:
        self.seq = seq
        self.request_id = request_id
        self.ticks = ticks
        self.key = key
        self.key_id = key_id  # "" for a key that opens nothing
        self.settings = NEW  # those under which it was carried out
        # Ten thousand of these are kept a key: so they share what they can, and hold nothing that is empty.
        self.method = request.method
        self.path = request.path if endpoint is None else intern(request.path)
        self.body = request.body
        self.endpoint = endpoint
        self.call = call
        self.attempt = call.attempts
        self.kind: Kind = _kind(call, request.headers.get(ATTEMPT_HEADER))
        self.since = None if call.latest is None else ticks - call.latest
        call.latest = ticks
        self.lost = False  # whether it is known that the answer did not reach the client
        self.retry_after: Optional[str] = None
        self.fault: Optional[str] = None
        self.found = ""  # how many memories a search found, of how many, and why none
        self.hits: Optional[int] = None  # how many memories a search found
        self.search: Optional[Funnel] = None  # why a search found nothing
        self.handled: Optional[int] = None  # the status of the handler's own answer, None if it did not run
        self.dropped: Optional[str] = None  # how the connection ended without an answer
        self.ended: Optional[int] = None  # when it was over, in ticks; None as long as it is open
        self.confirmed = True  # whether the connection was still open after the answer
        self.status: Optional[int] = None
        self.response: Optional[bytes] = None
        self._is_object: Optional[bool] = None  # whether the body is a JSON object, None before anybody has read it
        self._texts: Optional[Dict[str, str]] = None
        self._effect: Tuple[Any, ...] = ()
        self._notes: Optional[List[str]] = None

    def __repr__(self) -> str:
        """Return its line."""
        return self.line()

    @property
    def effect(self) -> Dict[str, Any]:
        """What changed, by name."""
        return dict(zip(self._effect[::2], self._effect[1::2]))

    @effect.setter
    def effect(self, changed: Dict[str, Any]) -> None:
        self._effect = tuple(chain.from_iterable(changed.items()))

    @property
    def notes(self) -> List[str]:
        """Remarks, to which more may be added."""
        if self._notes is None:
            self._notes = []
        return self._notes

    def close(self, outcome: Outcome) -> None:
        """Write down what was sent back."""
        self._notes = self._notes or None
        if isinstance(outcome, Drop):
            self.dropped = outcome.how
            return
        self.status = outcome.status
        self.retry_after = outcome.headers.get("retry-after")
        self.response = outcome.body if outcome.cut is None else outcome.body[: outcome.cut]
        spoilt = self.fault is not None and not self.fault.startswith(WHOLE) and outcome.status < 400
        self.call.open = spoilt or outcome.status in RETRYABLE or outcome.status >= 500

    def undelivered(self, why: str) -> None:
        """Write down that the answer did not reach the client, who may send the same call again."""
        self.notes.append(why)
        self.lost = True
        self.call.open = True
        self.call.rev += 1

    @property
    def delivered(self) -> bool:
        """Whether a success was sent whole and unspoilt, and reached the client as far as the fake knows."""
        if self.lost or self.status is None or not 200 <= self.status < 300:
            return False
        return not self.spoilt

    @property
    def spoilt(self) -> bool:
        """Whether the fault cut the answer or put something else in its place."""
        return self.fault is not None and self.fault.startswith(SPOILT)

    @property
    def identity(self) -> Tuple[str, Optional[str], str, int]:
        """The parts from which chance is drawn, beside the seed: key, endpoint, call and attempt."""
        return self.key, self.endpoint, self.call.id, self.attempt

    @property
    def stored(self) -> Tuple[str, ...]:
        """The ids of the memories that this attempt stored."""
        if not self._effect:
            return ()  # without a dict, since a round of chaos asks each attempt several times
        return tuple(self.effect.get("stored", ()))

    @property
    def idempotency_key(self) -> Optional[str]:
        """The Idempotency-Key that it came by, None if there was none."""
        return self.call.name[len(target_of(self, self.endpoint)) + 1 :] if self.call.has_token else None

    @property
    def request(self) -> Any:
        """The body that was sent: the JSON object, or the beginning of any other body."""
        if self._texts is not None:
            return dict(self._texts)
        if self._is_object is None:
            try:
                self.read(read_object(self.body))
            except BadBody as error:
                self.read(error)
        return read_object(self.body) if self._is_object else _beginning(self.body)

    def read(self, found: Union[Dict[str, Any], BadBody]) -> None:
        """Keep the fields of the body, or the error if it has none, so that it is not read again."""
        self._is_object = isinstance(found, dict)
        if isinstance(found, dict) and len(self.body) <= KEPT and {str}.issuperset(map(type, found.values())):
            self._texts = found

    def blanked(self, value: Any) -> Any:
        """Return a JSON value of this attempt with every key in it blanked."""
        return self.call.keys.blanked(value, self.key)

    def request_shown(self) -> Any:
        """Return the body that was sent: the JSON object, or the beginning of any other, with every key blanked."""
        request = self.request
        return self.blanked(request) if self._is_object else self._beginning_shown(self.body)

    def _response_shown(self, body: bytes) -> Any:
        try:
            return self.blanked(read_object(body))
        except BadBody:
            return self._beginning_shown(body)

    def _beginning_shown(self, body: bytes) -> Optional[str]:
        text = body[: 4 * (LOOKED_AT + SHOWN)].decode("utf-8", "backslashreplace")
        return beginning(text, SHOWN, self.blanked) or None

    def blanked_body(self) -> bytes:
        """Return the body with every key in it blanked, or as it was sent if it has none."""
        request = self.request
        if self._is_object:
            shown = self.blanked(request)
            return self.body if shown == request else encode(shown)
        text = self.body.decode("utf-8", "surrogateescape")
        return str(self.blanked(text)).encode("utf-8", "surrogateescape")

    def target(self, most: int) -> str:
        """Return the method and the path, at most so many characters of it, in ASCII and with every key blanked."""
        return ascii(f"{self.blanked(self.method):.20} {self.blanked(self.path):.{most}}")[1:-1]

    def as_dict(self) -> Dict[str, Any]:
        """Return the attempt as JSON values, every key in it blanked."""
        return {
            **self._head(),
            "path": self.blanked(self.path),
            "request": self.request_shown(),
            "fault": self.blanked(self.fault),
            "status": self.status,
            "response": None if self.response is None else self._response_shown(self.response),
            "effect": self.blanked(self.effect),
            "notes": self.blanked(self.notes),
        }

    def _head(self) -> Dict[str, Any]:
        return {
            "seq": self.seq,
            "at": iso(self.ticks),
            "key": blank_key(self.key),
            "key_id": self.key_id or None,
            "method": self.blanked(self.method),
            "endpoint": self.endpoint,
            "call": self.call.id,
            "attempt": self.attempt,
            "request_id": self.request_id,
        }

    def line(self) -> str:
        """Return the attempt in one line, without any text of a memory and any key."""
        what, status = self.endpoint or self.target(60), "no answer" if self.status is None else self.status
        line = f"#{self.seq} {iso(self.ticks)} {what} call {self.call.id} attempt {self.attempt} -> {status}"
        if self.fault:
            line = f"{line} {self.blanked(f'fault: {self.fault}')}"
        if self.found:
            line = f"{line} {self.found}"
        more = [f"{name}: {_brief(value)}" for name, value in self.effect.items()]
        if self._notes:
            more += [f"({note})" for note in self._notes]
        return " ".join([line, *self.call.keys.all_blanked(more, self.key)]) if more else line

    def facts(self) -> Dict[str, Any]:
        """Return what the line says as JSON values; a fact that there is not is left out."""
        facts = {
            **self._head(),
            "path": self.blanked(self.path)[:60],
            "status": self.status,
            "fault": self.blanked(self.fault),
            "effect": self.blanked(self.effect),
            "notes": self.blanked(self.notes),
        }
        return {name: value for name, value in facts.items() if value not in (None, {}, [])}


def target_of(request: Union[Request, Entry], endpoint: Optional[str]) -> str:
    """Return what a request is for: the endpoint, or method and path where there is none."""
    return endpoint or f"{request.method} {request.path}"


def _kind(call: CallState, announced: Optional[str]) -> Kind:
    """Return what an attempt is: the first, a retry of the SDK, or a repeat by a layer below it."""
    number = int(announced[:9]) if announced is not None and announced.isascii() and announced.isdigit() else 0
    higher = number > call.highest
    call.highest = max(call.highest, number)
    if call.attempts == 1:
        return "first"
    return "retry" if higher or not number else "repeat"


def _beginning(body: bytes) -> Optional[str]:
    return body[:SHOWN].decode("utf-8", "backslashreplace") if body else None


def _brief(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, (list, tuple)) else str(value)
