"""Correct programs that retry in uncommon ways are not accused, and their wrong twins are found."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import wait as first_of
from contextlib import suppress

import pytest

from octamem import OctaMem, OctaMemError, RateLimitError
from octamem_testing import chaos

SECOND_KEY = "sk-om-live-second-account-01"
NOTES = ("Tea is at four.", "The launch moved to April 15.", "Pixel is a cat.")
FOR_EVER = "details: 503 x300"


def is_transient(error):
    """Whether another attempt may help."""
    return error.status_code is None or error.status_code == 429 or error.status_code >= 500


def asks(client, waits):
    """Ask for the usage again and again, as long as there is a next wait; give up without an error."""
    once = client.with_options(max_retries=0)
    for wait in waits:
        try:
            return once.details() and None
        except OctaMemError as error:  # noqa: PERF203
            if not is_transient(error) or wait is None:
                return None
            time.sleep(max(wait, error.retry_after or 0.0))
    return None


def until(limit, wait, clock):
    """Give the waits of a loop that ends after a time."""
    end = clock() + limit
    while clock() + wait < end:
        yield wait


def monotonic():
    """Read the clock that a time limit goes by."""
    return time.monotonic()


def wall():
    """Read the clock on the wall."""
    return time.time()


def bounded_by(limit, wait, *, clock=monotonic, retries=0):
    """Make a program that tries for so many seconds."""

    def scenario(client):
        if retries:
            end = time.monotonic() + limit
            while time.monotonic() < end:
                try:
                    return client.with_options(max_retries=retries).details() and None
                except OctaMemError:  # noqa: PERF203
                    time.sleep(wait)
            return None
        return asks(client, until(limit, wait, clock))

    return scenario


def begins_anew(limit):
    """Make a program whose time limit begins again with each attempt."""

    def scenario(client):
        once = client.with_options(max_retries=0)
        while True:
            began = time.monotonic()
            try:
                return once.details() and None
            except OctaMemError:
                if time.monotonic() + 5.0 > began + limit:
                    return None
                time.sleep(5.0)

    return scenario


def nested(client):
    """Try four times around a client that tries four times."""
    for attempt in range(4):
        try:
            return client.details() and None
        except OctaMemError:  # noqa: PERF203
            time.sleep(2.0**attempt)
    return None


async def waits_in_a_task(client):
    """Try for a minute, by a deadline of asyncio."""

    async def again():
        while True:
            try:
                return await client.with_options(max_retries=0).details()
            except OctaMemError:  # noqa: PERF203
                await asyncio.sleep(2.0)

    try:
        await asyncio.wait_for(again(), 60.0)
    except asyncio.TimeoutError:
        return


@pytest.mark.parametrize("schedule", ["details: 503 x10", "details: 503 x25", "details: 503 for 1000s"])
@pytest.mark.parametrize(
    "program",
    [
        bounded_by(60.0, 2.0),
        bounded_by(300.0, 10.0, clock=wall),
        bounded_by(300.0, 1.0),
        bounded_by(60.0, 1.0, retries=3),
        bounded_by(850.0, 30.0),
        waits_in_a_task,
    ],
)
def test_a_loop_that_is_bounded_in_time_is_bounded(program, schedule):
    """A program that gives up after a time may make more than ten attempts until then."""
    over = chaos.replay(program, schedule)

    assert len(over.requests) > 10


@pytest.mark.parametrize("program", [begins_anew(60.0), begins_anew(200.0), nested])
def test_a_loop_that_is_bounded_by_nothing_or_by_layers_is_not(program):
    """A time limit that begins anew with each attempt bounds nothing, and layers of attempts are too many."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "details: 503 x12")

    assert caught.value.finding.invariant.name == "bounded"


def test_an_own_number_of_attempts_is_counted():
    """A program that gives up after twelve attempts makes more than `Bounded` allows, until it is given more."""

    def scenario(client):
        return asks(client, [1.0] * 11 + [None])

    with pytest.raises(chaos.ChaosFailure):
        chaos.replay(scenario, FOR_EVER)
    chaos.replay(scenario, FOR_EVER, invariants=[*chaos.without("bounded"), chaos.Bounded(attempts=12)])


def keys_in_turn(*keys):
    """Make a program that goes over to the next key after each 429, without a wait."""

    def scenario(client):
        for key in keys:
            try:
                return client.with_options(api_key=key, max_retries=0).details() and None
            except RateLimitError:  # noqa: PERF203
                continue
            except OctaMemError:
                return None
        return None

    return scenario


MANY_KEYS = [f"sk-om-live-account-number-{number:02}" for number in range(14)]
LIMITED = "details: 429(retry-after=7) x14"


@pytest.mark.parametrize("keys", [("sk-om-live-the-first-key", SECOND_KEY), MANY_KEYS])
def test_another_key_has_limits_of_its_own(keys):
    """Each account is limited by itself, so a program may go over to the next key at once, however many there are."""
    over = chaos.replay(keys_in_turn(*keys), LIMITED)

    assert len(over.requests) == len(keys)


def test_the_first_key_is_still_limited():
    """A program that goes back to the key that was limited has to wait as it was asked to."""
    first = MANY_KEYS[0]

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(keys_in_turn(first, SECOND_KEY, first), LIMITED)

    assert caught.value.finding.invariant.name == "retry_after_honoured"
    assert "details 2 was sent 0 s after details 1" in caught.value.finding.evidence


def goes_over(after, *, looks=False):
    """Make a program that saves a note under a second key if the first fails with one of these errors."""

    def scenario(client):
        first = client.with_options(max_retries=0)
        second = client.with_options(api_key=SECOND_KEY, retry_unknown_writes=False)
        try:
            first.add(content=NOTES[0])
        except after as error:
            found = (client.get(query=NOTES[0]).results or []) if looks and error.outcome == "unknown" else []
            if all(record.content != NOTES[0] for record in found):
                second.add(content=NOTES[0])
        return NOTES[0]

    return scenario


def saves_in_both(client):
    """Save a note under two keys on purpose."""
    for key in (None, SECOND_KEY):
        each = client.with_options(api_key=key) if key else client
        try:
            each.with_options(retry_unknown_writes=False).add(content=NOTES[0])
        except OctaMemError:
            continue


@pytest.mark.parametrize(
    ("program", "schedule"),
    [
        (goes_over(RateLimitError), "add: 429(retry-after=7)"),
        (goes_over(OctaMemError), "add: 401"),
        (goes_over(OctaMemError, looks=True), "add: reset @after"),
        (saves_in_both, "add: 503 @after"),
    ],
)
def test_a_note_that_is_not_stored_may_go_to_another_account(program, schedule):
    """A program may send a note to a second account if the first has certainly not stored it, or on purpose to both."""
    chaos.replay(program, schedule)


@pytest.mark.parametrize("schedule", ["add: 503", "add: reset @after", "add: hang"])
def test_a_note_that_may_be_stored_does_not_go_to_another_account(schedule):
    """A program that takes any failure for a reason to go over to the second account may store the note in both."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(goes_over(OctaMemError), schedule)

    finding = caught.value.finding
    assert finding.invariant.name == "same_call"
    assert "add 1 of key 2 sends the note of add 1 to another account" in finding.evidence
    assert 'chaos.without("same_call")' in finding.evidence


def hedges(client):
    """Ask once more in another thread if the answer takes longer than three seconds."""
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(client.get, query="tea")]
        if not first_of(asked, timeout=3.0).done:
            asked.append(pool.submit(client.get, query="tea"))
        for each in as_completed(asked):
            if each.exception() is None:
                return {"tea": each.result()}
        return None


@pytest.mark.parametrize(
    "schedule",
    [
        "search: hang",
        "search: hang, 401",
        "search: 429(retry-after=7)",
        "search: 429(retry-after=7), 401",
        "search: 401",
    ],
)
def test_a_call_that_is_hedged_is_two_calls(schedule):
    """While a client goes on to retry its call, the same call once more is no retry of it."""
    chaos.replay(hedges, schedule)


def sweeps(every, times, notes=NOTES):
    """Make a program that sends what is unsent now and then."""

    def scenario(client: OctaMem):
        careful = client.with_options(retry_unknown_writes=False)
        unsent, sent = list(notes), []
        for _ in range(times):
            asked = 0.0
            for note in list(unsent):
                try:
                    careful.add(content=note)
                except OctaMemError as error:  # noqa: PERF203
                    asked = max(asked, error.retry_after or 0.0)
                    if error.outcome == "unknown":
                        unsent.remove(note)
                else:
                    unsent.remove(note)
                    sent.append(note)
            if not unsent:
                break
            time.sleep(max(every, asked))
        return sent

    return scenario


SWEPT = ["add: 429 x60", "add: 401 x12", "add: ok x2, 401 x4", "add: 429(retry-after=30) for 1000s"]


@pytest.mark.parametrize("schedule", SWEPT)
@pytest.mark.parametrize("notes", [NOTES, NOTES[:1]])
@pytest.mark.parametrize("every", [10.0, 60.0])
def test_each_sweep_of_an_outbox_is_a_call_of_its_own(schedule, notes, every):
    """A note that was refused, or tried as often as one call may be, may be sent again with the next sweep."""
    chaos.replay(sweeps(every, 6, notes), schedule, unmet="allow")


@pytest.mark.parametrize("waits", [[5.0], [9.0], [1.0, 2.0, 4.0, 8.0, 16.0], [3.0, 20.0]])
def test_a_back_off_that_begins_soon_is_no_sweep(waits):
    """A program that sends a refused request again after a short wait repeats it, however long its later waits are."""

    def scenario(client):
        for wait in [*waits, None]:
            try:
                return client.with_options(max_retries=0).details() and None
            except OctaMemError:  # noqa: PERF203
                time.sleep(wait or 0.0)
        return None

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(scenario, f"details: 429 x{len(waits) - 1}, 401" if len(waits) > 1 else "details: 401 x2")
    assert caught.value.finding.invariant.name == "refusals_not_repeated"


@pytest.mark.parametrize(("every", "schedule"), [(1.0, "add: 401 x12"), (60.0, "add: 429 x600")])
def test_a_sweep_is_a_real_wait_and_one_of_few(every, schedule):
    """A program that sends what was refused again after a second is no sweep, and one without an end is not bounded."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(sweeps(every, 1000), schedule)

    assert caught.value.finding.invariant.name in ("refusals_not_repeated", "bounded")


@pytest.mark.parametrize("draw", [lambda: random.randint(0, 3), lambda: random.choice([0.0, 0.5])])
def test_a_wait_that_is_drawn_may_be_short(draw):
    """Full jitter draws from 0 on, so a wait counts as none only if other draws are too short as well."""

    def scenario(client):
        return asks(client, (draw() for _ in range(5)))

    for seed in range(6):
        chaos.replay(scenario, "details: 503 x5", seed=seed)


@pytest.mark.parametrize("wait", [0.0, 0.0000001, 0.0009])
def test_a_wait_that_is_always_short_is_none(wait):
    """A wait below `Delayed.least` is no wait, even if it varies."""

    def scenario(client):
        return asks(client, (random.uniform(0.0, wait) for _ in range(3)))

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(scenario, "details: 503 x3")

    assert caught.value.finding.invariant.name == "delayed"
    chaos.replay(scenario, "details: 503 x3", invariants=[*chaos.without("delayed"), chaos.Delayed(least=0.0)])


@pytest.mark.parametrize("wait", [0.001, 0.5])
def test_a_busy_loop_waits(wait):
    """A program that looks at the clock until it is time has waited."""

    def busy():
        end = time.monotonic() + wait
        while time.monotonic() < end:
            pass
        return 0.0

    def scenario(client):
        return asks(client, (busy() for _ in range(3)))

    with pytest.raises(chaos.ChaosFailure):
        chaos.replay(lambda client: asks(client, [0.0] * 3), "details: 503")
    assert chaos.replay(scenario, "details: 503 x2").seconds >= wait


def crashes(client):
    """End with an error of another library."""
    try:
        client.details()
    except OctaMemError:
        raise KeyError("tea") from None


def saves(client):
    """Save a note with the defaults of the SDK."""
    client.add(content=NOTES[0])
    return NOTES[0]


def claims_early(client):
    """Claim a note whatever became of it."""
    with suppress(OctaMemError):
        client.add(content=NOTES[0])
    return NOTES[0]


def claims_too_much(_):
    """Claim what is never stored."""
    return ["something"]


def does_not_retry(client):
    """Try once."""
    client.with_options(max_retries=0).details()


def asks_at_once(client):
    """Ask again without a wait, whatever came."""
    once = client.with_options(max_retries=0)
    try:
        once.details()
    except OctaMemError:
        once.details()


def waits_long(client):
    """Wait for longer than anybody has patience."""
    return asks(client, [400.0] * 3 + [None])


def test_what_becomes_of_a_call_is_shown_by_one_round():
    """Many rounds in which one fault makes too many attempts are advised by the same longer round."""
    made = []

    def scenario(client):
        attempts = 0
        for wait in [*[1.0] * 29, None]:
            attempts += 1
            try:
                client.with_options(max_retries=0).get(query=NOTES[0])
                break
            except OctaMemError:
                if wait is None:
                    break
                time.sleep(wait)
        made.append(attempts)

    report = chaos.hunt(scenario, faults="503", rounds=20, invariants=[chaos.Bounded()])
    assert report.finding.evidence.endswith("chaos.Bounded(attempts=30)]")
    assert sum(attempts > 10 for attempts in made) > 10
    assert made.count(30) <= 3  # the longer round, and one of a fault that lasts for a time


def test_a_wait_that_nothing_draws_is_drawn_again_once():
    """A program that draws no number makes the same wait again, so one more round is enough to see that."""
    made = []

    def scenario(client):
        made.append(client)
        for _ in range(2):
            with suppress(OctaMemError):
                client.with_options(max_retries=0).details()
                break

    with pytest.raises(chaos.ChaosFailure, match="without a wait"):
        chaos.replay(scenario, "details: 503", invariants=[chaos.Delayed()])
    assert len(made) == 3


def asks_something_else(client):
    """Ask another question after the first failed."""
    try:
        client.with_options(max_retries=0).get(query="tea")
    except OctaMemError:
        time.sleep(5.0)
        client.get(query="is there tea?")


ACCUSED = [
    (saves, "add: reset @after", 'settings={"idempotency": True}', 'chaos.without("acknowledged_once")'),
    (claims_early, "add: 401", "only after its add has succeeded", 'chaos.without("acknowledged_once")'),
    (claims_too_much, "", "return None", 'chaos.without("acknowledged_once")'),
    (crashes, "details: 401", "raise an OctaMemError", "chaos.OnlyDocumentedErrors(also=(KeyError,))"),
    (does_not_retry, "details: 503", "let the SDK retry", 'chaos.without("recovers")'),
    (nested, "details: 503 x25", "max_retries=0", "chaos.Bounded(attempts=20)"),
    (waits_long, "details: 503 x25", "cap its waits", "chaos.Bounded(seconds=1200)"),
    (asks_at_once, "details: 503", "let the SDK retry", "chaos.Delayed(least=0)"),
    (asks_at_once, "details: 429(retry-after=7)", "error.retry_after", 'chaos.without("retry_after_honoured")'),
    (asks_at_once, "details: 401", "error.retryable", 'chaos.without("refusals_not_repeated")'),
    (asks_something_else, "search: 503", "one idempotency_key", 'chaos.without("same_call")'),
]


@pytest.mark.parametrize(("program", "schedule", "cure", "option"), ACCUSED)
def test_each_accusation_says_what_to_do_and_what_allows_it(program, schedule, cure, option):
    """The evidence ends with what corrects the program, and with the option for one that is meant to do this."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, schedule)

    evidence = caught.value.finding.evidence
    assert cure in evidence
    assert option in evidence.rpartition("pass ")[2]
    assert evidence.count("chaos.without(") == 1


def test_an_option_that_is_named_is_the_one_that_helps():
    """What the evidence says to pass is Python, and lets the same round pass."""
    for program, schedule, *_ in ACCUSED:
        with pytest.raises(chaos.ChaosFailure) as caught:
            chaos.replay(program, schedule)
        option = caught.value.finding.evidence.rpartition("pass invariants=")[2]
        name = caught.value.finding.invariant.name
        judged = [each for each in eval(option, {"chaos": chaos, "KeyError": KeyError}) if each.name == name]
        if schedule:
            chaos.replay(program, schedule, invariants=judged)


def obeys_at_once(client):
    """Wait for as long as a Retry-After says, if there is one, and for a second otherwise."""
    once = client.with_options(max_retries=0)
    for _ in range(4):
        try:
            return once.details() and None
        except OctaMemError as error:  # noqa: PERF203
            if not is_transient(error):
                return None
            time.sleep(1.0 if error.retry_after is None else error.retry_after)
    return None


@pytest.mark.parametrize("none", ["0", '"Wed, 31 Dec 2025 23:00:00 GMT"'])
def test_a_wait_of_none_may_be_obeyed_once(none):
    """A program that is told to come at once may do so, but not again if the next answer says the same."""
    chaos.replay(obeys_at_once, f"details: 429(retry-after={none})")
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(obeys_at_once, f"details: 429(retry-after={none}) x2")
    assert caught.value.finding.invariant.name == "delayed"
    assert "details 3 was sent 0 s after details 2" in caught.value.finding.evidence


def test_a_date_in_the_past_that_is_obeyed_again_and_again_is_found():
    """A hunt repeats the date in the past, so a program that trusts it without end is found."""
    finding = chaos.hunt(obeys_at_once, rounds=60).finding
    assert (finding.invariant.name, finding.hits) == ("delayed", 2)


def waits_in_threads(after):
    """Make a program whose two threads wait as they are asked to, at the same time, and which then waits by itself."""

    def scenario(client):
        late = []

        def look():
            try:
                client.with_options(max_retries=0).details()
            except RateLimitError as error:
                time.sleep(error.retry_after)
                client.details()
                late.append(after)

        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(max(late, default=0))

    return scenario


def test_time_that_several_were_asked_to_wait_is_taken_off_once():
    """Two threads that wait for the same 800 s excuse 800 s, and not the 1000 s that follow."""
    chaos.replay(waits_in_threads(600), "details: 429(retry-after=800) x2")
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(waits_in_threads(1000), "details: 429(retry-after=800) x2")
    assert caught.value.finding.invariant.name == "bounded"
    assert "1000 s longer" in caught.value.finding.evidence


def test_an_invariant_of_a_user_needs_no_advice():
    """An invariant that has a name and a check alone gives its evidence as it is."""

    class Mine:
        name = "mine"

        def check(self, _):
            return "no tea"

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(does_not_retry, "", invariants=[Mine()])
    assert caught.value.finding.evidence == "no tea"


def waits_and(then):
    """Make a program that waits as it is asked to, and then does something else than to send the same again."""

    def scenario(client):
        try:
            client.with_options(max_retries=0).add(content=NOTES[0])
        except OctaMemError as error:
            if error.retry_after is None:
                raise
            time.sleep(error.retry_after)
            then(client)

    return scenario


def looks(client):
    """Look whether the note is there."""
    client.get(query=NOTES[0])


def gives_up(_):
    """Find that the time is over."""


def waits_for_more(client):
    """Wait for as long again as nobody asked for."""
    time.sleep(1000.0)
    client.get(query=NOTES[0])


@pytest.mark.parametrize("then", [looks, gives_up])
def test_a_wait_that_was_asked_for_is_bounded_whatever_follows(then):
    """A day that an answer asks for is none of the program's own, also if another request follows it, or none."""
    chaos.replay(waits_and(then), "add: 429(retry-after=86400)", invariants=[chaos.Bounded()])


def test_a_wait_beyond_the_one_that_was_asked_for_counts():
    """Only what the answer asks for is excused."""
    with pytest.raises(chaos.ChaosFailure, match="took 1000 s longer"):
        chaos.replay(waits_and(waits_for_more), "add: 429(retry-after=86400)", invariants=[chaos.Bounded()])


@pytest.mark.parametrize("schedule", ["details: 503 x10", "details: 503 x25"])
@pytest.mark.parametrize(
    ("waits", "cure", "option"),
    [
        ([1.0] * 11, "let one layer alone retry", "chaos.Bounded(attempts=20)"),
        ([1.0] * 29, "let one layer alone retry", "chaos.Bounded(attempts=30)"),
        ([1.0] * 5000, "end each loop after a few attempts or a time", 'invariants=chaos.without("bounded")'),
    ],
)
def test_a_loop_without_an_end_is_to_be_ended_and_not_to_be_allowed_more(schedule, waits, cure, option):
    """A number of attempts is named as an option only if the program ends by it, and then it is large enough."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(lambda client: asks(client, [*waits, None]), schedule)
    evidence = caught.value.finding.evidence
    assert cure in evidence
    assert evidence.endswith((option, f"{option}]"))
