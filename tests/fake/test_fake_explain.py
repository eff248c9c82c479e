"""Explain: why a search finds what it finds, why it does not find the rest, and that asking changes nothing."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from fake_server import Fake, SearchFailedError, UnknownMemoryError, create_app
from fake_server.server import serve_in_thread

KEY = "sk-om-live-tests-0000000000000001"
MEMORIES = [
    {"id": "rec_kettle", "content": "Ana bought a red kettle in May.", "type": "episodic"},
    {"id": "rec_tea", "content": "Ana drinks green tea without milk.", "previousContext": "Home"},
    {"id": "rec_printer", "content": "The printer is on the second floor.", "previousContext": "Office"},
]


@pytest.fixture(params=["in process", "http"])
def explain(request, served):
    """Ask for an explanation as JSON values, by the method and by the control API."""
    served.fake.remember(MEMORIES, key=KEY)

    def in_process(query, previous_context="", memory=None):
        return served.fake.explain(query, previous_context=previous_context, memory=memory, key=KEY).as_dict()

    def over_http(query, previous_context="", memory=None):
        asked = {"key": KEY, "query": query, "previousContext": previous_context}
        if memory is not None:
            asked["memory"] = memory
        status, answer = served.control("GET", f"explain?{urlencode(asked)}")
        assert status == 200, answer
        return answer

    ask = in_process if request.param == "in process" else over_http
    ask.service = served
    return ask


def test_hits_are_those_of_the_search(explain):
    """The hits are the results of a search asked now, with their order, scores and fields."""
    query = "what does Ana drink with her kettle"
    told = explain(query)
    results = explain.service.search(query).data["results"]
    names = ("id", "content", "type", "score")
    assert [[hit[name] for name in names] for hit in told["hits"]] == [
        [each[name] for name in names] for each in results
    ]
    assert [hit["rank"] for hit in told["hits"]] == [1, 2]
    assert {name: told[name] for name in ("query", "previousContext", "top_k", "stored", "within_reach")} == {
        "query": query,
        "previousContext": "",
        "top_k": 10,
        "stored": 3,
        "within_reach": 3,
    }


def test_each_word_tells_what_it_met(explain):
    """A word names what it matched, a misspelt one what it was corrected to, and one that nothing answers neither."""
    (hit,) = explain("kettel boughts zzyzx")["hits"]
    words = {word["word"]: word for word in hit["words"]}
    assert words["kettel"]["corrected"] == "kettle"
    assert words["kettel"]["matched"] == ["kettle"]
    assert (words["boughts"]["matched"], words["zzyzx"]["matched"]) == (["bought"], [])
    assert words["zzyzx"]["share"] == 0 < words["kettel"]["share"]


def test_shares_and_parts_add_up(explain):
    """What the words and the other parts are worth is what the memory is ranked by, and the hits fall by it."""
    hits = explain("which red kettle did Ana buy in May?")["hits"]
    assert len(hits) == 2
    for hit in hits:
        total = sum(word["share"] for word in hit["words"]) + sum(hit["parts"].values())
        assert total == pytest.approx(hit["value"], abs=0.001)
    assert hits[0]["value"] > hits[1]["value"]


def test_a_copy_of_the_query_says_that_it_is_one(explain):
    """A memory asked for by its own text is first as a copy, with a score of 1.0."""
    (hit,) = explain(MEMORIES[2]["content"])["hits"]
    assert (hit["id"], hit["copy"], hit["score"]) == ("rec_printer", True, 1.0)
    assert not explain("printer")["hits"][0]["copy"]


def why(told):
    assert told["memory"]["id"] not in [hit["id"] for hit in told["hits"]]
    return told["memory"]["why"]


def test_a_memory_that_is_found_needs_no_reason(explain):
    """Asked about a hit, explain repeats it."""
    told = explain("green tea", memory="rec_tea")
    assert told["memory"] == told["hits"][0]
    assert told["memory"]["why"] == []


def test_another_label_is_told(explain):
    """A memory of another context, or of none, is not found; explain names both contexts, and its words."""
    told = explain("green tea", "Office", memory="rec_tea")
    assert why(told) == ["its context is 'Home', and the search asks for 'Office'"]
    assert [word["matched"] for word in told["memory"]["words"]] == [["green"], ["tea"]]
    assert (told["stored"], told["within_reach"], told["hits"]) == (3, 1, [])
    assert why(explain("kettle", " Office ", memory="rec_kettle")) == [
        "it has no context, and the search asks for 'Office'"
    ]
    explain.service.fake.configure(context_match="any")
    assert explain("green tea", "Office", memory="rec_tea")["memory"]["why"] == []


def test_an_indexing_delay_in_seconds_is_told(explain):
    """A memory that time has not indexed yet says from when it is found."""
    explain.service.fake.configure(indexing_delay=5)
    identity = explain.service.add("a teapot").data["id"]
    told = explain("teapot", memory=identity)
    assert why(told) == ["it is not indexed yet: found from 2026-01-01T00:00:05Z, and it is 2026-01-01T00:00:00Z"]
    assert (told["stored"], told["within_reach"]) == (4, 3)
    explain.service.fake.advance(5)
    assert explain("teapot", memory=identity)["memory"]["rank"] == 1


def test_an_indexing_delay_in_polls_is_told_and_not_shortened(explain):
    """A memory that polls have not indexed yet says how many are left, and to ask for an explanation is no poll."""
    explain.service.fake.configure(indexing_delay="2 polls")
    identity = explain.service.add("a teapot").data["id"]
    left = [
        ["it is not indexed yet: 2 more searches must come first"],
        ["it is not indexed yet: 1 more search must come first"],
    ]
    for reason in left:
        for _ in range(3):
            assert why(explain("teapot", memory=identity)) == reason
        assert explain.service.contents("teapot") == []
    assert explain("teapot", memory=identity)["memory"]["why"] == []
    assert explain.service.contents("teapot") == ["a teapot"]


def test_every_reason_is_told_at_once(explain):
    """Where a context and a delay both keep a memory back, both are told."""
    explain.service.fake.configure(indexing_delay=5)
    identity = explain.service.add("a teapot", "Home").data["id"]
    reasons = why(explain("teapot", "Office", memory=identity))
    assert [reason.split(":")[0].split(",")[0] for reason in reasons] == [
        "its context is 'Home'",
        "it is not indexed yet",
    ]


def test_a_place_below_top_k_is_told(explain):
    """A memory that ranks below the last result says at which place, and how many there are."""
    explain.service.fake.configure(top_k=1)
    told = explain("Ana's green tea", memory="rec_kettle")
    assert [hit["id"] for hit in told["hits"]] == ["rec_tea"]
    assert why(told) == ["it would be hit 2, and top_k is 1"]
    assert (told["memory"]["rank"], told["memory"]["words"][0]["matched"]) == (2, ["ana"])


def test_a_memory_without_the_words_is_told(explain):
    """A memory that holds nothing of the question says so, and no rank nor score."""
    told = explain("green tea", memory="rec_printer")
    assert why(told) == ["it holds none of the content terms of the query"]
    assert (told["memory"]["rank"], told["memory"]["score"], told["memory"]["words"]) == (None, None, [])


def test_little_words_alone_do_not_find_a_memory(explain):
    """A memory that holds the stop words of a question and no other says that the telling ones are missing."""
    told = explain("where is the green tea", memory="rec_printer")
    assert why(told) == ["it holds none of the content terms of the query"]


def test_a_place_far_below_top_k_is_not_counted(local):
    """Past a thousand places below the results a memory has no rank, but its words are told all the same."""
    far, *others = local.fake.remember(["green tea", *["green tea in the pot"] * 1_002], key=KEY)
    local.fake.configure(top_k=2)
    told = local.fake.explain("pot tea", memory=far.id, key=KEY).asked
    assert told.why == ("at least 1002 others go before it, and top_k is 2",)
    assert (told.rank, told.score, told.told.words[1].matched) == (None, None, ("tea",))
    local.fake.forget(memory=others[0].id, key=KEY)
    told = local.fake.explain("pot tea", memory=far.id, key=KEY).asked
    assert (told.rank, told.why) == (1_002, ("it would be hit 1002, and top_k is 2",))


def test_explaining_changes_nothing(explain):
    """Journal, usage, limits, faults and the ids to come are after an explanation as they were before it."""
    fake = explain.service.fake
    fake.configure(unit="requests", rate="5/60")
    fake.faults("search: 503")
    for _ in range(9):
        explain("green tea", memory="rec_tea")
    assert fake.requests() == []
    assert fake.armed()[0].left == 1
    assert explain.service.search().status == 503
    assert explain.service.details().data["usage"] == 0
    other = Fake()
    other.remember(MEMORIES, key=KEY)
    assert fake.remember(["the same id"], key=KEY)[0].id == other.remember(["the same id"], key=KEY)[0].id


def test_a_search_of_ones_own_is_explained_as_far_as_it_goes(local):
    """Its hits and scores are told, words are not, and a memory that it left out says who did so."""
    fake = Fake(search=lambda query, memories: [(each.id, 0.5) for each in memories if query in each.content])
    fake.remember(MEMORIES, key=KEY)
    told = fake.explain("Ana", memory="rec_printer", key=KEY)
    assert [(hit.memory.id, hit.rank, hit.score, hit.told) for hit in told.hits] == [
        ("rec_kettle", 1, 0.5, None),
        ("rec_tea", 2, 0.5, None),
    ]
    assert told.asked.why == ("search= did not give it",)
    fake.configure(top_k=1)
    assert fake.explain("Ana", memory="rec_tea", key=KEY).asked.why == ("it would be hit 2, and top_k is 1",)


def test_a_failing_search_of_ones_own_fails_its_explanation_alike(control_of):
    """Where the author's search fails, explain says what a search says: in process raised, over HTTP as 503."""
    fake = Fake(search=lambda _query, _memories: 7)
    with pytest.raises(SearchFailedError, match="search= gave one int"):
        fake.explain("tea")
    with serve_in_thread(create_app(fake)) as running:
        status, answer = control_of(running.url, "GET", f"explain?key={KEY}&query=tea")
    assert (status, answer["code"]) == (503, "SEARCH_FAILED")


def test_an_explanation_shows_no_text_in_its_repr(local):
    """The repr of an explanation can be logged: it holds no memory and no question."""
    local.fake.remember(MEMORIES, key=KEY)
    shown = repr(local.fake.explain("green kettle", memory="rec_tea", key=KEY))
    assert "kettle" not in shown
    assert "green" not in shown


def test_the_default_key_is_explained_in_python(build):
    """Without a key explain speaks of the fake's own, as every method does."""
    fake = build().fake
    fake.remember(["tea"])
    assert [hit.memory.content for hit in fake.explain("tea").hits] == ["tea"]


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("query=tea", 400, "key is required for GET explain; add ?key=KEY"),
        (f"key={KEY}", 400, "query is required"),
        (f"key={KEY}&query=", 400, "query must not be empty"),
        (f"key={KEY}&query=%20", 400, "query must not be blank"),
        (f"key={KEY}&query=tea&query=milk", 400, "query: expected one value, got several"),
        (
            f"key={KEY}&query=tea&context=Home",
            400,
            "context: unknown field; expected key, query, previousContext or memory",
        ),
        (f"key={KEY}&query=tea&memory=rec_x", 404, "no memory has the id 'rec_x'"),
        ("key=two%20words&query=tea", 404, "key: expected printable ASCII without spaces"),
    ],
)
def test_what_cannot_be_explained_is_refused(served, asked, status, says):
    """A missing key or query, a misspelt parameter and an unknown memory are told as such."""
    served.fake.remember(MEMORIES, key=KEY)
    got, answer = served.control("GET", f"explain?{asked}")
    assert (got, answer["error"][: len(says)]) == (status, says)


def test_in_python_the_same_is_raised(local):
    """An empty query is a ValueError, an unknown memory an UnknownMemoryError, a context of no text a ValueError."""
    with pytest.raises(ValueError, match="query must not be empty"):
        local.fake.explain("")
    with pytest.raises(UnknownMemoryError, match="no memory has the id 'rec_x'"):
        local.fake.explain("tea", memory="rec_x")
    with pytest.raises(ValueError, match="previousContext: expected a string"):
        local.fake.explain("tea", previous_context=None)


@pytest.mark.parametrize("query", ["🎉", "the of and", "x", "\x00", "tea " * 25_000, "\ud800", "?", "茶"])
def test_any_query_is_explained(local, query):
    """Whatever can be asked can be explained, as JSON too."""
    local.fake.remember(MEMORIES, key=KEY)
    assert local.fake.explain(query, key=KEY, memory="rec_tea").as_dict()["stored"] == 3
