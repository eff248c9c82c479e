"""run, hunt and replay: a scenario and its promises in, the report of a search or one round out."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Literal, Mapping, Optional, Tuple
from typing import Counter as CounterOf

from .kinds import Faults, Kinds
from .promises import PROMISES
from .report import ChaosFailure, Finding, Report
from .round import Promise, Round
from .rounds import Player
from .schedule import CANCEL, OWN, Schedule
from .search import Search
from .shrink import shrunk
from .virtual import off_loop

__all__ = ["hunt", "replay", "run"]

Scenario = Callable[..., Any]
Unmet = Literal["fail", "allow"]
Promises = Optional[Iterable[Promise]]


def run(
    scenario: Scenario,
    *,
    rounds: int = 200,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Promises = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
) -> Report:
    """Hunt as `hunt` does; raises ChaosFailure, an AssertionError that carries the finding, where a promise breaks."""
    __tracebackhide__ = True
    report = hunt(
        scenario,
        rounds=rounds,
        faults=faults,
        seed=seed,
        invariants=invariants,
        memories=memories,
        settings=settings,
    )
    if report.finding is not None:
        raise ChaosFailure(str(report.finding), finding=report.finding, report=report)
    return report


def hunt(
    scenario: Scenario,
    *,
    rounds: int = 200,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Promises = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
) -> Report:
    """Run a scenario under one schedule after the other, up to `rounds` of them, until a promise breaks.

    `scenario` is a function, sync or async, of a client, or of nothing (it builds its own). `faults` are the steps of a
    fault script to fire ("503, reset @after"), the usual ones where there are none; `invariants` the promises to hold
    it to, PROMISES unless given; `memories` what the fake holds before each round, `settings` its settings. The same
    `seed` (0 unless given) makes the same rounds. Making a finding smaller takes up to 300 rounds more.

    Raises ChaosFailure where no fault could be fired or two rounds without faults differ, ScenarioError for a scenario
    that takes more than a client, ScriptError for a fault that cannot be read, and SettingError and SeedError as Fake.
    """
    __tracebackhide__ = True
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise ValueError(f"rounds is {rounds!r}: a number of rounds, 1 or more")
    promises = PROMISES if invariants is None else tuple(invariants)
    player = Player(scenario, seed=0 if seed is None else seed, settings=dict(settings or {}), memories=tuple(memories))
    return off_loop(_Hunt(player, promises, Kinds.of(faults), rounds).report)


def replay(
    scenario: Scenario,
    schedule: str,
    *,
    invariants: Promises = None,
    seed: Optional[int] = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
    unmet: Unmet = "fail",
) -> Round:
    """Make one round under a schedule, after one without faults to judge it by, and give it where no promise breaks.

    Raises ChaosFailure where one does, or where no fault of the schedule was met, unless `unmet` is "allow" (for
    schedules that are drawn); else as `hunt`.
    """
    __tracebackhide__ = True
    if unmet not in ("fail", "allow"):
        raise ValueError(f"unmet is {unmet!r}: 'fail' or 'allow'")
    promises = PROMISES if invariants is None else tuple(invariants)
    player = Player(scenario, seed=0 if seed is None else seed, settings=dict(settings or {}), memories=tuple(memories))
    return off_loop(partial(_replayed, player, promises, schedule, unmet))


def _replayed(player: Player, promises: Tuple[Promise, ...], schedule: str, unmet: Unmet) -> Round:
    wanted = Schedule.of(schedule)
    calm = over = player.play("", phase="calm")
    if wanted.faults and _broken(promises, calm) is None:
        player.baseline = calm
        _hold_playable(player, wanted)
        over = player.play(schedule, phase="replay")
    broken = _broken(promises, over)
    if broken is not None:
        finding = _finding(player, *broken, over, over.schedule)
        raise ChaosFailure(str(finding), finding=finding)
    if wanted.faults and not over.strikes and unmet == "fail":
        met = ", ".join(arrival.name for arrival in over.arrivals) or "none"
        raise ChaosFailure(
            f"no fault of the schedule {over.schedule!r:.200} was met: the requests of the round were {met}; "
            "write the schedule for places that the scenario reaches"
        )
    return over


def _hold_playable(player: Player, schedule: Schedule) -> None:
    """Raise ValueError for a step of our own that this scenario cannot meet."""
    for _, _, _, step in schedule.steps():
        if step.startswith(OWN) and not step.startswith(player.own_steps() or ("\0",)):
            need = "an async scenario" if step.startswith(CANCEL) else "a scenario that is given its client"
            raise ValueError(f"{step!r} needs {need}: leave it out of the schedule {str(schedule)!r:.200}")


def _broken(promises: Tuple[Promise, ...], over: Round) -> Optional[Tuple[Promise, str]]:
    for promise in promises:
        seen = promise.check(over)
        if seen is not None:
            return promise, seen
    return None


def _finding(player: Player, promise: Promise, seen: str, over: Round, found: str) -> Finding:
    return Finding(
        promise=promise,
        seen=seen,
        schedule=over.schedule,
        found=found,
        faults=Schedule.of(over.schedule).faults,
        strikes=len(over.strikes),
        timeline=over.timeline,
        round=over,
        scenario=player.scenario,
        seed=player.seed,
        settings=player.settings,
        memories=player.memories,
    )


class _Hunt:
    """One search, from the round without faults to the report."""

    def __init__(self, player: Player, promises: Tuple[Promise, ...], kinds: Kinds, rounds: int) -> None:
        self._player = player
        self._promises = promises
        self._kinds = kinds
        self._rounds = rounds
        self._phases: CounterOf[str] = Counter()
        self._fired: CounterOf[Tuple[str, str]] = Counter()
        self._places: Dict[str, None] = {}
        self._trail: List[Tuple[str, str]] = []

    def report(self) -> Report:
        """Search, and make what was found smaller; raises ChaosFailure where there was nothing to search."""
        calm, finding = self._round("calm", "")
        if finding is not None:
            return self._told({}, finding)
        self._player.baseline = calm
        if not calm.arrivals:
            raise ChaosFailure(
                "nothing could be fired: the scenario sent no request to OctaMem; "
                "see that it makes a call, with the client that it is given or with one of httpx"
            )
        if self._rounds > 1:
            again = self._player.play("", phase="calm")
            self._note(again)
            _hold_alike(calm, again)
        search = Search(
            self._kinds,
            self._player.own_steps(),
            calm,
            rounds=self._rounds - self._player.rounds,
            seed=self._player.seed,
        )
        finding = self._searched(search)
        if finding is None and not self._fired and self._rounds > self._player.rounds:
            raise ChaosFailure(
                f"nothing could be fired: none of the faults fits what the scenario calls ({', '.join(self._places)}); "
                "name others in faults=, or leave it out"
            )
        return self._told(search.covered, finding)

    def _searched(self, search: Search) -> Optional[Finding]:
        steps = search.steps()
        try:
            phase, schedule = next(steps)
            while True:
                over, finding = self._round(phase, schedule)
                if finding is not None:
                    return finding
                phase, schedule = steps.send(over)
        except StopIteration:
            return None
        finally:
            steps.close()

    def _round(self, phase: str, schedule: str) -> Tuple[Round, Optional[Finding]]:
        over = self._player.play(schedule, phase=phase)
        self._note(over)
        broken = _broken(self._promises, over)
        self._trail.append((over.schedule, broken[0].name if broken else ""))
        if broken is None:
            return over, None
        smallest, seen = self._smallest(broken[0], over), broken[1]
        if smallest is not over:
            seen = broken[0].check(smallest) or seen
        return over, _finding(self._player, broken[0], seen, smallest, over.schedule)

    def _smallest(self, promise: Promise, over: Round) -> Round:
        def breaks(schedule: str) -> Optional[Round]:
            smaller = self._player.play(schedule, phase="shrink")
            self._note(smaller)
            return None if promise.check(smaller) is None else smaller

        if self._player.baseline is None:
            return over
        return shrunk(over, breaks, (*self._kinds.usual, *self._kinds.own) if self._kinds.named else None)

    def _note(self, over: Round) -> None:
        self._phases[over.phase] += 1
        self._places.update((arrival.name, None) for arrival in over.arrivals)
        self._fired.update((str(arrival.fault), arrival.name) for arrival in over.strikes)

    def _told(self, covered: Mapping[str, Tuple[int, int]], finding: Optional[Finding]) -> Report:
        return Report(
            rounds=self._player.rounds,
            seed=self._player.seed,
            phases=dict(self._phases),
            covered=dict(covered),
            fired=dict(self._fired),
            places=tuple(self._places),
            trail=tuple(self._trail),
            promises=tuple(promise.name for promise in self._promises),
            finding=finding,
        )


def _hold_alike(calm: Round, again: Round) -> None:
    """Raise where two rounds without faults ask for different things: nothing could be judged by either."""
    if calm.asked == again.asked:
        return
    strange = next(iter((again.asked - calm.asked) or (calm.asked - again.asked)))
    raise ChaosFailure(
        f"two rounds without faults were not alike: one sent {strange[1]!r:.200} to {strange[0]}, the other did not; "
        "a scenario has to ask for the same each time: take its texts from no clock, no uuid and no state that it keeps"
    )
