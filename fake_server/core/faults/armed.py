"""What a fault does, before the handler in its place or after it to its answer, and whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from fake_server.core.clock import TICKS
from fake_server.core.json_body import encode
from fake_server.core.messages import NO_BODY, Drop, Outcome, Reply

from .lies import chance
from .steps import LIES, MID, Rule, Script, Step

__all__ = ["JSON", "Armed", "answer_instead", "midway", "refusal", "spoil", "strikes"]

JSON: Mapping[str, str] = {"content-type": "application/json"}
_HTML = {"content-type": "text/html; charset=utf-8"}
_TEXT = {"content-type": "text/plain; charset=utf-8"}

# Codes beyond those that the service documents are our decision; see docs/fidelity.md.
CODES = {
    400: ("VALIDATION_ERROR", "The request is not valid"),
    401: ("AUTH_ERROR", "Invalid or missing API key"),
    403: ("METHOD_NOT_SUPPORTED", "This memory does not support this method"),
    404: ("NOT_FOUND", "Not found"),
    408: ("REQUEST_TIMEOUT", "The request took too long to arrive"),
    409: ("CONFLICT", "The request conflicts with another"),
    413: ("PAYLOAD_TOO_LARGE", "The request is too large"),
    422: ("VALIDATION_ERROR", "The request cannot be processed"),
    429: ("RATE_LIMIT", "Too many requests"),
    500: ("INTERNAL_ERROR", "Something went wrong on the server"),
    502: ("BAD_GATEWAY", "The gateway got no valid answer"),
    503: ("SERVICE_UNAVAILABLE", "The service is unavailable for now"),
    504: ("GATEWAY_TIMEOUT", "The gateway got no answer in time"),
}


def refusal(status: int, code: str, message: str, headers: Optional[Mapping[str, str]] = None) -> Reply:
    """Build an error answer in the service's shape."""
    return Reply(status, {**JSON, **(headers or {})}, encode({"error": message, "code": code}))


def _as_status(step: Step, _: Optional[Reply]) -> Reply:
    status = step.status or 500
    code, message = CODES.get(status, ("ERROR" if status >= 400 else "OK", f"Answered with {status} by a fault"))
    own = {} if step.retry_after is None else {"retry-after": step.retry_after}
    if step.body == "empty" or status in NO_BODY:
        return Reply(status, own, b"")
    if step.body == "html":
        return Reply(status, {**_HTML, **own}, f"<html><body><h1>{status}</h1><p>{message}</p></body></html>".encode())
    if step.body == "text":
        return Reply(status, {**_TEXT, **own}, message.encode())
    return refusal(status, code, message, own)


def _as_redirect(step: Step, _: Optional[Reply]) -> Reply:
    return Reply(307, {**_TEXT, "location": step.url}, b"Moved for now\n")


def _as_drop(step: Step, _: Optional[Reply]) -> Drop:
    return Drop(step.kind)


def answer_instead() -> Reply:
    """Build the answer that a fault spoils where the handler never ran."""
    return Reply(200, JSON, encode({"success": True}))


_SPOILERS: Dict[str, Callable[[Step, Reply], Reply]] = {
    "slow": lambda step, reply: replace(reply, delay=reply.delay + step.seconds),
    "truncate": lambda step, reply: replace(reply, cut=len(reply.body) // 2, chunked=step.chunked),
    "drip": lambda step, reply: replace(reply, drip=step.seconds),
    "garbage": lambda _, reply: replace(reply, status=200, body=b"\x00\xff{not json at all"),
    "wrong-type": lambda _, reply: replace(reply, status=200, body=b'["this", "is", "no", "object", 7]'),
    "empty": lambda _, reply: replace(reply, status=200, body=b""),
}
_REPLACERS: Dict[str, Callable[[Step, Optional[Reply]], Outcome]] = {
    "status": _as_status,
    "redirect": _as_redirect,
    "hang": _as_drop,
    "reset": _as_drop,
    "close": _as_drop,
}


def spoil(step: Step, reply: Optional[Reply]) -> Outcome:
    """Give what the client gets instead of `reply`, or instead of the handler's work where there is no reply yet."""
    if step.kind in _REPLACERS:
        return _REPLACERS[step.kind](step, reply)
    return _SPOILERS[step.kind](step, reply or answer_instead())


_Block = List[Tuple[int, Step]]


def _blocks(steps: Sequence[Step]) -> List[_Block]:
    """Return the steps of a rule, each with its number, in blocks.

    Consecutive percentages are one block: they begin together, are drawn in turn, and each ends on its own. Any other
    step is a block of itself, and the next begins when it is used up.
    """
    blocks: List[_Block] = []
    for number, step in enumerate(steps):
        if step.percent is not None and blocks and blocks[-1][-1][1].percent is not None:
            blocks[-1].append((number, step))
        else:
            blocks.append([(number, step)])
    return blocks


class _Place:
    """How far one key has come in the blocks of one rule, which all keys share."""

    def __init__(self, blocks: Sequence[_Block], began: int) -> None:
        self.fired: Dict[int, int] = {}
        self._began = began
        self._blocks = blocks
        self._at = 0
        self._endless = self._is_endless()

    def take(self, now: int, seed: int, identity: Tuple[object, ...]) -> int:
        """Return the number of the step that is met, -1 if chance spares the attempt or all is used up."""
        live = self.turn(now)
        for number, step in live:
            percent = step.percent
            if percent == 0:
                continue
            seeded = seed if step.seed is None else step.seed
            if percent is None or chance(seeded, *identity, number) * 100 < percent:
                self.fired[number] = self.fired.get(number, 0) + 1
                if all(self._over(other, each, now) for other, each in live):
                    self._next(now)
                return number
        return -1

    def turn(self, now: int) -> List[Tuple[int, Step]]:
        """Give the steps whose turn it is: several where they are percentages, none where all is used up."""
        while self._at < len(self._blocks):
            block = self._blocks[self._at]
            if self._endless:
                return block
            live = [(number, step) for number, step in block if not self._over(number, step, now)]
            if live:
                return live
            self._next(max((self._ends(step) for _, step in block if step.lasts is not None), default=now))
        return []

    def _next(self, began: int) -> None:
        self._at += 1
        self._began = began
        self._endless = self._is_endless()

    def _is_endless(self) -> bool:
        """Say whether every step of the block stays until it is disarmed: asked once, as it would be at each call."""
        return self._at < len(self._blocks) and all(step.stays for _, step in self._blocks[self._at])

    def _ends(self, step: Step) -> int:
        return self._began + round((step.lasts or 0) * TICKS)

    def _over(self, number: int, step: Step, now: int) -> bool:
        if step.lasts is not None and now >= self._ends(step):
            return True
        stays = step.percent is not None or step.lasts is not None
        times = step.count if step.count is not None or stays else 1
        return times is not None and self.fired.get(number, 0) >= times


class _Track:
    """One rule in force, the `at`-th of its script, and how far each key has come in it."""

    def __init__(self, at: int, rule: Rule) -> None:
        self.at = at
        self.rule = rule
        self.places: Dict[str, _Place] = {}
        self._blocks = _blocks(rule.steps)

    def place(self, key: str, began: int) -> _Place:
        """Return how far a key has come; it begins at `began`."""
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = _Place(self._blocks, began)
        return place

    def remaining(self) -> Iterator[Tuple[Step, int]]:
        """Yield each step that ends, and how often it is still to be met by the key that came furthest."""
        most: Dict[int, int] = {}
        for place in self.places.values():
            for number, fired in place.fired.items():
                most[number] = max(fired, most.get(number, 0))
        for number, step in enumerate(self.rule.steps):
            fired = most.get(number, 0)
            if step.lasts is not None:
                yield step, 0 if fired else 1
            elif step.percent is None or step.count is not None:
                yield step, max(0, (step.count or 1) - fired)


class Armed:
    """One script in force; each key takes its steps in a sequence of its own.

    Who takes a step holds `lock`. Who asks how far it has come may do so at any time, from any thread.
    """

    def __init__(
        self, script: Script, *, seed: int, since: Mapping[str, int], default_since: int, lock: ContextManager[Any]
    ) -> None:
        self.script = script
        self._lock = lock
        self._seed = seed
        self._since = dict(since)
        self._default_since = default_since
        self._tracks = [_Track(at, rule) for at, rule in enumerate(script.rules)]
        self._by_target: Dict[str, List[_Track]] = {target: [] for target in ("add", "search", "details", "*")}
        for track in self._tracks:
            self._by_target[track.rule.endpoint].append(track)
        # Of a target and a key, how many rules are used up, so that no attempt goes through those again.
        self._past: Dict[Tuple[str, str], int] = {}
        self._midway = any(step.phase == MID and step.percent is None for rule in script.rules for step in rule.steps)

    @property
    def midway(self) -> bool:
        """Whether some step of it strikes @mid without chance."""
        return self._midway

    def take(self, target: str, key: str, now: int, identity: Tuple[object, ...]) -> Tuple[bool, Optional[Step]]:
        """Say whether a rule for `target` had a step for this attempt, and which step strikes (None: spared)."""
        track = self._live(target, key, now)
        if track is None:
            return False, None
        number = self._place(track, key).take(now, self._seed, (*identity, track.at))
        step = None if number < 0 or track.rule.steps[number].kind == "ok" else track.rule.steps[number]
        if step is not None and step.kind in LIES and step.seed is None:
            step = replace(step, seed=self._seed)  # what it draws later is drawn from this
        return True, step

    def turn(self, target: str, key: str, now: int) -> Optional[Step]:
        """Give the step whose turn it is at a rule for `target`, untaken; the first of several percentages."""
        track = self._live(target, key, now)
        return None if track is None else self._place(track, key).turn(now)[0][1]

    def _live(self, target: str, key: str, now: int) -> Optional[_Track]:
        """Return the first rule for `target` that is not used up."""
        tracks = self._by_target[target]
        for past in range(self._past.get((target, key), 0), len(tracks)):
            if self._place(tracks[past], key).turn(now):
                return tracks[past]
            self._past[target, key] = past + 1
        return None

    def _place(self, track: _Track, key: str) -> _Place:
        return track.place(key, self._since.get(key, self._default_since))

    @property
    def fired(self) -> int:
        """How many attempts have met a step of this script, `ok` included."""
        with self._lock:
            return sum(sum(place.fired.values()) for track in self._tracks for place in track.places.values())

    @property
    def left(self) -> Optional[int]:
        """How many attempts it is still armed for; None where a percentage stays until it is disarmed."""
        steps = [step for rule in self.script.rules for step in rule.steps]
        if any(step.stays for step in steps):
            return None
        with self._lock:
            return sum(left for _, _, left in self._remaining())

    def unfired(self) -> List[Tuple[Rule, Step, int]]:
        """List what was armed and never met: (rule, step, how often); `ok`, percentages and presets are exempt."""
        with self._lock:
            return [
                (rule, step, left)
                for rule, step, left in self._remaining()
                if left and step.kind != "ok" and step.percent is None and not rule.preset
            ]

    def _remaining(self) -> Iterator[Tuple[Rule, Step, int]]:
        return ((track.rule, step, left) for track in self._tracks for step, left in track.remaining())


def strikes(
    scopes: Iterable[Sequence[Armed]], endpoint: str, key: str, now: int, identity: Tuple[object, ...]
) -> Optional[Step]:
    """Take the step that an attempt meets, None where it is spared.

    The scopes are asked in turn: in each the rules for the endpoint first, in the order armed, then those for `*`.
    """
    for scripts in scopes:
        for target in (endpoint, "*"):
            for script in scripts:
                met, step = script.take(target, key, now, identity)
                if met:
                    return step
    return None


def midway(scopes: Iterable[Sequence[Armed]], endpoint: str, key: str, now: int) -> bool:
    """Say whether the step whose turn it is strikes @mid for certain, which no percentage does; it is not taken."""
    for scripts in scopes:
        for target in (endpoint, "*"):
            for script in scripts:
                step = script.turn(target, key, now)
                if step is not None:
                    return step.phase == MID and step.percent is None
    return False
