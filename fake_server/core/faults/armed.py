"""Armed scripts: which step the next attempt meets, and how many are left."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from .progress import Progress, blocks_of
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


class _Track:
    """One rule in force, the `at`-th of its script, and how often its steps were met."""

    def __init__(self, at: int, rule: Rule) -> None:
        self.at = at
        self.rule = rule
        self.blocks = blocks_of(rule.steps)
        # By the number of a step: how often all keys together met it, and the one that came furthest. They are counted
        # here, because the progress of a key may be forgotten.
        self._total: Dict[int, int] = {}
        self._most: Dict[int, int] = {}

    def count(self, number: int, fired: int) -> None:
        """Count that a step was met, by this key for the `fired`-th time."""
        self._total[number] = self._total.get(number, 0) + 1
        self._most[number] = max(fired, self._most.get(number, 0))

    @property
    def fired(self) -> int:
        """How many attempts have met a step of it."""
        return sum(self._total.values())

    def remaining(self) -> Iterator[Tuple[Step, int, Optional[int]]]:
        """Yield each step with the attempts that met it, and with those that are still to meet it.

        The latter are counted under the key that came furthest; they are None for a step that stays.
        """
        for number, step in enumerate(self.rule.steps):
            fired = self._most.get(number, 0)
            left: Optional[int] = None
            if step.lasts is not None:
                left = 0 if fired else 1
            elif step.percent is None or step.count is not None:
                left = max(0, (step.count or 1) - fired)
            yield step, self._total.get(number, 0), left


class _Turns:
    """How far one key has come in a script: in each of its rules, and how many are used up for each target."""

    def __init__(self, began: int) -> None:
        self.past: Dict[str, int] = {}  # no attempt looks at those again
        self._began = began
        self._progress: Dict[int, Progress] = {}

    def of(self, track: _Track) -> Progress:
        """Return the progress in a rule."""
        progress = self._progress.get(track.at)
        if progress is None:
            progress = self._progress[track.at] = Progress(track.blocks, self._began)
        return progress


class Armed:
    """One script in force; each key takes its steps in a sequence of its own.

    It remembers how far the `most_keys` that met it last have come; one that it has forgotten begins again.
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
        most_keys: int = 1,
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
        self._most_keys = most_keys
        self._turns: OrderedDict[str, _Turns] = OrderedDict()  # by key, the one used last at the end
        self._has_mid = any(step.phase == MID and step.percent is None for rule in script.rules for step in rule.steps)

    @property
    def has_mid(self) -> bool:
        """Whether it has a step for @mid without a percentage."""
        return self._has_mid

    def take(self, target: str, key: str, now: int, identity: Tuple[object, ...]) -> Tuple[bool, Optional[Step]]:
        """Return whether a rule for `target` had a step for this attempt, and that step (None: spared)."""
        turns = self._turns_of(key)
        track = self._live(target, turns, now)
        if track is None:
            return False, None
        progress = turns.of(track)
        number = progress.take(now, self._seed, (*identity, track.at))
        if number >= 0:
            track.count(number, progress.fired[number])
            self.last_call = str(identity[2])
        step = None if number < 0 or track.rule.steps[number].kind == "ok" else track.rule.steps[number]
        if step is not None and step.kind in LIES and step.seed is None:
            step = replace(step, seed=self._seed)  # for the chance that it draws later
        return True, step

    def turn(self, target: str, key: str, now: int) -> Optional[Step]:
        """Return the next step of a rule for `target` without taking it; the first of several percentages."""
        turns = self._turns_of(key)
        track = self._live(target, turns, now)
        return None if track is None else turns.of(track).turn(now)[0][1]

    def _live(self, target: str, turns: _Turns, now: int) -> Optional[_Track]:
        """Return the first rule for `target` that is not used up."""
        tracks = self._by_target[target]
        for past in range(turns.past.get(target, 0), len(tracks)):
            if turns.of(tracks[past]).turn(now):
                return tracks[past]
            turns.past[target] = past + 1
        return None

    def _turns_of(self, key: str) -> _Turns:
        """Return how far a key has come, and forget the key used longest ago if there are too many."""
        turns = self._turns.get(key)
        if turns is None:
            turns = self._turns[key] = _Turns(self._since.get(key, self._default_since))
            if len(self._turns) > self._most_keys:
                self._turns.popitem(last=False)
        else:
            self._turns.move_to_end(key)
        return turns

    @property
    def fired(self) -> int:
        """How many attempts have met a step of this script, `ok` included."""
        with self._lock:
            return sum(track.fired for track in self._tracks)

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
