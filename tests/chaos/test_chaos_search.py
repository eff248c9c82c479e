"""The search: its order, what it covers, and that the seed alone decides it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import ClassVar, List

import httpx
import pytest
from chaos_programs import both, saves_and_asks

from octamem_testing import chaos
from octamem_testing.chaos.schedule.fault_catalogue import Kinds

HONOURED = {"idempotency": True}
DIGEST = "69d8833b8f3ee3b46e513a0f11cb4a53a83d1ceb26a26824409639fbe6ae8d9b"
"""Of the schedules and verdicts of two searches: the same on every interpreter, so that a change of it is a change."""


@pytest.fixture(scope="module")
def report():
    """Give the report of a search that finds nothing."""
    return chaos.run(both(saves_and_asks, "sync"), settings=HONOURED)


def digest(seed=3, rounds=60):
    """Give the digest of what is tried and found, sync and async."""
    told = []
    for kind in ("sync", "async"):
        for settings in (HONOURED, {}):
            found = chaos.hunt(both(saves_and_asks, kind), rounds=rounds, seed=seed, settings=settings)
            told.append((found.trail, found.finding and (found.finding.invariant.name, found.finding.schedule)))
    return sha256(repr(told).encode()).hexdigest()


def test_the_phases_come_in_their_order(report):
    """No fault, then single faults, lasting ones, knock-outs, pairs, triples, and random schedules at the end."""
    assert list(report.phases) == ["baseline", "single", "persistent", "knock-out", "pairs", "triples", "swarm"]
    assert report.rounds == sum(report.phases.values()) == len(report.trail) + 1 == 200
    assert report.trail[0] == ("", "")
    assert all(ran <= of for ran, of in report.covered.values())


def test_each_kind_strikes_each_first_place(report):
    """Single faults cover the first call of each endpoint with every usual kind, before and after the handler."""
    tried = [schedule for schedule, _ in report.trail]
    for schedule in (
        "add: 503", "add: reset", "add: reset @after", "add: 503 @after", "search: 429(retry-after=7)", "details: hang",
        "add: truncate", "search: 401", "add: close-client", 'add: 429(retry-after="Thu, 01 Jan 2026 00:00:20 GMT")',
    ):  # fmt: skip
        assert schedule in tried
    assert not [schedule for schedule in tried if schedule.startswith("search") and "reset @after" in schedule]


def test_faults_last_past_any_cap_and_any_deadline(report):
    """The second phase lets one kind go on for more attempts, and for longer, than any program should."""
    tried = [schedule for schedule, _ in report.trail]
    assert {"add: 503 x25", "search: 503 x25", "add: 503 for 1000s", "*: 503 x25"} <= set(tried)


def test_the_attempt_that_saved_the_run_is_struck_next(report):
    """A retry that succeeded is knocked out too, until the program gives up."""
    tried = [schedule for schedule, _ in report.trail]
    assert {"add: ok, 503", "add: ok, 503, 503", "add: ok, 503, 503, 503", "add: ok, 503, 503, 503, 503"} <= set(tried)


def test_no_schedule_is_tried_twice(report):
    """Each round but the two without faults has a schedule of its own."""
    tried = [schedule for schedule, _ in report.trail]
    assert sorted(tried) == sorted(set(tried))


def test_a_retry_is_a_place_of_its_own(report):
    """Places are found as they are reached: the retries of the two adds come after them."""
    assert {"add 1", "add 2", "add 3", "search 1", "search 2"} <= set(report.places)
    assert {place for _, place in report.fired} <= set(report.places)


def test_the_sums_of_what_was_fired_agree(report):
    """By kind and by place the report counts the same attempts."""
    assert sum(report.by_kind.values()) == sum(report.by_place.values()) == sum(report.fired.values()) > 200


def test_it_stops_after_so_many_rounds():
    """The rounds of a search without a finding are no more than were asked for."""
    for rounds in (3, 17):
        assert chaos.run(both(saves_and_asks, "sync"), rounds=rounds, settings=HONOURED).rounds == rounds


@pytest.mark.parametrize("rounds", [1, 2])
def test_rounds_too_few_for_any_fault_fail(rounds):
    """The first two rounds are without faults: a search of no more has held the program against nothing."""
    with pytest.raises(chaos.ChaosFailure, match=f"nothing could be fired: rounds={rounds} are too few"):
        chaos.run(both(saves_and_asks, "sync"), rounds=rounds, settings=HONOURED)


def test_the_first_attempt_of_several_calls_is_struck_in_one_round(report):
    """What calls share is used up by a passing fault at each, of calls in a row and of calls at once."""
    tried = [schedule for schedule, _ in report.trail]
    assert "add: 429, ok, 429; search: 503" in tried
    assert "add: 429, 429; search: 503" in tried


def test_kinds_take_turns_beyond_any_cap(report):
    """Two kinds, and four, alternate for longer than a call may be tried, at each endpoint."""
    tried = [schedule for schedule, _ in report.trail]
    for endpoint in ("add", "search", "details"):
        assert f"{endpoint}: {', '.join(['503, reset'] * 12)}" in tried
        assert f"{endpoint}: {', '.join(['503, reset, 429, hang'] * 6)}" in tried


def test_a_refusal_is_no_turn(report):
    """After a 401 a sound program ends, so that nothing which follows would be met."""
    assert not [schedule for schedule, _ in report.trail if schedule.count("401") > 1 and schedule.count(",") > 8]


@pytest.mark.parametrize("faults", [5, [5], b"503", {"503": 5}.items()])
def test_faults_are_texts(faults):
    """What is no text, and no list of texts, is refused by its name."""
    with pytest.raises(TypeError, match="faults"):
        chaos.hunt(both(saves_and_asks, "sync"), faults=faults)


@pytest.mark.parametrize(
    ("faults", "kinds"),
    [
        ("503", ["503 @before", "503 @mid", "503 @after"]),
        ("503 @before, 429", ["503 @before", "429 @before"]),
        ('429(retry-after="1,5"), empty', ['429(retry-after="1,5") @before', "empty @after"]),
        (["reset @after", "408"], ["reset @after", "408 @before"]),
        ("close-client", ["close-client @before", "close-client @after"]),
        ("stale(2)", ["stale(2) @after"]),
        ("garbage @before", ["garbage @before"]),
    ],
)
def test_only_the_faults_that_are_named_are_fired(faults, kinds):
    """`faults` takes one step, or several; a kind strikes wherever it can unless it says where."""
    report = chaos.hunt(both(saves_and_asks, "sync"), faults=faults, settings=HONOURED, rounds=60)
    assert (report.finding, sorted(report.by_kind)) == (None, sorted(kinds))


def test_an_answer_that_is_none_comes_with_and_without_the_write():
    """An add meets a spoilt 200 before the note is stored and after it; at a read, both would be the same."""
    report = chaos.hunt(both(saves_and_asks, "sync"), settings=HONOURED)
    places = {place.split()[0] for kind, place in report.fired if kind == "garbage @before"}
    assert places == {"add"}
    assert {place.split()[0] for kind, place in report.fired if kind == "garbage @after"} >= {"add", "search"}


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("nonsense", "'nonsense' cannot be read as one; expected a status"),
        ([], "names none"),
        ("503 20%", "strikes for certain"),
        ("ok", "strikes for certain"),
        ("add: 503", "'add: 503' says where to strike"),
        ("503 @nowhere", "got 'nowhere'"),
    ],
)
def test_faults_that_are_none_are_refused(faults, said):
    """What cannot be read as a step of a script is no fault."""
    with pytest.raises(ValueError, match=said):
        chaos.hunt(both(saves_and_asks, "sync"), faults=faults)


def test_a_large_program_is_searched_at_its_ends_first():
    """With more places than rounds the first and the last of an endpoint meet the most kinds."""

    def scenario(client):
        for number in range(12):
            client.add(content=f"note {number}")

    report = chaos.run(scenario, settings=HONOURED, rounds=40, faults="503, reset, 429")
    ran, of = report.covered["single"]
    assert ran < of
    assert report.fired["503 @before", "add 1"]
    assert report.fired["503 @before", "add 12"]


def test_the_seed_decides_what_is_drawn():
    """The same seed makes the same rounds, another seed other ones."""

    def drawn(seed):
        return chaos.run(both(saves_and_asks, "sync"), seed=seed, settings=HONOURED, faults="503", rounds=120).trail

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_search_is_the_same_on_every_interpreter():
    """Schedules and verdicts are a function of the seed: this digest is pinned, and every Python is to give it."""
    assert digest() == DIGEST


@pytest.mark.slow
def test_searches_at_once_in_threads_and_tasks_are_the_same():
    """Several searches in threads of one process, and in tasks of one loop, do not disturb each other."""
    expected = digest(rounds=12)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: digest(rounds=12), range(4)))

    async def in_tasks():
        return await asyncio.gather(*(asyncio.to_thread(digest, rounds=12) for _ in range(3)))

    assert {expected} == {*found, *asyncio.run(in_tasks())}


@pytest.mark.parametrize("run", range(2))
def test_a_scenario_of_threads_has_the_same_verdict_each_time(run):
    """What a scenario's threads do at once is judged alike in every run: the same schedules, the same finding."""

    def scenario(client):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda note: client.add(content=note), ("one", "two", "three")))

    finding = chaos.hunt(scenario).finding
    assert (finding.invariant.name, finding.schedule, finding.hits) == ("acknowledged_once", "add: reset @after", 1)
    assert chaos.hunt(scenario, settings=HONOURED, rounds=60).finding is None


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_search_is_the_same_in_another_process(hash_seed):
    """Neither the process nor the order of its hashes has a say."""
    here = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {here!r}); import test_chaos_search as t; print(t.digest())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": hash_seed, "PATH": ""},
        cwd=Path(__file__).parents[2],
    )
    assert told.stdout.strip() == DIGEST


@dataclass(frozen=True)
class Noting:
    """Kept by every round, whose phase it notes."""

    phases: List[str]
    name: ClassVar[str] = "noting"

    def check(self, over: chaos.Round, /) -> None:
        self.phases.append(over.stage)


def test_rounds_of_a_phase_stand_together():
    """Phases do not mix: each is over before the next begins."""
    noting = Noting([])
    report = chaos.hunt(both(saves_and_asks, "sync"), settings=HONOURED, invariants=[noting])
    assert [phase for phase, _ in groupby(noting.phases)] == list(report.phases)


def test_what_is_asked_where_no_endpoint_is_can_meet_no_fault():
    """A scenario whose requests are all for what the service does not have is told so, whatever it is asked for."""

    def elsewhere():
        with httpx.Client(headers={"Authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}) as http:
            http.get("https://platform.octamem.com/api/memory/other")

    with pytest.raises(chaos.ChaosFailure, match=r"none of the faults fits what the scenario calls \(elsewhere 1\)"):
        chaos.hunt(elsewhere)


def test_a_percent_sign_in_an_address_makes_no_fault_a_chance():
    """A redirect is tried for long whatever stands in its address."""
    reports = [
        chaos.run(
            both(saves_and_asks, "sync"), settings=HONOURED, rounds=30, faults=f'redirect("https://a.test/{path}")'
        )
        for path in ("a", "%20")
    ]
    assert reports[0].covered["persistent"] == reports[1].covered["persistent"] > (0, 0)


@pytest.mark.parametrize(
    ("faults", "endpoint", "passing"),
    [
        ("401, 425, truncate, close", "search", ("truncate", "close")),
        ("503(retry-after=7), 502, 429, hang", "details", ("502", "429")),
        ("503, reset, 429", "add", ("429",)),
    ],
)
def test_what_passes_is_told_from_what_does_not(faults, endpoint, passing):
    """A kind passes where the promise `recovers` asks for another attempt, and for no wait before it."""
    assert Kinds.of(faults).passing(endpoint) == passing
