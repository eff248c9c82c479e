"""Each invariant, by a program that breaks it and one that keeps it under the same schedule."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional

import httpx
import pytest

from octamem import AddResult, APITimeoutError, OctaMem, OctaMemError
from octamem_testing import chaos

URL = "https://platform.octamem.com/api/memory/"


def post(endpoint: str, body: Dict[str, Any], *, token: Optional[str] = None, key: Optional[str] = None) -> Any:
    """Ask the service as one without an SDK does."""
    headers = {"Authorization": f"Bearer {key or os.environ['OCTAMEM_API_KEY']}"}
    if token is not None:
        headers["Idempotency-Key"] = token
    with httpx.Client(trust_env=False, verify=False) as http:
        return http.post(URL + endpoint, json=body, headers=headers)


def twice(first, second=None, *, wait=1.0, until=200):
    """Make a program that makes a call, and makes it again if the first failed."""

    def scenario():
        def attempt(call):
            try:
                return call().status_code == until
            except httpx.TransportError:
                return False

        if not attempt(first):
            time.sleep(wait)
            attempt(second or first)

    return scenario


def add(text="tea", context="", **how):
    """Give the call of an add."""
    return lambda: post("add", {"content": text, "previousContext": context}, **how)


def search(text="tea", **how):
    """Give the call of a search."""
    return lambda: post("search", {"query": text}, **how)


def in_turn(*calls):
    """Make one call of several."""

    def call():
        return [each() for each in calls][-1]

    return call


def claims(value):
    """Make a program that claims something whatever happens."""

    def scenario(client):
        with suppress(OctaMemError):
            client.with_options(max_retries=0).add(content="tea")
        return value

    return scenario


def crashes(error):
    """Make a program that ends with an error of its own if a call fails."""

    def scenario(client):
        try:
            client.get(query="tea")
        except OctaMemError:
            raise error from None

    return scenario


def gives_up(client):
    """Try once, and no more."""
    return client.with_options(max_retries=0).get(query="tea")


def loses(client):
    """Save a note, and leave it out of the claim if it was refused at first."""
    try:
        client.with_options(max_retries=0).add(content="tea")
    except OctaMemError:
        return []
    return ["tea"]


def answers_swapped(client):
    """Claim for one note the answer of another."""
    one, other = client.add(content="one"), client.add(content="other")
    return {"one": other, "other": one}


def patient(client):
    """Do as the SDK does."""
    return client.get(query="tea")


def again_and_again():
    """Try for as long as it takes."""
    while search()().status_code != 200:
        time.sleep(1)


LOST = "add: reset @after"
CASES = [
    ("acknowledged_once", twice(add()), twice(add(), in_turn(search())), LOST),
    ("acknowledged_once", claims("tea"), claims(None), "add: reset"),
    ("nothing_unasked", twice(add(), add("tea, again")), twice(add()), "add: 429"),
    ("nothing_unasked", twice(add(), add(context="lost")), twice(add()), "add: 429"),
    ("only_documented_errors", crashes(KeyError("tea")), crashes(OctaMemError("tea")), "search: 401"),
    ("retry_after_honoured", twice(search()), twice(search(), wait=7.0), "search: 429(retry-after=7)"),
    ("retry_after_honoured", twice(search()), twice(search(), wait=7.0), "search: 503(retry-after=7)"),
    (
        "retry_after_honoured",
        twice(search()),
        twice(search(), wait=20.0),
        'search: 429(retry-after="Thu, 01 Jan 2026 00:00:20 GMT")',
    ),
    *(
        ("refusals_not_repeated", twice(search()), twice(search(), until=status), f"search: {status}")
        for status in (400, 401, 403, 404)
    ),
    ("refusals_not_repeated", twice(search()), twice(search(), search(key="sk-om-live-other-0001")), "search: 401"),
    ("delayed", twice(search(), wait=0), twice(search(), wait=0.01), "search: 503"),
    ("delayed", twice(search(), wait=0), twice(search(), wait=0.01), "search: hang"),
    ("bounded", again_and_again, patient, "search: 503 x25"),
    ("bounded", twice(search(), wait=1000), twice(search(), wait=800), "search: 503"),
    ("same_call", twice(search(), search("tea?")), twice(search()), "search: 503"),
    ("same_call", twice(add(), lambda: post("add", {})), twice(add()), "add: 429"),
    ("same_call", twice(add(token="one"), add(token="other")), twice(add(token="one")), "add: 503"),
    ("same_call", twice(add(token="one"), add(token="other")), twice(add(token="one"), search()), "add: reset"),
    ("recovers", gives_up, patient, "search: 503"),
    ("recovers", gives_up, patient, "search: truncate"),
    ("recovers", loses, lambda client: [client.add(content="tea") and "tea"], "add: 429"),
]


@pytest.mark.parametrize(
    ("name", "breaks", "keeps", "schedule"), CASES, ids=[f"{case[0]}-{case[3]}-{at}" for at, case in enumerate(CASES)]
)
def test_an_invariant_is_broken_by_one_program_and_kept_by_another(name, breaks, keeps, schedule):
    """The schedule breaks the invariant for the program with the fault, and none for the other."""
    (invariant,) = [each for each in chaos.INVARIANTS if each.name == name]
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(breaks, schedule, invariants=(invariant,))
    assert (caught.value.finding.invariant, caught.value.finding.round.schedule) == (invariant, schedule)
    chaos.replay(keeps, schedule, invariants=(invariant,))


def test_the_answer_of_another_call_is_found():
    """own_answer knows which pending id and id were given to which text."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(answers_swapped, "")
    assert caught.value.finding.invariant.name == "own_answer"
    chaos.replay(lambda client: {"one": client.add(content="one"), "other": client.add(content="other")}, "")


def test_an_answer_from_nowhere_is_nobody_s():
    """An id that the fake never gave is no answer to anything."""
    made = AddResult.model_validate({"success": True, "id": "rec_made_up"})

    def scenario(client):
        client.add(content="tea")
        return {"tea": made}

    with pytest.raises(chaos.ChaosFailure, match="no request of the round"):
        chaos.replay(scenario, "")


@pytest.mark.parametrize(
    ("status", "harmless"), [("429", True), ("408", True), ("503", False), ("reset", False), ("truncate", False)]
)
def test_another_key_is_right_where_nothing_was_stored_for_certain(status, harmless):
    """same_call judges the Idempotency-Key after attempts whose outcome is unknown."""
    replay = lambda: chaos.replay(  # noqa: E731 - called once, one way or the other
        twice(add(token="one"), add(token="other")), f"add: {status}", invariants=(chaos.SameCall(),)
    )
    if harmless:
        replay()
    else:
        with pytest.raises(chaos.ChaosFailure, match="another Idempotency-Key"):
            replay()


@pytest.mark.parametrize(
    ("first", "second", "is_shared"),
    [
        (add(token="one"), add("milk", token="one"), True),
        (add(token="one"), add(context="office", token="one"), True),
        (search("tea", token="one"), search("milk", token="one"), True),
        (add(token="one"), add("milk", token="other"), False),
        (add(token="one"), add(token="one"), False),
        (add(token="one"), search("milk", token="one"), False),
        (add(token="one"), add("milk", token="one", key="sk-om-live-other-0001"), False),
        (add(), add("milk"), False),
    ],
)
def test_two_texts_never_share_an_idempotency_key(first, second, is_shared):
    """A key names one call of an account at an endpoint; two calls with one key are found without any fault."""

    def scenario():
        first()
        second()

    if not is_shared:
        chaos.replay(scenario, "", invariants=(chaos.SameCall(),))
        return
    with pytest.raises(chaos.ChaosFailure, match=r"sent another text than \w+ 1 with the same Idempotency-Key"):
        chaos.replay(scenario, "", invariants=(chaos.SameCall(),))


def test_looking_for_a_note_is_no_altered_retry():
    """After a lost add a program may search for the note, which no round without faults does."""
    chaos.replay(twice(add(), search()), "add: reset", invariants=(chaos.SameCall(),))


def test_one_note_saved_twice_on_purpose_may_be_saved_once_under_faults():
    """A note that the baseline stores twice may be stored once if one of its adds failed with an error."""

    def scenario(client):
        impatient = client.with_options(max_retries=0)
        impatient.add(content="tea")
        impatient.add(content="tea")

    chaos.replay(scenario, "add: ok, 503")
    with pytest.raises(chaos.ChaosFailure, match=r"stored 3 times \(without faults: 2 times\)"):
        chaos.replay(lambda client: [client.add(content="tea") for _ in range(2)], "add: ok, reset @after")


def test_invariants_have_parameters():
    """The bounds of an invariant are its parameters."""
    allowed = chaos.OnlyDocumentedErrors(also=(KeyError,))
    chaos.replay(crashes(KeyError("tea")), "search: 401", invariants=(allowed,))
    with pytest.raises(chaos.ChaosFailure, match="at most 3 are allowed"):
        chaos.replay(patient, "search: 503 x3", invariants=(chaos.Bounded(attempts=3),))
    with pytest.raises(chaos.ChaosFailure, match="without a wait"):
        chaos.replay(patient, "search: 503", invariants=(chaos.Delayed(least=60),))


def test_one_s_own_invariant_is_an_object_with_a_name_and_a_check():
    """An invariant of the user's own is judged like ours, shrunk to what breaks it, and named in the report."""

    class NeverSearchesTwice:
        name = "never_searches_twice"

        def check(self, round):  # noqa: A002 - the word of the domain
            times = sum(request.endpoint == "search" for request in round.requests)
            return None if times < 2 else f"{times} searches"

    report = chaos.hunt(patient, rounds=40, invariants=[NeverSearchesTwice()])
    assert report.invariants == ("never_searches_twice",)
    assert (report.finding.schedule, report.finding.evidence) == ("search: 503", "2 searches")


def keeps_less_patience(client):
    """Act for a user who waits: short time-outs, one retry, and no long waits."""
    quick = client.with_options(timeout=2, max_retries=1, max_retry_delay=5)
    quick.get(query="tea")


async def gives_the_call_five_seconds(client):
    """Bound all attempts of a call together."""
    try:
        await asyncio.wait_for(client.get(query="tea"), 5)
    except asyncio.TimeoutError:
        raise APITimeoutError("too slow for whoever waits") from None


@pytest.mark.parametrize("scenario", [keeps_less_patience, gives_the_call_five_seconds])
def test_how_long_to_wait_is_the_program_s_to_decide(scenario):
    """Recovers judges no fault that asks for a long wait, and no request that its caller gave up early."""
    assert chaos.hunt(scenario, rounds=80, invariants=(chaos.Recovers(),)).finding is None


@pytest.mark.parametrize(("asked", "judged"), [(1, True), (2, False)])
def test_a_wait_above_a_second_may_be_too_long(asked, judged):
    """A program that gives up at a Retry-After of one second does not recover."""
    replay = lambda: chaos.replay(gives_up, f"search: 429(retry-after={asked})", invariants=(chaos.Recovers(),))  # noqa: E731
    if judged:
        with pytest.raises(chaos.ChaosFailure, match=r'invariants=chaos\.without\("recovers"\)'):
            replay()
    else:
        replay()


def asks_twice(retries):
    """Make a program that asks two questions with so many retries for both."""

    def scenario(client):
        left = retries
        for question in ("tea", "milk"):
            for last in (False, True):
                try:
                    client.with_options(max_retries=0).get(query=question)
                    break
                except OctaMemError:
                    if last or not left:
                        raise
                    left -= 1
                    time.sleep(1)

    return scenario


def test_a_transient_fault_at_each_call_is_recovered_from():
    """Recovers judges several faults if they hit different calls, and none if a call is hit twice."""
    schedule = "search: 503, ok, reset"
    with pytest.raises(chaos.ChaosFailure, match="one 503 @before at each of search 1 and search 3 ended"):
        chaos.replay(asks_twice(1), schedule, invariants=(chaos.Recovers(),))
    chaos.replay(asks_twice(2), schedule, invariants=(chaos.Recovers(),))
    chaos.replay(asks_twice(2), "search: 503, 503", invariants=(chaos.Recovers(),))


def test_a_note_that_nobody_claims_is_missed_after_a_rate_limit():
    """If nothing is claimed, a note that a refused add leaves unsaved counts as lost."""

    def silent(client):
        with suppress(OctaMemError):
            client.with_options(max_retries=0).add(content="tea")

    with pytest.raises(chaos.ChaosFailure, match="lost 'tea', which is not stored"):
        chaos.replay(silent, "add: 429", invariants=(chaos.Recovers(),))
    chaos.replay(silent, "add: 503", invariants=(chaos.Recovers(),))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups of exceptions came with Python 3.11")
def test_a_group_of_documented_errors_is_not_documented():
    """`except OctaMemError` lets a group pass, and so a scenario may not end with one."""

    def scenario(client):
        try:
            client.with_options(max_retries=0).get(query="tea")
        except OctaMemError as error:
            raise ExceptionGroup("several", [error]) from None  # noqa: F821 - of Python 3.11

    with pytest.raises(chaos.ChaosFailure, match="which `except OctaMemError` does not catch"):
        chaos.replay(scenario, "search: 503")


def test_a_text_that_is_no_note_differs_from_a_lost_one():
    """If a scenario returns a text that it never stores, the evidence says that this is a claim."""

    def scenario(client):
        client.get(query="tea")
        return "done"

    with pytest.raises(chaos.ChaosFailure, match="but there is none, even without faults; return None"):
        chaos.replay(scenario, "")


def test_an_answer_under_a_name_of_one_s_own_claims_nothing():
    """A key of the mapping that no request has as its text is no question."""
    chaos.replay(lambda client: {"tea": client.get(query="when is tea?")}, "search: 503")


def test_an_answer_that_was_cut_asks_for_no_wait():
    """A program that did not get the whole of a 429 need not know its Retry-After."""

    def scenario(client):
        client.details()
        client.get(query="tea")

    over = chaos.replay(scenario, "search: truncate", settings={"rate": "1/60"})
    first, second = over.requests[1:3]
    assert (first.status, first.fault) == (429, "truncate @after")
    assert second.at / 1e6 < first.retry_after


async def adds_at_the_end(client, *, cancelled=True):
    """Save a note, and then another one, in any case or only if the first was saved."""
    careful = client.with_options(retry_unknown_writes=False)
    if not cancelled:
        await careful.add(content="start")
        await careful.add(content="end")
        return
    try:
        await careful.add(content="start")
    finally:
        await careful.add(content="end")


def test_what_is_cancelled_sends_nothing_in_its_finally():
    """Bounded is broken by what the cancelled task itself sends, were it in the same instant."""
    with pytest.raises(chaos.ChaosFailure, match="add 2 was sent after the cancel @before at add 1"):
        chaos.replay(adds_at_the_end, "add: cancel", invariants=(chaos.Bounded(),))
    chaos.replay(partial(adds_at_the_end, cancelled=False), "add: cancel", invariants=(chaos.Bounded(),))


def also_by_another(client):
    """Ask with a client of its own too, which nobody closes."""
    with OctaMem() as own:
        with suppress(OctaMemError):
            client.get(query="tea")
        own.details()


def test_another_client_goes_on_after_one_was_closed():
    """close-client closes the client that was given, and bounded judges what that one sends, and copies of it."""
    over = chaos.replay(also_by_another, "search: close-client")
    assert [request.name for request in over.requests] == ["search 1", "details 1"]
    assert chaos.hunt(also_by_another, faults="close-client", invariants=(chaos.Bounded(),)).finding is None


def test_invariants_can_be_left_out_by_name():
    """`without` gives the others in their order, and knows every name."""
    assert chaos.without("delayed") == chaos.INVARIANTS[:-1]
    assert chaos.without() == chaos.INVARIANTS
    with pytest.raises(ValueError, match=r"unknown invariant .*; expected acknowledged_once"):
        chaos.without("retries")


@pytest.mark.parametrize("answer", [True, False, "", 7])
def test_a_check_answers_none_or_a_text(answer):
    """Anything else is a mistake of the invariant, not of the program."""

    class Odd:
        name = "odd"

        def check(self, over):
            return answer

    with pytest.raises(TypeError, match="the invariant 'odd' returned"):
        chaos.hunt(patient, invariants=[Odd()])


def test_a_check_that_fails_is_named_with_its_round():
    """An error in a check names the invariant and the schedule."""

    class Faulty:
        name = "faulty"

        def check(self, over):
            return str(over.hits[0]) if over.schedule == "" else None

    with pytest.raises(RuntimeError, match=r"the invariant 'faulty' raised IndexError: .* \(schedule: none\)"):
        chaos.hunt(patient, invariants=[Faulty()])


@pytest.mark.parametrize("invariants", [[len], [chaos.Bounded], ["bounded"], chaos.Bounded(), "bounded", 5])
def test_what_is_no_invariant_is_refused(invariants):
    """A function, a class, a name and a single invariant are refused in place of a list, before anything runs."""
    with pytest.raises(TypeError, match="invariants"):
        chaos.run(patient, invariants=invariants)


def test_the_names_of_the_invariants_are_those_of_the_documents():
    """The page's table has each invariant once, the worst to violate first."""
    page = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text(encoding="utf-8")
    table = page.partition("| invariant | holds if |")[2].partition("\n\n")[0]
    assert [invariant.name for invariant in chaos.INVARIANTS] == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
