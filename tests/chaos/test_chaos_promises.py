"""Each promise, by a program that breaks it and one that keeps it under the same schedule."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any, Dict, Optional

import httpx
import pytest

from octamem import AddResult, OctaMemError
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
    """Make a program that tries a call, and then again where the first failed."""

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


def add(text="tea", label="", **how):
    """Give the call of an add."""
    return lambda: post("add", {"content": text, "previousContext": label}, **how)


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
    """Make a program that ends with an error of its own where a call fails."""

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
    """Save a note that is left out of what is claimed where it was refused at first."""
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
    ("nothing_unasked", twice(add(), add(label="lost")), twice(add()), "add: 429"),
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
def test_a_promise_is_broken_by_one_program_and_kept_by_another(name, breaks, keeps, schedule):
    """The schedule breaks the promise for the program with the fault, and none for the other."""
    (promise,) = [each for each in chaos.PROMISES if each.name == name]
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(breaks, schedule, invariants=(promise,))
    assert (caught.value.finding.promise, caught.value.finding.round.schedule) == (promise, schedule)
    chaos.replay(keeps, schedule, invariants=(promise,))


def test_the_answer_of_another_call_is_found():
    """own_answer knows which pending id and id were given to which text."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(answers_swapped, "")
    assert caught.value.finding.promise.name == "own_answer"
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
    """same_call judges the Idempotency-Key after attempts of which nobody knows what they did."""
    replay = lambda: chaos.replay(  # noqa: E731 - called once, one way or the other
        twice(add(token="one"), add(token="other")), f"add: {status}", invariants=(chaos.SameCall(),)
    )
    if harmless:
        replay()
    else:
        with pytest.raises(chaos.ChaosFailure, match="another Idempotency-Key"):
            replay()


def test_looking_for_a_note_is_no_altered_retry():
    """After a lost add a program may search for the note, which no round without faults does."""
    chaos.replay(twice(add(), search()), "add: reset", invariants=(chaos.SameCall(),))


def test_one_note_saved_twice_on_purpose_may_be_saved_once_under_faults():
    """What the round without faults stores twice may be stored once where one of its adds failed with an error."""

    def scenario(client):
        impatient = client.with_options(max_retries=0)
        impatient.add(content="tea")
        impatient.add(content="tea")

    chaos.replay(scenario, "add: ok, 503")
    with pytest.raises(chaos.ChaosFailure, match="stored 3 times, where it is stored 2 times"):
        chaos.replay(lambda client: [client.add(content="tea") for _ in range(2)], "add: ok, reset @after")


def test_promises_have_parameters():
    """Who allows more, or less, says so in the promise."""
    allowed = chaos.OnlyDocumentedErrors(also=(KeyError,))
    chaos.replay(crashes(KeyError("tea")), "search: 401", invariants=(allowed,))
    with pytest.raises(chaos.ChaosFailure, match="3 are the most"):
        chaos.replay(patient, "search: 503 x3", invariants=(chaos.Bounded(attempts=3),))
    with pytest.raises(chaos.ChaosFailure, match="without a wait"):
        chaos.replay(patient, "search: 503", invariants=(chaos.Delayed(least=60),))


def test_one_s_own_promise_is_an_object_with_a_name_and_a_check():
    """A promise of the user's own is judged like ours, shrunk to what breaks it, and named in the report."""

    class NeverSearchesTwice:
        name = "never_searches_twice"

        def check(self, round):  # noqa: A002 - the word of the domain
            times = sum(arrival.endpoint == "search" for arrival in round.arrivals)
            return None if times < 2 else f"{times} searches"

    report = chaos.hunt(patient, invariants=[NeverSearchesTwice()])
    assert report.promises == ("never_searches_twice",)
    assert (report.finding.schedule, report.finding.seen) == ("search: 503", "2 searches")


def test_the_names_of_the_promises_are_those_of_the_documents():
    """PROMISES holds each promise once, in the order in which they are judged."""
    assert [promise.name for promise in chaos.PROMISES] == [
        "acknowledged_once",
        "nothing_unasked",
        "only_documented_errors",
        "retry_after_honoured",
        "refusals_not_repeated",
        "delayed",
        "bounded",
        "own_answer",
        "same_call",
        "recovers",
    ]
