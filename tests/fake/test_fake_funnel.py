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


SHARE = "1 memory under k2 would be found; keys do not share memories."
USE = "Use the key that has the memory, or add it under this one."
ELSEWHERE = {
    "no_term": (["red kettle"], "", "Search for a word that the memory holds."),
    "no_memories": (
        [],
        "",
        f"{USE} There are 2 memories under k2 and 1 memory under k3.",
    ),
    "context": ([("red kettle", "Office")], "Home", "Search with the context of the memory, or without one."),
}


@pytest.fixture
def three_keys(served):
    """Give a server whose second key alone has a memory of tea, and whose first the test fills."""
    served.fake.key_id(key=KEY)
    served.fake.remember([("tea at four", "Home"), ("salt", "Home")], key=OTHER)
    served.fake.remember(["milk"], key="sk-om-live-small-000000000000003")
    return served


@pytest.mark.parametrize("cause", ELSEWHERE)
def test_a_call_that_is_read_says_what_other_keys_would_find(three_keys, cause):
    """The verdict and the search block name the key, while neither the answer nor a list of calls does."""
    memories, context, remedy = ELSEWHERE[cause]
    three_keys.fake.remember(memories, key=KEY)
    search(three_keys.fake, "tea", context)
    assert b"k2" not in three_keys.fake.requests()[-1].response
    name = three_keys.fake.calls[-1].id
    _, call = three_keys.control("GET", f"calls/{name}")
    block = call["attempts"][-1]["search"]
    assert (block["cause"], block["elsewhere"]) == (cause, [{"key_id": "k2", "key": "sk-o…0002", "found": 1}])
    assert call["verdict"]["remedy"] == f"{SHARE} {remedy}"
    (listed,) = three_keys.control("GET", "calls")[1]["calls"]
    assert listed["attempts"][-1]["search"]["elsewhere"] is None
    _, explained = three_keys.control("GET", f"explain?key={KEY}&query=tea&previousContext={context}")
    assert explained["search"]["elsewhere"] == block["elsewhere"]


def test_to_ask_other_keys_counts_as_no_search(three_keys):
    """A memory that waits for polls of its own key waits for as many after the call was read."""
    three_keys.fake.configure(indexing_delay="1 polls", key=OTHER)
    add(three_keys.fake, "tea at six", key=OTHER)
    three_keys.search("tea at six")
    for _ in range(3):
        (found,) = three_keys.fake.elsewhere(three_keys.fake.requests()[-1])
        assert (found.key_id, found.found) == ("k2", 1)
    assert search(three_keys.fake, "tea at six", key=OTHER) is None
    (found,) = three_keys.fake.elsewhere(three_keys.fake.requests(key=KEY)[-1])
    assert found.found == 2


def test_if_no_other_key_would_find_it_that_keys_share_nothing_is_said(three_keys):
    """Without another key that finds it, the list is empty and no key is named."""
    three_keys.fake.remember(["red kettle", "mug"], key=KEY)
    assert search(three_keys.fake, "zebra").cause == "no_term"
    entry = three_keys.fake.requests()[-1]
    assert three_keys.fake.elsewhere(entry) == ()
    found = verdict([entry])
    assert found.text == "None of the 2 memories under k1 holds a term of the query."
    assert found.remedy == "Search for a word that the memory holds. Keys do not share memories."


@pytest.mark.parametrize("query", ["x" * 301, "tea"])
def test_other_keys_are_not_asked_what_takes_long_or_is_the_authors(query):
    """A long query, a search= of the author's own, and a search that a fault emptied ask no other key."""
    asked = []
    fake = Fake(search=(lambda query, memories: asked.append(query) or []) if query == "tea" else None)
    fake.remember(["tea"], key=OTHER)
    fake.remember(["tea"], key=KEY)
    search(fake, query)
    before = list(asked)
    assert fake.elsewhere(fake.requests()[-1]) is None
    assert asked == before


def test_few_keys_and_memories_are_asked(monkeypatch):
    """Keys beyond the bounds, and those with too many memories, are passed over; the keys that find most are named."""
    fake = Fake()
    for number in range(9):
        fake.remember(["tea"] * (number + 1), key=f"sk-om-live-many-00000000000000{number}")
    search(fake)
    entry = fake.requests()[-1]
    assert [each.found for each in fake.elsewhere(entry)] == [9, 8, 7]
    monkeypatch.setattr(found, "KEYS_SEARCHED", 4)
    assert [each.found for each in fake.elsewhere(entry)] == [4, 3, 2]
    monkeypatch.setattr(found, "MEMORIES_SEARCHED", 3)
    assert [each.found for each in fake.elsewhere(entry)] == [2, 1]


@pytest.mark.parametrize(
    ("count", "says"), [(1, "The one memory in reach was not past"), (2, "None of the 2 memories was past")]
)
def test_one_memory_that_waits_is_counted_in_the_singular(count, says):
    """The verdict on an index delay has a sentence for one memory and another for several."""
    fake = Fake(indexing_delay=30)
    for number in range(count):
        add(fake, f"red kettle {number}")
    search(fake, "zebra")
    assert verdict(fake.requests()[-1:]).text == f"{says} its index delay."
