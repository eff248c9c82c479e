"""The faults of a memory service, which answer 200 and lie: what the client sees, and what the journal knows."""

from __future__ import annotations

import threading

import pytest

from fake_server import Fake, Request
from fake_server.core.faults.script import LIES

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"


def planted(fake, contents, context="", key=KEY):
    return [fake.remember([{"content": each, "previousContext": context}], key=key)[0].id for each in contents]


def ids(answer):
    return [each["id"] for each in answer.data["results"]]


def last(service):
    return service.fake.requests()[-1]


TEAS = ["tea one", "tea two", "tea three", "tea four"]


def test_stale_does_not_find_the_newest_yet(service):
    """The last n memories are not among this search's results, and are among the next one's."""
    service.fake.faults("search: stale(2)")
    for content in TEAS:
        service.add(content)
    known = [memory.id for memory in service.fake.memories()]
    assert sorted(ids(service.search())) == sorted(known[:2])
    assert sorted(last(service).effect["withheld"]) == sorted(known[2:])
    assert last(service).fault == "stale(2) @after"
    assert sorted(ids(service.search())) == sorted(known)


def test_stale_names_only_what_would_have_been_found(service):
    """A newest memory that no search would have found is not withheld from this one."""
    planted(service.fake, ["tea", "tea again", "nothing of the kind"])
    service.fake.faults("search: stale(2), stale(9)")
    tea, again, _ = (memory.id for memory in service.fake.memories())
    assert ids(service.search("tea")) == [tea]
    assert last(service).effect == {"withheld": [again]}
    assert ids(service.search("tea")) == []
    assert last(service).effect == {"withheld": [tea, again]}


def test_missing_leaves_out_the_best(service):
    """The best n hits are left out, in their order in the journal, and what comes after them stays in its order."""
    planted(service.fake, TEAS)
    truth = ids(service.search())
    service.fake.faults("search: missing(3), missing, missing(99)")
    assert ids(service.search()) == truth[3:]
    assert last(service).effect == {"withheld": truth[:3]}
    assert ids(service.search()) == truth[1:]
    assert ids(service.search()) == []
    assert last(service).effect == {"withheld": truth}


@pytest.mark.parametrize("how", ["stale(2)", "missing(2)"])
def test_what_is_kept_back_makes_room_for_what_comes_next(build, how):
    """An answer from which hits are withheld still has top_k results where there are so many."""
    service = build(top_k=3)
    planted(service.fake, [f"tea {number}" for number in range(6)])
    service.fake.faults(f"search: {how}")
    told = ids(service.search())
    assert len(told) == 3
    assert not set(told) & set(last(service).effect["withheld"])


def test_shuffled_is_another_order_of_the_same(service):
    """The same results come in another order, each with its own score, and never in the true one."""
    planted(service.fake, TEAS)
    truth = service.search("tea one two").data["results"]
    service.fake.faults("search: shuffled x20")
    for _ in range(20):
        told = service.search("tea one two").data["results"]
        assert told != truth
        assert sorted(told, key=lambda each: each["id"]) == sorted(truth, key=lambda each: each["id"])
        assert last(service).effect == {"shuffled": True}


def test_two_results_can_be_shuffled_and_one_cannot(service):
    """Two change places, and a single one or none stays, which the journal says."""
    planted(service.fake, ["tea", "tea cake"])
    truth = ids(service.search("tea"))
    service.fake.faults("search: shuffled x9")
    assert ids(service.search("tea")) == truth[::-1]
    assert ids(service.search("cake")) == [truth[1]]
    assert last(service).effect == {"shuffled": False}
    assert ids(service.search("nothing")) == []


def test_foreign_mixes_in_a_result_of_another_context(service):
    """One result more stands among those of the context asked for, at the score of a neighbour."""
    home = planted(service.fake, TEAS, "Home")
    (office,) = planted(service.fake, ["a desk by the window"], "Office")
    service.fake.faults("search: foreign")
    results = service.search("tea", "Home").data["results"]
    assert {each["id"] for each in results} == {*home, office}
    assert last(service).effect == {"foreign": [office]}
    scores = [each["score"] for each in results]
    assert scores == sorted(scores, reverse=True)
    assert office not in ids(service.search("tea", "Home"))


def test_foreign_takes_the_place_of_a_hit_where_the_answer_is_full(build):
    """With the foreign one there are still no more than top_k results, also where that is one."""
    for top_k in (1, 2):
        service = build(top_k=top_k)
        planted(service.fake, TEAS, "Home")
        (office,) = planted(service.fake, ["tea at work"], "Office")
        service.fake.faults("search: foreign")
        told = ids(service.search("tea", "Home"))
        assert len(told) == top_k
        assert office in told


def test_foreign_without_a_label_asked_mixes_in_a_labelled_one_that_is_no_hit(service):
    """Where all contexts are searched, the foreign one has a context and is no hit; an empty answer has it alone."""
    planted(service.fake, ["tea"])
    (office,) = planted(service.fake, ["a desk"], "Office")
    service.fake.faults("search: foreign x2")
    assert office in ids(service.search("tea"))
    assert ids(service.search("coffee")) == [office]


def test_foreign_without_another_label_is_the_truth_with_a_note(service):
    """Where the key holds nothing of another context, another key's memory is not touched, and the journal says so."""
    home = planted(service.fake, ["tea"], "Home")
    planted(service.fake, ["tea"], "Office", key=OTHER)
    service.fake.faults("search: foreign")
    assert ids(service.search("tea", "Home")) == home
    assert last(service).effect == {"foreign": []}
    assert last(service).notes == ["foreign: the key holds no memory of another context to mix in"]


def test_lost_is_acknowledged_and_never_found(service):
    """The add is answered with an id of its own, and no memory is stored, found or counted."""
    service.fake.faults("add: lost")
    answer = service.add("tea")
    assert (answer.status, answer.data["success"]) == (200, True)
    assert last(service).effect == {"lost": [answer.data["id"]]}
    assert last(service).stored == ()
    assert service.fake.memories() == []
    assert service.contents("tea") == []
    assert service.details().data["usage"] == 0
    second = service.add("tea")
    assert second.data["id"] != answer.data["id"]


def test_a_lost_add_counts_as_a_request(build):
    """Where requests are what a limit counts, an add that was acknowledged is one."""
    service = build(unit="requests", limit=1)
    service.fake.faults("add: lost")
    answer = service.add("tea")
    assert last(service).effect == {"lost": [answer.data["id"]], "usage": 1}
    assert service.add("tea").status == 429


def test_twice_is_stored_under_two_ids_and_names_the_first(service):
    """One add, two memories: the answer names the first, and the ledger both."""
    service.fake.faults("add: twice")
    answer = service.add("tea", "Kitchen")
    one, two = service.fake.memories()
    assert (one.id, one.content, one.context) == (answer.data["id"], "tea", "Kitchen")
    assert (two.content, two.context) == ("tea", "Kitchen")
    assert last(service).effect == {"stored": [one.id, two.id], "usage": 2}
    assert service.fake.calls[-1].stored == (one.id, two.id)
    assert service.contents("tea") == ["tea", "tea"]


@pytest.mark.parametrize("wire", ["flat", "envelope"])
@pytest.mark.parametrize("how", sorted(LIES))
def test_a_lie_is_told_in_both_shapes_and_ends_its_call(build, how, wire):
    """Whatever the wire, a lie is a 200 in the documented shape, and for the journal an answer that was delivered."""
    service = build(wire=wire)
    planted(service.fake, TEAS, "Home")
    planted(service.fake, ["desk"], "Office")
    endpoint = LIES[how]
    truth = service.add("tea") if endpoint == "add" else service.search("tea", "Home")
    service.fake.faults(f"{endpoint}: {how}")
    told = service.add("tea") if endpoint == "add" else service.search("tea", "Home")
    assert (told.status, set(told.data), set(told.json)) == (200, set(truth.data), set(truth.json))
    call = service.fake.calls[-1]
    assert call.delivered
    assert not call.attempts[0].entry.call.open


def test_the_strings_and_the_tokens_lie_with_the_results(service):
    """The joined memory streams and the count of tokens are of the results that were told."""
    planted(service.fake, TEAS)
    service.fake.faults("search: missing(3), shuffled")
    for _ in range(2):
        data = service.search("tea").data
        assert data["semantic_memory"] == "\n".join(each["content"] for each in data["results"])
        assert data["tokens"] == 2 * len(data["results"])


def test_a_refused_request_is_not_lied_about(service):
    """A lie takes its step, but a request that the service refuses gets its refusal, and nothing is changed."""
    armed = service.fake.faults("add: twice; search: stale")
    assert service.add(" ").status == 400
    assert service.search("tea", key=None).status == 401
    assert [entry.effect for entry in service.fake.requests()] == [{}, {}]
    assert service.fake.memories() == []
    assert [entry.fault for entry in service.fake.requests()] == ["twice @after", "stale(1) @after"]
    assert armed.fired == 2


@pytest.mark.parametrize("how", ["lost", "twice"])
def test_a_replayed_answer_is_not_lied_about_again(build, how):
    """With idempotency honoured, the repeat of an add gets the first answer and stores nothing more."""
    service = build(idempotency=True)
    service.fake.faults(f"add: {how} x2")
    first, again = (service.add("tea", headers={"idempotency-key": "one"}) for _ in range(2))
    assert first.data == again.data
    assert len(service.fake.memories()) == (2 if how == "twice" else 0)
    assert last(service).effect == {}
    assert last(service).notes == ["the first answer to this Idempotency-Key, replayed"]


@pytest.mark.parametrize("how", ["stale(2)", "missing(2)", "shuffled", "foreign"])
def test_a_replayed_search_is_not_lied_about_again(build, how):
    """With idempotency honoured, a search that is repeated gets the truth that was told first."""
    service = build(idempotency=True)
    planted(service.fake, TEAS, "Home")
    planted(service.fake, ["desk"], "Office")
    truth = service.search("tea", "Home", headers={"idempotency-key": "one"})
    service.fake.faults(f"search: {how}")
    again = service.search("tea", "Home", headers={"idempotency-key": "one"})
    assert again.data == truth.data
    assert last(service).effect == {}


def test_a_lie_may_come_by_chance_and_in_a_header(service):
    """A percentage of all searches lies, and one request's own header makes that request lie."""
    planted(service.fake, TEAS)
    service.fake.faults("search: missing(4) 50%")
    found = [len(ids(service.search("tea", headers={"idempotency-key": str(number)}))) for number in range(40)]
    assert set(found) == {0, 4}
    service.fake.disarm()
    assert ids(service.search(headers={"x-octamem-fault": "search: missing(4)"})) == []
    assert len(ids(service.search())) == 4


def told(service, queries, threads=1):
    """Give what each query was told, as contents: ids follow from the order in which the adds came."""
    found = {}

    def work(part):
        for query in part:
            data = service.search(query, "Home").data
            found[query] = [each["content"] for each in data["results"]]

    workers = [threading.Thread(target=work, args=(queries[at::threads],)) for at in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


@pytest.mark.parametrize("how", ["shuffled", "foreign"])
def test_what_a_lie_draws_follows_from_seed_key_call_and_attempt(build, served, how):
    """In any order of adds and searches, from four threads and over HTTP the same is told; another seed tells other."""
    queries = [f"tea {number}" for number in range(24)]

    def answers(seed, service=None, *, flip=False, threads=1):
        service = service or build(seed=seed)
        service.fake.configure(seed=seed)
        contents = [f"tea {word}" for word in ("one", "two", "three", "four", "five", "six")]
        planted(service.fake, contents, "Home")
        planted(service.fake, ["desk", "chair", "lamp", "door"][:: -1 if flip else 1], "Office")
        service.fake.faults(f"search: {how} 100%")
        return told(service, queries[:: -1 if flip else 1], threads)

    first = answers(1)
    assert len({tuple(each) for each in first.values()}) > 3
    assert answers(1, flip=True) == answers(1, threads=4) == answers(1, served, threads=4) == first
    assert answers(2) != first


def test_a_shuffle_with_a_seed_of_its_own_needs_no_other():
    """`seed=` in the script stands over the fake's, and the one given when arming over that of the fake."""

    def order(seed, script, armed_seed=None):
        fake = Fake(seed=seed)
        planted(fake, [f"tea {number}" for number in range(8)])
        fake.faults(script, seed=armed_seed)
        request = Request("POST", "/api/memory/search", {"authorization": f"Bearer {KEY}"}, b'{"query":"tea"}')
        body = fake.decide(request).body
        return [body.index(b"tea %d" % number) for number in range(8)]

    assert order(1, "search: shuffled seed=7") == order(2, "search: shuffled seed=7")
    assert order(1, "search: shuffled", 7) == order(2, "search: shuffled", 7) == order(3, "search: shuffled seed=7")
    assert order(1, "search: shuffled") != order(2, "search: shuffled")
