"""The search: its order, what it covers, and that the seed alone decides it."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import ClassVar, List

import httpx
import pytest
from chaos_programs import both, saves_and_asks

from octamem import InternalServerError, OctaMemError, RateLimitError
from octamem_testing import chaos
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue

HONOURED = {"idempotency": True}
DIGEST = "0d8d43457d69459796383c10cd1d5f62a22bdbbfe2efafbbbd0e8a33b73ec00e"
"""Of the schedules and verdicts of two searches: the same on every interpreter, so that a change of it is a change."""
WIDE_DIGEST = "719cddd188fbfacfef9c4446af9d72c49a95ad8f1d43d0b8c01b7ea8a99bf750"
"""Of hunts with crashes and with orders of threads and tasks, their evidence and timelines included."""


@dataclass(frozen=True)
class Noting:
    """It holds in every round, and records the round's stage."""

    stages: List[str]
    name: ClassVar[str] = "noting"

    def check(self, over: chaos.Round, /) -> None:
        self.stages.append(over.stage)


@pytest.fixture(scope="module")
def noting():
    """Give the invariant that has seen the rounds of the report."""
    return Noting([])


@pytest.fixture(scope="module")
def report(noting):
    """Give the report of a search that finds nothing."""
    return chaos.run(both(saves_and_asks, "sync"), settings=HONOURED, invariants=[*chaos.INVARIANTS, noting])


def digest(seed=3, rounds=60, jobs=1):
    """Give the digest of what is tried and found, sync and async."""
    results = []
    for kind in ("sync", "async"):
        for settings in (HONOURED, {}):
            found = chaos.hunt(both(saves_and_asks, kind), rounds=rounds, seed=seed, settings=settings, jobs=jobs)
            results.append((found.trail, found.finding and (found.finding.invariant.name, found.finding.schedule)))
    return sha256(repr(results).encode()).hexdigest()


def goes_on_after_a_crash(client):
    """Add what is not written down as added, after a wait that is drawn."""
    done = chaos.workdir() / "done"
    for note in ("tea", "milk"):
        if note not in (done.read_text().split() if done.exists() else ()):
            time.sleep(random.random())
            client.add(content=note)
            with done.open("a") as file:
                file.write(f"{note}\n")
    return ["tea", "milk"]


def races_in_threads(client):
    """Add a note in each of two threads unless it is there, and a last one."""
    careful = client.with_options(max_retries=1)

    def save(note):
        if not careful.get(query=note).results:
            careful.add(content=note)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(save, ("tea", "tea")))
    client.add(content="milk")


async def races_in_tasks(client):
    """Do the same in two tasks."""

    async def save(note):
        if not (await client.get(query=note)).results:
            await client.add(content=note)

    await asyncio.gather(save("tea"), save("tea"))
    await client.add(content="milk")


def wide_digest(jobs=1):
    """Give the digest of hunts with crashes and with orders of threads and tasks."""
    results = []
    for scenario in (goes_on_after_a_crash, races_in_threads, races_in_tasks):
        found = chaos.hunt(scenario, rounds=60, seed=5, settings=HONOURED, jobs=jobs)
        findings = [(each.invariant.name, each.schedule, each.evidence, each.timeline) for each in found.findings]
        results.append((found.trail, found.stages, found.covered, sorted(found.fired.items()), findings))
    return sha256(repr(results).encode()).hexdigest()


def test_the_stages_come_in_their_order(report):
    """No fault, then single faults, lasting ones, knock-outs, pairs, triples, and random schedules at the end."""
    assert list(report.stages) == [
        *("baseline", "single", "persistent", "knock-out", "pairs", "runs", "odd", "triples", "swarm")
    ]
    assert report.rounds == sum(report.stages.values()) == len(report.trail) + 1 == 200
    assert report.trail[0] == ("", "")
    assert all(ran <= of for ran, of in report.covered.values())


def test_each_kind_hits_each_first_request(report):
    """Single faults cover the first call of each endpoint with every default kind, before and after the handler."""
    tried = [schedule for schedule, _ in report.trail]
    for schedule in (
        "add: 503", "add: reset", "add: reset @after", "add: 503 @after", "search: 429(retry-after=7)", "details: hang",
        "add: truncate", "search: 401", "add: close-client", 'add: 429(retry-after="Thu, 01 Jan 2026 00:00:20 GMT")',
    ):  # fmt: skip
        assert schedule in tried
    assert not [schedule for schedule in tried if schedule.startswith("search") and "reset @after" in schedule]


def test_faults_last_past_any_cap_and_any_deadline(report):
    """The second stage lets one kind go on for more attempts, and for longer, than any program should."""
    tried = [schedule for schedule, _ in report.trail]
    assert {"add: 503 x25", "search: 503 x25", "add: 503 for 1000s", "*: 503 x25"} <= set(tried)


def test_the_attempt_that_saved_the_run_is_hit_next(report):
    """A retry that succeeded is knocked out too, until the program gives up."""
    tried = [schedule for schedule, _ in report.trail]
    assert {"add: ok, 503", "add: ok, 503, 503", "add: ok, 503, 503, 503", "add: ok, 503, 503, 503, 503"} <= set(tried)


def test_no_schedule_is_tried_twice(report):
    """Each round but the two without faults has a schedule of its own."""
    tried = [schedule for schedule, _ in report.trail]
    assert sorted(tried) == sorted(set(tried))


def test_a_retry_is_an_injection_point_of_its_own(report):
    """Injection points are found as they are reached: the retries of the two adds come after them."""
    assert {"add 1", "add 2", "add 3", "search 1", "search 2"} <= set(report.injection_points)
    assert {point for _, point in report.fired} <= set(report.injection_points)


def test_the_sums_of_what_was_fired_agree(report):
    """By kind and by injection point the report counts the same attempts."""
    assert sum(report.by_kind.values()) == sum(report.by_injection_point.values()) == sum(report.fired.values()) > 200


def test_it_stops_after_so_many_rounds():
    """The rounds of a search without a finding are no more than were asked for."""
    for rounds in (3, 17):
        assert chaos.run(both(saves_and_asks, "sync"), rounds=rounds, settings=HONOURED).rounds == rounds


@pytest.mark.parametrize("rounds", [1, 2])
def test_rounds_too_few_for_any_fault_fail(rounds):
    """The first two rounds are without faults: a hunt of no more rounds tries nothing."""
    with pytest.raises(
        chaos.ChaosFailure, match=rf"rounds must be at least 3 \(two baseline rounds come first\), got {rounds}"
    ):
        chaos.run(both(saves_and_asks, "sync"), rounds=rounds, settings=HONOURED)


def test_the_first_attempt_of_several_calls_is_hit_in_one_round(report):
    """What calls share is used up by a transient fault at each, of calls in a row and of calls at once."""
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
    """`faults` takes one step, or several; a kind hits in each phase that it can, unless it names one."""
    report = chaos.hunt(both(saves_and_asks, "sync"), faults=faults, settings=HONOURED, rounds=60)
    assert (report.finding, sorted(report.by_kind)) == (None, sorted(kinds))


def test_an_answer_that_is_none_comes_with_and_without_the_write(report):
    """An add meets a spoilt 200 before the note is stored and after it; at a read, both would be the same."""
    endpoints = {point.split()[0] for kind, point in report.fired if kind == "garbage @before"}
    assert endpoints == {"add"}
    assert {point.split()[0] for kind, point in report.fired if kind == "garbage @after"} >= {"add", "search"}


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("nonsense", "expected a fault such as '503', got 'nonsense'; expected a status"),
        ([], "must not be empty"),
        ("503 20%", "expected a fault that is certain, such as '503', got '503 20%'"),
        ("ok", "expected a fault that is certain, such as '503', got 'ok'"),
        ("add: 503", "expected a fault without an endpoint, got 'add: 503'"),
        ("503 @nowhere", "got 'nowhere'"),
    ],
)
def test_faults_that_are_none_are_refused(faults, said):
    """What cannot be read as a step of a script is no fault."""
    with pytest.raises(ValueError, match=said):
        chaos.hunt(both(saves_and_asks, "sync"), faults=faults)


def refused_at_the_70th(client):
    """Add a hundred notes, and retry each after a 429 except the 70th."""
    for number in range(100):
        client.with_options(max_retries=0 if number == 69 else 1).add(content=f"note {number}")


def renewed_at_the_70th(client):
    """Add a hundred notes, of which the 70th is sent again with a new key."""
    for number in range(100):
        with suppress(InternalServerError) if number == 69 else nullcontext():
            client.with_options(max_retries=0 if number == 69 else 1).add(content=f"note {number}")
            continue
        time.sleep(1)
        client.add(content=f"note {number}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "faults", "invariant", "schedule"),
    [
        (refused_at_the_70th, "429", "recovers", "add: ok x69, 429"),
        (renewed_at_the_70th, "503 @before", "same_call", "add: ok x69, 503"),
    ],
)
def test_the_70th_of_a_hundred_adds_is_reached(scenario, faults, invariant, schedule):
    """Many alike calls are hit in one round: the one that ends unlike the others is found within a dozen rounds."""
    finding = chaos.hunt(scenario, faults=faults, settings=HONOURED, rounds=12).finding
    assert (finding.invariant.name, finding.schedule) == (invariant, schedule)


@pytest.mark.parametrize("odd", ["soon", "-1", '""', '"Wed, 31 Dec 2025 23:00:00 GMT"'])
def test_a_retry_after_that_names_no_wait_is_tried(report, odd):
    """A 429 comes with a date in the past, with nonsense and with nothing."""
    assert any(f"429(retry-after={odd})" in schedule for schedule, _ in report.trail)


def test_a_day_that_the_service_asked_for_may_be_waited():
    """The time that a Retry-After asks for does not count against `bounded`."""

    def obeys(client):
        try:
            client.with_options(max_retries=0).get(query="tea")
        except RateLimitError as error:
            time.sleep(error.retry_after or 1)
            client.get(query="tea")

    over = chaos.replay(obeys, "search: 429(retry-after=86400)")
    assert over.seconds >= 86_400


def test_a_run_of_faults_after_which_the_call_succeeded_costs_nothing():
    """A loop that counts its attempts, and not its result, gives up an answer that it has."""

    def counts(client):
        attempts = 0
        while True:
            attempts += 1
            try:
                found = client.with_options(max_retries=0).get(query="tea")
            except InternalServerError:
                found = None
            if attempts == 4:
                raise OctaMemError("the service does not answer")
            if found is not None:
                return {"tea": found}
            time.sleep(attempts)

    finding = chaos.hunt(counts, faults="503", invariants=[chaos.Recovers()], rounds=40).finding
    assert (finding.invariant.name, finding.schedule) == ("recovers", "search: 503 x3")
    assert "chaos.Recovers(most=1)" in finding.evidence
    assert chaos.hunt(counts, faults="503", invariants=[chaos.Recovers(most=1)], rounds=40).finding is None


@pytest.mark.parametrize("attempts", [2, 3])
def test_a_program_of_few_attempts_need_not_recover_from_a_longer_run(attempts):
    """A call that was given up within the run of faults is not judged by `recovers`."""

    def few(client):
        return {"tea": client.with_options(max_retries=attempts - 1).get(query="tea")}

    assert chaos.hunt(few, faults="503, reset, 429", rounds=60).finding is None


@pytest.mark.parametrize("rounds", [None, 200])
def test_a_hunt_ends_by_time(rounds):
    """When its real seconds are over, a hunt has made the baseline and one round with a fault at least, and says so."""
    report = chaos.hunt(both(saves_and_asks, "sync"), rounds=rounds, seconds=1e-6, settings=HONOURED)
    assert (report.rounds, report.ended) == (3, "seconds=1e-06 were over")
    assert "ended early: seconds=1e-06 were over" in str(report)


def test_seconds_beyond_what_the_rounds_take_change_nothing():
    """Whichever comes first ends a hunt: with much time it makes the rounds that it makes without a limit."""
    reports = [
        chaos.hunt(both(saves_and_asks, "sync"), rounds=12, seconds=seconds, settings=HONOURED)
        for seconds in (None, 3600)
    ]
    assert reports[0].trail == reports[1].trail
    assert {report.ended for report in reports} == {""}


@pytest.mark.parametrize("seconds", [0, -1, "7", True, float("nan"), float("inf")])
def test_seconds_are_a_number_above_0(seconds):
    """Anything else is refused by its name."""
    with pytest.raises(ValueError, match="seconds must be a number above 0"):
        chaos.hunt(both(saves_and_asks, "sync"), seconds=seconds)


def test_a_large_program_is_searched_at_its_ends_first():
    """With more injection points than rounds the first and the last of an endpoint meet the most kinds."""

    def scenario(client):
        for number in range(12):
            client.add(content=f"note {number}")

    report = chaos.run(scenario, settings=HONOURED, rounds=40, faults="503, reset, 429")
    assert report.fired["503 @before", "add 1"]
    assert report.fired["503 @before", "add 12"]


@pytest.mark.slow
def test_the_seed_decides_what_is_drawn():
    """The same seed makes the same rounds, another seed other ones."""

    def drawn(seed):
        return chaos.run(both(saves_and_asks, "sync"), seed=seed, settings=HONOURED, faults="503", rounds=120).trail

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_search_is_the_same_on_every_interpreter(jobs):
    """Schedules and verdicts are a function of the seed: this digest is pinned, and every Python is to give it."""
    assert digest(jobs=jobs) == DIGEST


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the machine cannot fork")
@pytest.mark.parametrize("jobs", [1, 2])
def test_crashes_and_orders_are_the_same_on_every_interpreter(jobs):
    """Neither the Python, the number of processes nor a worker of pytest-xdist has a say in lives and orders."""
    assert wide_digest(jobs) == WIDE_DIGEST


@pytest.mark.slow
def test_searches_at_once_in_threads_and_tasks_are_the_same():
    """Several searches in threads of one process, and in tasks of one loop, do not disturb each other."""
    expected = digest(rounds=12)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: digest(rounds=12), range(3)))

    async def in_tasks():
        return await asyncio.gather(*(asyncio.to_thread(digest, rounds=12) for _ in range(2)))

    assert {expected} == {*found, *asyncio.run(in_tasks())}


@pytest.mark.parametrize("run", range(2))
def test_a_scenario_of_threads_has_the_same_verdict_each_time(run):
    """What a scenario's threads do at once is judged alike in every run: the same schedules, the same finding."""

    def scenario(client):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda note: client.add(content=note), ("one", "two", "three")))

    finding = chaos.hunt(scenario, rounds=60).finding
    assert (finding.invariant.name, finding.schedule, finding.hits) == ("acknowledged_once", "add: reset @after", 1)
    assert chaos.hunt(scenario, settings=HONOURED, rounds=60).finding is None


@pytest.mark.slow
def test_a_search_is_the_same_in_another_process():
    """Neither the process nor the order of its hashes has a say."""
    here, code = Path(__file__).parent, "import test_chaos_search as t; print(t.digest())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "1", "PATH": "", "PYTHONPATH": str(here.parents[1])},
        cwd=here,
    )
    assert result.stdout.strip() == DIGEST


def test_rounds_of_a_stage_stand_together(noting, report):
    """Stages do not mix: each is over before the next begins."""
    assert [stage for stage, _ in groupby(noting.stages)] == list(report.stages)


def test_what_is_asked_where_no_endpoint_is_can_meet_no_fault():
    """If a scenario calls unknown routes alone, the error says so, whatever the faults."""

    def elsewhere():
        with httpx.Client(headers={"Authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}) as http:
            http.get("https://platform.octamem.com/api/memory/other")

    with pytest.raises(chaos.ChaosFailure, match=r"the scenario sent elsewhere 1, and none of faults= can hit that"):
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
    ("faults", "endpoint", "transient"),
    [
        ("401, 425, truncate, close", "search", ("truncate", "close")),
        ("503(retry-after=7), 502, 429, hang", "details", ("502", "429")),
        ("503, reset, 429", "add", ("429",)),
    ],
)
def test_transient_faults_are_known_by_endpoint(faults, endpoint, transient):
    """A kind is transient if the invariant `recovers` asks for another attempt, without a wait before it."""
    assert FaultCatalogue.of(faults).transient(endpoint) == transient


def saves_pages(keeps_place):
    """Make a program that saves a page of notes, and begins the page again if the client has given up."""

    def scenario(client):
        careful, left = client.with_options(retry_unknown_writes=False, max_retries=2), ["tea", "milk", "cocoa"]
        for last in (False, True):
            try:
                for note in list(left):
                    careful.add(content=note)
                    if keeps_place:
                        left.remove(note)
                break
            except RateLimitError as error:
                if last:
                    raise
                time.sleep(max(60.0, error.retry_after or 0.0))
        return ["tea", "milk", "cocoa"]

    return scenario


def test_a_page_that_is_begun_again_after_the_client_gave_up_is_found():
    """A run as long as a call is tried lets it fail, and all is well when its page begins again."""
    finding = chaos.hunt(saves_pages(False), faults="429", rounds=40).finding
    assert (finding.invariant.name, finding.schedule) == ("acknowledged_once", "add: ok, 429 x3")
    assert chaos.hunt(saves_pages(True), faults="429", rounds=40).finding is None


def test_one_of_many_calls_fails_too():
    """If no lasting fault was tried at a call, it fails after as many attempts as the client makes elsewhere."""

    def saves_all(client):
        for number in range(12):
            client.with_options(max_retries=2, retry_unknown_writes=False).add(content=f"note {number}")

    trail = [schedule for schedule, _ in chaos.hunt(saves_all, faults="429, 503", rounds=60).trail]
    assert not [schedule for schedule in trail if schedule.startswith("add: ok x11, 429 x25")]
    assert "add: ok x11, 429, 429, 429" in trail
