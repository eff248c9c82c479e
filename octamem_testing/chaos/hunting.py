"""One hunt: from the round without faults through the search to the report, with its finding made smaller."""

from __future__ import annotations

from collections import Counter
from typing import Counter as CounterOf
from typing import Dict, List, Mapping, Optional, Tuple

from .checks import broken
from .kinds import Kinds
from .quiet import Held, held, released
from .report import ChaosFailure, Finding, Report
from .round import Promise, Round
from .rounds import Player
from .schedule import Schedule
from .search import Search
from .show import error_told
from .shrink import shrunk

__all__ = ["Hunt", "finding_of", "hold_well"]

_CALM = 2  # rounds without faults, that are compared


class Hunt:
    """What a search is made with, and what it has seen so far."""

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
        hold_well(calm)
        self._player.baseline = calm
        if not calm.arrivals:
            raise ChaosFailure(
                "nothing could be fired: the scenario sent no request to OctaMem; "
                "see that it makes a call, with the client that it is given or with one of httpx: "
                "clients that do not use httpx, such as requests or aiohttp, are not caught"
            )
        if self._rounds <= _CALM:
            raise ChaosFailure(
                f"nothing could be fired: rounds={self._rounds} are too few, since {_CALM} without faults come first; "
                "give more, 200 unless there is a reason"
            )
        again = self._play("calm", "")[0]
        _hold_alike(calm, again)
        search = Search(
            self._kinds,
            self._player.own_steps(),
            calm,
            rounds=self._rounds - self._player.rounds,
            seed=self._player.seed,
        )
        finding = self._searched(search)
        if finding is None and not self._fired:
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
        over, logs = self._play(phase, schedule)
        seen = broken(self._promises, over)
        self._trail.append((over.schedule, seen[0].name if seen else ""))
        if seen is None:
            return over, None
        promise, said = seen
        smallest = self._smallest(promise, over, logs)
        if smallest is not over:
            again = broken((promise,), smallest)
            said = again[1] if again is not None else said
        return over, finding_of(self._player, promise, said, smallest, over.schedule)

    def _smallest(self, promise: Promise, over: Round, logs: Held) -> Round:
        def breaks(schedule: str) -> Optional[Round]:
            nonlocal logs
            smaller, its = self._play("shrink", schedule)
            if broken((promise,), smaller) is None:
                return None
            logs = its
            return smaller

        allowed = (*self._kinds.usual, *self._kinds.own) if self._kinds.named else None
        smallest = over if self._player.baseline is None else shrunk(over, breaks, allowed)
        # Whatever breaks becomes the smallest so far, so the last that did is the one that is shown.
        released(logs)
        return smallest

    def _play(self, phase: str, schedule: str) -> Tuple[Round, Held]:
        with held() as logs:
            over = self._player.play(schedule, phase=phase)
        self._phases[over.phase] += 1
        self._places.update((arrival.name, None) for arrival in over.arrivals)
        self._fired.update((str(arrival.fault), arrival.name) for arrival in over.strikes)
        return over, logs

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


def finding_of(player: Player, promise: Promise, seen: str, over: Round, found: str) -> Finding:
    """Give the finding of a round that breaks a promise; `found` is the schedule that it was made smaller from."""
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


def hold_well(calm: Round) -> None:
    """Raise where the round without faults ends with an error: whatever a fault then does, it shows nothing."""
    if calm.error is not None:
        raise ChaosFailure(
            f"the scenario fails without any fault: it ended with {error_told(calm.error)}; "
            "mend it, catch what it is to expect, or give the fake what it needs with memories= and settings="
        ) from calm.error


def _hold_alike(calm: Round, again: Round) -> None:
    """Raise where two rounds without faults differ: nothing could be judged by either."""
    differs = _difference(calm, again)
    if differs is not None:
        raise ChaosFailure(
            f"two rounds without faults were not alike: {differs}; "
            "a scenario has to do the same each time: take its texts from no clock, no uuid and no state that it keeps"
        )


def _difference(calm: Round, again: Round) -> Optional[str]:
    for what in dict.fromkeys([*calm.asked, *again.asked]):
        if calm.asked[what] != again.asked[what]:
            sent = f"{what[1]!r:.200} was sent to {what[0] or 'elsewhere'}"
            return f"{sent} {_times(calm.asked[what])} in the one, {_times(again.asked[what])} in the other"
    if again.error is not None:
        return f"the one ended well, the other with {error_told(again.error)}"
    claims = calm.claims.amount, again.claims.amount
    for text in dict.fromkeys([*claims[0], *claims[1]]):
        if claims[0][text] != claims[1][text]:
            return (
                f"{text!r:.80} was claimed {_times(claims[0][text])} in the one, {_times(claims[1][text])} in the other"
            )
    for note in dict.fromkeys([*calm.stored, *again.stored]):
        if calm.stored[note] != again.stored[note]:
            often = f"{_times(calm.stored[note])} in the one, {_times(again.stored[note])} in the other"
            return f"{note[0]!r:.80} was stored {often}"
    return None


def _times(number: int) -> str:
    return {0: "not at all", 1: "once"}.get(number, f"{number} times")
