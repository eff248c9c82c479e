"""Armed scripts: which step the next attempt meets, and how many are left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from fake_server.core.clock import TICKS

from .lies import chance
from .steps import LIES, MID, Rule, Script, Step

__all__ = ["Armed", "StepState", "UnknownFaultError", "next_is_mid", "take_step"]


class UnknownFaultError(KeyError):
    """An id under which no script is armed."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


@dataclass(frozen=True)
class StepState:
    """One step of an armed script: how many attempts met it, and for how many it is left (None: until disarmed)."""

    endpoint: str
    text: str
    fired: int
    left: Optional[int]


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


class _Progress:
    """How far one key has come in the blocks of a rule."""

    def __init__(self, blocks: Sequence[_Block], began: int) -> None:
        self.fired: Dict[int, int] = {}
        self._began = began
        self._blocks = blocks
        self._at = 0
        self._endless = self._is_endless()

    def take(self, now: int, seed: int, identity: Tuple[object, ...]) -> int:
        """Take a step and return its number; -1 if chance spares the attempt or no step is left."""
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
        """Return the steps whose turn it is: several if they are percentages, none if no step is left."""
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
        """Return whether every step of the block stays until it is disarmed."""
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
    """One rule in force, the `at`-th of its script, with the progress of each key."""

    def __init__(self, at: int, rule: Rule) -> None:
        self.at = at
        self.rule = rule
        self.progress: Dict[str, _Progress] = {}
        self._blocks = _blocks(rule.steps)

    def of(self, key: str, began: int) -> _Progress:
        """Return the progress of a key, which begins at `began`."""
        progress = self.progress.get(key)
        if progress is None:
            progress = self.progress[key] = _Progress(self._blocks, began)
        return progress

    def remaining(self) -> Iterator[Tuple[Step, int, Optional[int]]]:
        """Yield each step with the attempts that met it, and with those that are still to meet it.

        The latter are counted under the key that came furthest; they are None for a step that stays.
        """
        most: Dict[int, int] = {}
        total: Dict[int, int] = {}
        for progress in self.progress.values():
            for number, fired in progress.fired.items():
                most[number] = max(fired, most.get(number, 0))
                total[number] = fired + total.get(number, 0)
        for number, step in enumerate(self.rule.steps):
            fired = most.get(number, 0)
            left: Optional[int] = None
            if step.lasts is not None:
                left = 0 if fired else 1
            elif step.percent is None or step.count is not None:
                left = max(0, (step.count or 1) - fired)
            yield step, total.get(number, 0), left


class Armed:
    """One script in force; each key takes its steps in a sequence of its own.

    A caller of `take` holds `lock`. `fired`, `left`, `steps` and `unfired` may be read at any time, from any thread.
    `id` names it in its fake, and is "" for the script of a single request; `armed_at` is in ticks.
    """

    def __init__(
        self,
        script: Script,
        *,
        seed: int,
        since: Mapping[str, int],
        default_since: int,
        lock: ContextManager[Any],
        identity: str = "",
        armed_at: int = 0,
    ) -> None:
        self.id = identity
        self.script = script
        self.armed_at = armed_at
        self.last_call: Optional[str] = None  # the id of the call whose attempt met a step last
        self._lock = lock
        self._seed = seed
        self._since = dict(since)
        self._default_since = default_since
        self._tracks = [_Track(at, rule) for at, rule in enumerate(script.rules)]
        self._by_target: Dict[str, List[_Track]] = {target: [] for target in ("add", "search", "details", "*")}
        for track in self._tracks:
            self._by_target[track.rule.endpoint].append(track)
        # How many rules are used up for a target and a key: no attempt looks at those again.
        self._past: Dict[Tuple[str, str], int] = {}
        self._has_mid = any(step.phase == MID and step.percent is None for rule in script.rules for step in rule.steps)

    @property
    def has_mid(self) -> bool:
        """Whether it has a step for @mid without a percentage."""
        return self._has_mid

    def take(self, target: str, key: str, now: int, identity: Tuple[object, ...]) -> Tuple[bool, Optional[Step]]:
        """Return whether a rule for `target` had a step for this attempt, and that step (None: spared)."""
        track = self._live(target, key, now)
        if track is None:
            return False, None
        number = self._progress(track, key).take(now, self._seed, (*identity, track.at))
        if number >= 0:
            self.last_call = str(identity[2])
        step = None if number < 0 or track.rule.steps[number].kind == "ok" else track.rule.steps[number]
        if step is not None and step.kind in LIES and step.seed is None:
            step = replace(step, seed=self._seed)  # for the chance that it draws later
        return True, step

    def turn(self, target: str, key: str, now: int) -> Optional[Step]:
        """Return the next step of a rule for `target` without taking it; the first of several percentages."""
        track = self._live(target, key, now)
        return None if track is None else self._progress(track, key).turn(now)[0][1]

    def _live(self, target: str, key: str, now: int) -> Optional[_Track]:
        """Return the first rule for `target` that is not used up."""
        tracks = self._by_target[target]
        for past in range(self._past.get((target, key), 0), len(tracks)):
            if self._progress(tracks[past], key).turn(now):
                return tracks[past]
            self._past[target, key] = past + 1
        return None

    def _progress(self, track: _Track, key: str) -> _Progress:
        return track.of(key, self._since.get(key, self._default_since))

    @property
    def fired(self) -> int:
        """How many attempts have met a step of this script, `ok` included."""
        with self._lock:
            return sum(sum(each.fired.values()) for track in self._tracks for each in track.progress.values())

    @property
    def left(self) -> Optional[int]:
        """How many attempts it is still armed for; None if a percentage stays until it is disarmed."""
        steps = [step for rule in self.script.rules for step in rule.steps]
        if any(step.stays for step in steps):
            return None
        with self._lock:
            return sum(left or 0 for _, _, _, left in self._remaining())

    def steps(self) -> List[StepState]:
        """Return every step with how often it was met and is left, in the order of the script."""
        with self._lock:
            return [StepState(rule.endpoint, str(step), fired, left) for rule, step, fired, left in self._remaining()]

    def unfired(self) -> List[Tuple[Rule, Step, int]]:
        """Return what was armed and never met as (rule, step, how often), except `ok`, percentages and presets."""
        with self._lock:
            return [
                (rule, step, left)
                for rule, step, _, left in self._remaining()
                if left and step.kind != "ok" and step.percent is None and not rule.preset
            ]

    def _remaining(self) -> Iterator[Tuple[Rule, Step, int, Optional[int]]]:
        return ((track.rule, *each) for track in self._tracks for each in track.remaining())


def take_step(
    scopes: Iterable[Sequence[Armed]], endpoint: str, key: str, now: int, identity: Tuple[object, ...]
) -> Optional[Step]:
    """Take the step that an attempt meets; None if it is spared.

    The scopes come in turn. In each, the rules for the endpoint come first, in the order armed, then those for `*`.
    """
    for scripts in scopes:
        for target in (endpoint, "*"):
            for script in scripts:
                met, step = script.take(target, key, now, identity)
                if met:
                    return step
    return None


def next_is_mid(scopes: Iterable[Sequence[Armed]], endpoint: str, key: str, now: int) -> bool:
    """Return whether the next step is one for @mid without a percentage; it is not taken."""
    for scripts in scopes:
        for target in (endpoint, "*"):
            for script in scripts:
                step = script.turn(target, key, now)
                if step is not None:
                    return step.phase == MID and step.percent is None
    return False
