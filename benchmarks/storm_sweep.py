"""The sweep that the SDK's retry budget was chosen from: when a fleet is well again, by budget, in three families."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from octamem_testing.storm import Down, Policy, Scenario, Storm, compare
from octamem_testing.storm.scenario import DOWNS

BUDGETS: Tuple[Optional[float], ...] = (0, 10, 50, 100, 500, None)
EVERY = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
FLEETS = (10_000, 100_000, 1_000_000)
DEFAULT_TIMEOUT = 30.0  # seconds, the SDK's
LOAD = 200.0  # calls a second of every fleet of the third family
MARGIN = 1.1, 60.0  # how much longer than the formula says a cell is watched: the factor, and seconds beyond
WATCHED = 200.0  # calls of each client for which a fleet without budgets is watched, as long as a budget of 100 lasts
BOTTOM, TOP = 3.0, 1e7  # seconds, the edges of the picture
LINES = (("#d98a00", "-"), ("#2f8fe0", "-"), ("#27a468", "--"), ("#b565d9", "-."), ("#d2453f", ":"))
UNBOUNDED = 800_000  # requests of a run without budgets, at the most


class Cell(NamedTuple):
    """When a fleet is well again, in seconds (None: never), and whether that was simulated or is by the formula."""

    after: Optional[float]
    simulated: bool

    def __str__(self) -> str:
        """Write it for a table."""
        return "never" if self.after is None else f"{'' if self.simulated else '≈ '}{span(self.after)}"


Row = Dict[Optional[float], Cell]


@dataclass(frozen=True)
class Trouble:
    """What an outage leaves behind: the retries that it has used up, and the calls that stand in the queue at its end.

    One that stalls uses up none: what was sent meanwhile is in the queue, and is still to be worked off.
    """

    scenario: Scenario
    retries: int
    queued: int

    def worked_off(self, budget: float) -> float:
        """Return the seconds until the clients' stores are spent and the queue is no longer than they wait."""
        scenario = self.scenario
        left = max(0.0, scenario.clients * budget - self.retries)
        return max(0.0, (left + self.queued - scenario.timeout * scenario.rate) / (scenario.rate - scenario.load))


def sized(budget: Optional[float]) -> Policy:
    """Return the SDK's policy with that budget."""
    return Policy("none" if budget is None else f"{budget:g}", budget=budget)


def span(seconds: float) -> str:
    """Write a time so that it can be read at a glance."""
    if seconds < 10_000:
        return f"{seconds:,.0f} s"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.3g} days"


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    print(*(f"| {' | '.join(map(str, line))} |" for line in lines), sep="\n", end="\n\n", flush=True)


def budgets_head() -> List[str]:
    """Return the columns of the budgets."""
    return ["none" if size is None else f"{size:g}" for size in BUDGETS]


def trouble(scenario: Scenario) -> Trouble:
    """See what the outage alone leaves behind, where no budget is met in it."""
    storm = _simulated(replace(scenario, after=0.0), None)
    back = int(scenario.back)
    if scenario.down == "stalled":
        return Trouble(scenario, retries=0, queued=sum(storm.begun[int(scenario.before) : back]))
    return Trouble(scenario, retries=sum(storm.sent[:back]) - sum(storm.begun[:back]), queued=0)


def recoveries(scenario: Scenario, *, most: int) -> Row:
    """Find when the fleet is well again by budget: simulated where that takes no more than so many requests."""
    left = trouble(scenario)
    return {budget: _cell(left, budget, most=most) for budget in BUDGETS}


def _cell(left: Trouble, budget: Optional[float], *, most: int) -> Cell:
    scenario = left.scenario
    if budget is None:
        after = min(WATCHED * scenario.interval, min(most, UNBOUNDED) / scenario.load / 4)
        storm = _simulated(replace(scenario, after=after), None)
        if storm.time_to_recover is None and storm.longest[-1] <= storm.longest[len(storm.longest) // 2]:
            raise RuntimeError(f"the queue of {scenario} does not grow: watch it for longer than {after:g} s")
        return Cell(storm.time_to_recover, simulated=True)
    computed = left.worked_off(budget)
    after = computed * MARGIN[0] + MARGIN[1]
    calls = (scenario.back + after) * scenario.load
    if calls + min(scenario.clients * budget, 3 * calls) > most:
        return Cell(computed, simulated=False)
    return Cell(_simulated(replace(scenario, after=after), budget).time_to_recover, simulated=True)


def _simulated(scenario: Scenario, budget: Optional[float]) -> Storm:
    return compare(scenario, [sized(budget)])[0]


def by_size(fleets: Sequence[int], most: int, down: Down) -> None:
    """Let the SDK have all its defaults, and the service grow with the fleet."""
    rows: List[List[object]] = []
    for clients in fleets:
        scenario = Scenario(clients=clients, every=60.0, timeout=DEFAULT_TIMEOUT, after=30.0, down=down)
        rows.append([f"{clients:,}", f"30 s {down}", *_watched(scenario)])
    if down == "stalled":
        longer = Scenario(clients=fleets[0], every=60.0, timeout=DEFAULT_TIMEOUT, down=down, outage=60.0)
        row = recoveries(longer, most=most)
        rows.append([f"{fleets[0]:,}", f"60 s {down}", "-", "-", *row.values()])
    table(["clients", "outage", "peak", "longest waits", *budgets_head()], rows)


def _watched(scenario: Scenario) -> List[object]:
    """Return the peak, the longest waits, and when it is well again by budget."""
    storms: List[Storm] = []
    for budget in BUDGETS:
        # A storm that a budget holds nothing back of is the same, to the last request, with every larger one.
        needed = not storms or storms[-1].suppressed_retries
        storms.append(_simulated(scenario, budget) if needed else storms[-1])
    longest = [max(storm.longest[int(scenario.back) :]) for storm in (storms[0], storms[-1])]
    took = [storm.time_to_recover for storm in storms]
    cells = [f"over {scenario.after:g} s" if each is None else Cell(each, simulated=True) for each in took]
    return [f"{storms[-1].peak / scenario.load:.1f}x", ", ".join(f"{wait:.0f} s" for wait in longest), *cells]


def by_rate(most: int, down: Down) -> Dict[float, Row]:
    """Let the clients wait 2 s only, and call more and more seldom."""
    fleets = {f"{every:g} s": Scenario(clients=1_000, every=every, down=down) for every in EVERY}
    fleets["10 s, 10,000 clients"] = Scenario(clients=10_000, every=10.0, down=down)
    found = {name: recoveries(scenario, most=most) for name, scenario in fleets.items()}
    rows = [[name, *row.values(), span(sized_storm(fleets[name]))] for name, row in found.items()]
    table(["each calls every", *budgets_head(), "100 by the formula"], rows)
    return dict(zip(EVERY, found.values()))


def sized_storm(scenario: Scenario) -> float:
    """Return the most seconds that a budget of 100 lets a storm last, by the formula."""
    return _simulated(replace(scenario, after=0.0), 100).over_within


def by_spread(most: int, down: Down) -> Dict[float, Row]:
    """Spread the same calls over more and more clients: the family in which a budget does least."""
    fleets = (100.0, 1_000.0, *FLEETS)
    found = {
        clients: recoveries(Scenario(clients=int(clients), every=clients / LOAD, down=down), most=most)
        for clients in fleets
    }
    rows = [[f"{clients:,.0f}", f"{clients / LOAD:,g} s", *row.values()] for clients, row in found.items()]
    table(["clients", "each calls every", *budgets_head()], rows)
    return found


def picture(rate: Dict[float, Row], spread: Dict[float, Row]) -> str:
    """Draw both families with a limit of 2 s; what is by the formula is hollow."""
    from octamem_testing.storm.show.plots import INK, figure, looks, svg

    with looks():
        drawn, plots = figure(1, 2, height=3.4)
        for axes, family in zip(plots, (rate, spread)):
            for budget, (colour, line) in zip(BUDGETS[1:], LINES):
                name = "no budget (top: never)" if budget is None else f"budget {budget:g}"
                points = [(place, row[budget]) for place, row in family.items()]
                times = [TOP if cell.after is None else max(BOTTOM, cell.after) for _, cell in points]
                axes.plot([place for place, _ in points], times, line, color=colour, label=name, clip_on=False)
                for (place, cell), time in zip(points, times):
                    inside = colour if cell.simulated else "none"
                    axes.plot(place, time, "o", color=colour, markerfacecolor=inside, markersize=4.5, clip_on=False)
            axes.set(xscale="log", yscale="log", ylim=(BOTTOM, TOP), ylabel="time to recover, s (bottom: at once)")
        plots[0].set_xticks(EVERY, [f"{every:g}" for every in EVERY], minor=False)
        plots[0].set_xticks([], minor=True)
        plots[0].set(title="1,000 clients, by how often each calls", xlabel="seconds between the calls of a client")
        plots[1].set(title=f"the same {LOAD:g} calls a second, spread over more clients", xlabel="clients")
        drawn.legend(*plots[0].get_legend_handles_labels(), loc="outside upper center", ncols=5, labelcolor=INK)
    return svg(drawn)


def main() -> int:
    """Print the tables, and draw the families where a folder for the picture is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--svg", type=Path, metavar="FOLDER", help="draw the second and third family there")
    options.add_argument("--full", action="store_true", help="all fleets, and cells of 3.2 million requests")
    options.add_argument("--most", type=int, metavar="N", help="simulate cells of so many requests")
    options.add_argument("--down", choices=DOWNS, default="refused", help="what the service does in the outage")
    given = options.parse_args()
    most = given.most or (3_200_000 if given.full else 100_000)
    by_size(FLEETS if given.full else FLEETS[:1], most, given.down)
    rate, spread = by_rate(most, given.down), by_spread(most, given.down)
    if given.svg is not None:
        name = "sweep" if given.down == "refused" else f"sweep-{given.down}"
        (given.svg / f"{name}.svg").write_text(picture(rate, spread), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
