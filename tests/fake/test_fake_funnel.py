"""Why nothing was found: the funnel of a search, kept with the attempt and given by explain, and what is left out."""

from __future__ import annotations

import json

import pytest

from fake_server import Fake, Request
from fake_server.core.journal.verdict import verdict
from fake_server.core.service import found

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"
STEPS = ("stored", "in_context", "indexed", "matching", "after_faults", "returned")


def search(fake, query="tea", context="", key=KEY):
    """Search, and give the funnel that the journal keeps."""
    body = json.dumps({"query": query, "previousContext": context}).encode()
    fake.decide(Request("POST", "/api/memory/search", {"authorization": f"Bearer {key}"}, body))
    return fake.requests()[-1].search


def add(fake, content, context="", key=KEY):
    body = json.dumps({"content": content, "previousContext": context}).encode()
    fake.decide(Request("POST", "/api/memory/add", {"authorization": f"Bearer {key}"}, body))
    return fake.memories(key=key)[-1].id


def steps(funnel):
    return (funnel.cause, *(getattr(funnel, name) for name in STEPS))


def test_a_key_without_memories_names_the_keys_that_have_some():
    """The cause is no_memories, and the other keys stand with their ids, those with most memories first."""
    fake = Fake()
    fake.remember(["one"], key="sk-om-live-small-000000000000003")
    fake.remember(["one", "two"], key=OTHER)
    funnel = search(fake)
    assert steps(funnel) == ("no_memories", 0, 0, 0, 0, 0, 0)
    assert [(each.key_id, each.key, each.stored) for each in funnel.other_keys] == [
        (fake.key_id(key=OTHER), "sk-o…0002", 2),
        (fake.key_id(key="sk-om-live-small-000000000000003"), "sk-o…0003", 1),
    ]


def test_a_context_that_differs_only_in_case_is_named():
    """The cause is context; similar contexts and the memories that match in others are named."""
    fake = Fake()
    fake.remember([("Ana drinks tea", "Guests"), ("red kettle", "Of fice"), "no context"], key=KEY)
    funnel = search(fake, "tea", "guests")
    assert steps(funnel) == ("context", 3, 0, 0, 0, 0, 0)
    assert funnel.similar_contexts == ("Guests",)
    assert (funnel.left_out_matching, funnel.nearest) == (1, (fake.memories()[0].id,))
    assert (funnel.nearest_contexts, funnel.matching_contexts) == (("Guests",), (("Guests", 1),))
    assert search(fake, "kettle", "office").similar_contexts == ("Of fice",)


def test_a_context_with_memories_that_do_not_match_sends_to_the_other():
    """If the memories that match are only in another context, that is the cause."""
    fake = Fake()
    fake.remember([("Ana drinks tea", "Guests"), ("red kettle", "Office")], key=KEY)
    assert steps(search(fake, "tea", "Office")) == ("context", 2, 1, 1, 0, 0, 0)


LEAVES_OUT = {
    "is under the context 'Ordres'; the 3 that match are under 'Orders'.": [("order one", "Orders")] * 3,
    "is under the context 'Ordres'; the one that matches is under no context.": ["order one"],
    "under the context 'Ordres' holds a term of the query; the one that matches is under 'Orders'.": [
        ("order", "Orders"), ("tea", "Ordres"),
    ],
    "is under the context 'Ordres'; of the 8 that match, 3 under 'A', 2 under 'B', 2 under no context and 1 elsewhere.":
    [("order", "A")] * 3 + [("order", "C"), "order", "order", ("order", "B"), ("order", "B")],
    "is under the context 'Ordres'; the 100 or more that match are under 'Orders'.": [("order", "Orders")] * 120,
    "is under the context 'Ordres'.": [("tea", "Orders")],
    "is under the context 'Ordres'; the one that matches is under '[k1]'.": [("order", KEY)],
}  # fmt: skip


@pytest.mark.parametrize("says", LEAVES_OUT)
def test_a_context_that_leaves_all_out_is_named_with_those_of_what_matches(says):
    """The verdict names the context of the search and the contexts that the memories which match are under."""
    fake = Fake()
    fake.remember(LEAVES_OUT[says], key=KEY)
    assert search(fake, "order", "Ordres").cause == "context"
    assert verdict(fake.requests()[-1:]).text == f"No memory {says}"


@pytest.mark.parametrize(("delay", "found_from", "found_after"), [(30, 30_000_000, 0), ("3 polls", None, 2)])
def test_the_index_delay_says_from_when_the_memory_is_found(delay, found_from, found_after):
    """The memory that matches and waits is named, with its moment or the searches that must still come."""
    fake = Fake()
    fake.configure(indexing_delay=delay)
    fake.remember(["an old memory"], key=KEY)
    identity = add(fake, "Launch moved to 15 April.")
    funnel = search(fake, "When is the launch?")
    assert steps(funnel) == ("index_delay", 2, 2, 1, 0, 0, 0)
    assert (funnel.nearest, funnel.left_out_matching) == ((identity,), 1)
    assert (funnel.found_from, funnel.found_after) == (found_from, found_after)


def test_no_term_and_a_fault_are_causes():
    """A query without a match has no_term; what a fault took away has fault, with what the search had found."""
    fake = Fake()
    fake.remember(["tea at four", "tea at five"], key=KEY)
    assert steps(search(fake, "zebra")) == ("no_term", 2, 2, 2, 0, 0, 0)
    fake.faults("search: missing(9)")
    assert steps(search(fake, "tea")) == ("fault", 2, 2, 2, 2, 0, 0)
    assert search(fake, "tea") is None


def test_a_search_of_the_authors_own_is_the_ranker():
    """If the author's ranking returns nothing, that is the cause, and it is not asked again."""
    asked = []
    fake = Fake(search=lambda query, memories: asked.append(query) or [])
    fake.remember(["tea"], key=KEY)
    assert steps(search(fake)) == ("ranker", 1, 1, 1, 0, 0, 0)
    assert asked == ["tea"]


def test_the_funnel_is_as_it_was_when_the_search_ran():
    """What is stored later, or found later, changes nothing of a funnel that is kept."""
    fake = Fake()
    before = search(fake).as_dict()
    fake.remember(["tea"], key=KEY)
    assert fake.requests()[0].search.as_dict() == before


def test_a_funnel_looks_at_a_bounded_number_of_memories(monkeypatch):
    """Of more memories than are looked at, those that wait are counted among the newest, and the funnel says so."""
    monkeypatch.setattr(found, "LOOKED_AT", 3)
    fake = Fake(indexing_delay=30)
    for number in range(5):
        add(fake, f"memory {number}")
    funnel = search(fake, "zebra")
    assert (funnel.is_exact, funnel.stored, funnel.indexed) == (False, 5, 2)


def test_the_counts_of_contexts_follow_what_is_stored(local):
    """Adding, replacing, deleting and clearing keep the count of each context."""
    local.fake.remember([("a", "X"), ("b", "X"), ("c", "Y")], key=KEY)
    one, *_ = local.fake.memories()
    store = local.fake._tenant(KEY).store
    local.fake.replace([{"id": one.id, "previousContext": "Y"}], key=KEY)
    assert [store.in_context(each) for each in ("X", "Y", "Z")] == [1, 2, 0]
    local.fake.forget(memory=one.id, key=KEY)
    assert store.in_context("Y") == 1
    local.fake.forget(key=KEY)
    assert [store.in_context(each) for each in ("X", "Y")] == [0, 0]


def test_explain_has_the_funnel_of_a_search_that_finds_too(served):
    """Explain counts each step whatever is found, with all that hold a term past top_k."""
    served.fake.configure(top_k=2)
    served.fake.remember([(f"tea {number}", "Home") for number in range(4)] + ["red kettle"], key=KEY)
    _, got = served.control("GET", f"explain?key={KEY}&query=tea&previousContext=Home")
    assert [got["search"][name] for name in ("cause", *STEPS)] == [None, 5, 4, 4, 4, 2, 2]
    assert served.fake.requests() == []


def test_what_is_left_out_comes_in_pages_with_reasons(served):
    """Every memory that is no hit is on exactly one page, those that hold a term first, each with its reasons."""
    served.fake.configure(top_k=1)
    memories = [
        ("tea at four", "Home"),
        ("tea for Ana", "Guests"),
        ("tea", "Home"),
        ("kettle", "Home"),
        ("cup", "Home"),
    ]
    served.fake.remember(memories, key=KEY)
    seen, offset = [], 0
    while offset is not None:
        _, got = served.control("GET", f"explain?key={KEY}&query=tea&previousContext=Home&limit=2&offset={offset}")
        seen += got["left_out"]["memories"]
        assert got["left_out"]["total"] == 4
        offset = got["left_out"]["next"]
    why = {each["content"]: each["why"] for each in seen}
    assert [each["content"] for each in seen] == [*(each for each in why if "tea" in each), "cup", "kettle"]
    assert why["tea for Ana"] == ["its context is 'Guests', and the search asks for 'Home'"]
    assert why["tea at four"] == ["others hold more of the query, and top_k is 1"]
    assert why["cup"] == ["it holds none of the content terms of the query"]
    assert [each["rank"] is None for each in seen] == [False, False, True, True]


@pytest.mark.parametrize("query", ["limit=201", "offset=-1", "offset=10001"])
def test_a_page_out_of_bounds_is_400(served, query):
    """A page that is too large, or begins too far down, is refused with the field."""
    status, answer = served.control("GET", f"explain?key={KEY}&query=tea&{query}")
    assert (status, answer["error"].partition(":")[0]) == (400, query.partition("=")[0])
