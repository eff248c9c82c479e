"""Explain: why a search finds its hits, why it does not find another memory, and that it changes nothing."""

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
    explanation = explain(query)
    results = explain.service.search(query).data["results"]
    names = ("id", "content", "type", "score")
    assert [[hit[name] for name in names] for hit in explanation["hits"]] == [
        [each[name] for name in names] for each in results
    ]
    assert [hit["rank"] for hit in explanation["hits"]] == [1, 2]
    assert {name: explanation[name] for name in ("query", "previousContext", "top_k", "stored", "within_reach")} == {
        "query": query,
        "previousContext": "",
        "top_k": 10,
        "stored": 3,
        "within_reach": 3,
    }


def test_each_term_names_its_matches(explain):
    """A query term names the words it matched and its correction, and an unanswered one neither."""
    (hit,) = explain("kettel boughts zzyzx")["hits"]
    terms = {term["word"]: term for term in hit["terms"]}
    assert terms["kettel"]["corrected"] == "kettle"
    assert terms["kettel"]["matched"] == ["kettle"]
    assert (terms["boughts"]["matched"], terms["zzyzx"]["matched"]) == (["bought"], [])
    assert terms["zzyzx"]["partial_score"] == 0 < terms["kettel"]["partial_score"]


def test_a_stop_word_is_told_from_a_content_term(explain):
    """Each term of a hit says whether it is a stop word, matched or not."""
    (hit,) = explain("when did the kettle boil")["hits"]
    terms = {term["word"]: term["stop_word"] for term in hit["terms"]}
    assert terms == {"kettle": False, "boil": False, "the": True}


def test_partial_scores_and_adjustments_add_up(explain):
    """Partial scores and adjustments add up to the value, by which the hits are ordered."""
    hits = explain("which red kettle did Ana buy in May?")["hits"]
    assert len(hits) == 2
    for hit in hits:
        total = sum(term["partial_score"] for term in hit["terms"]) + sum(hit["adjustments"].values())
        assert total == pytest.approx(hit["value"], abs=0.001)
    assert hits[0]["value"] > hits[1]["value"]


def test_a_copy_of_the_query_is_marked(explain):
    """A memory asked for by its own text is first as a copy, with a score of 1.0."""
    (hit,) = explain(MEMORIES[2]["content"])["hits"]
    assert (hit["id"], hit["copy"], hit["score"]) == ("rec_printer", True, 1.0)
    assert not explain("printer")["hits"][0]["copy"]


def why(explanation):
    assert explanation["memory"]["id"] not in [hit["id"] for hit in explanation["hits"]]
    return explanation["memory"]["why"]


def test_a_memory_that_is_found_needs_no_reason(explain):
    """Asked about a hit, explain repeats it."""
    explanation = explain("green tea", memory="rec_tea")
    assert explanation["memory"] == explanation["hits"][0]
    assert explanation["memory"]["why"] == []


def test_another_context_is_a_reason(explain):
    """A memory of another context, or of none, is not found; explain names both contexts, and its terms."""
    explanation = explain("green tea", "Office", memory="rec_tea")
    assert why(explanation) == ["its context is 'Home', and the search asks for 'Office'"]
    assert [term["matched"] for term in explanation["memory"]["terms"]] == [["green"], ["tea"]]
    assert (explanation["stored"], explanation["within_reach"], explanation["hits"]) == (3, 1, [])
    assert why(explain("kettle", " Office ", memory="rec_kettle")) == [
        "it has no context, and the search asks for 'Office'"
    ]
    explain.service.fake.configure(context_match="any")
    assert explain("green tea", "Office", memory="rec_tea")["memory"]["why"] == []


def test_an_indexing_delay_in_seconds_is_a_reason(explain):
    """A memory whose indexing delay has not passed says from when a search finds it."""
    explain.service.fake.configure(indexing_delay=5)
    identity = explain.service.add("a teapot").data["id"]
    explanation = explain("teapot", memory=identity)
    assert why(explanation) == [
        "it is not indexed yet: a search finds it from 2026-01-01T00:00:05Z on, and now is 2026-01-01T00:00:00Z"
    ]
    assert (explanation["stored"], explanation["within_reach"]) == (4, 3)
    explain.service.fake.advance(5)
    assert explain("teapot", memory=identity)["memory"]["rank"] == 1


def test_an_indexing_delay_in_polls_is_a_reason_and_not_shortened(explain):
    """A memory that waits for polls says how many are left, and an explanation is no poll."""
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


def test_every_reason_is_listed(explain):
    """If a context and a delay both keep a memory from the results, both are listed."""
    explain.service.fake.configure(indexing_delay=5)
    identity = explain.service.add("a teapot", "Home").data["id"]
    reasons = why(explain("teapot", "Office", memory=identity))
    assert [reason.split(":")[0].split(",")[0] for reason in reasons] == [
        "its context is 'Home'",
        "it is not indexed yet",
    ]


def test_a_rank_below_top_k_is_a_reason(explain):
    """A memory that ranks below the last result says its rank and `top_k`."""
    explain.service.fake.configure(top_k=1)
    explanation = explain("Ana's green tea", memory="rec_kettle")
    assert [hit["id"] for hit in explanation["hits"]] == ["rec_tea"]
    assert why(explanation) == ["it would be hit 2, and top_k is 1"]
    assert (explanation["memory"]["rank"], explanation["memory"]["terms"][0]["matched"]) == (2, ["ana"])


def test_a_memory_without_the_terms_says_so(explain):
    """A memory that holds no term of the query says so, and has no rank or score."""
    explanation = explain("green tea", memory="rec_printer")
    assert why(explanation) == ["it holds none of the content terms of the query"]
    assert (explanation["memory"]["rank"], explanation["memory"]["score"], explanation["memory"]["terms"]) == (
        None,
        None,
        [],
    )


def test_stop_words_alone_do_not_find_a_memory(explain):
    """A memory that holds only stop words of the query says that it holds no content term."""
    explanation = explain("where is the green tea", memory="rec_printer")
    assert why(explanation) == ["it holds none of the content terms of the query"]


def test_a_rank_far_below_top_k_is_not_counted(local):
    """More than a thousand ranks below the results a memory has no rank, but it has a breakdown."""
    far, *others = local.fake.remember(["green tea", *["green tea in the pot"] * 1_002], key=KEY)
    local.fake.configure(top_k=2)
    explanation = local.fake.explain("pot tea", memory=far.id, key=KEY).asked
    assert explanation.why == ("at least 1002 other memories rank above it, and top_k is 2",)
    assert (explanation.rank, explanation.score, explanation.breakdown.terms[1].matched) == (None, None, ("tea",))
    local.fake.forget(memory=others[0].id, key=KEY)
    explanation = local.fake.explain("pot tea", memory=far.id, key=KEY).asked
    assert (explanation.rank, explanation.why) == (1_002, ("it would be hit 1002, and top_k is 2",))


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


def test_a_search_of_ones_own_is_explained_without_breakdowns(local):
    """Its hits have scores but no breakdown, and a memory that it left out says so."""
    fake = Fake(search=lambda query, memories: [(each.id, 0.5) for each in memories if query in each.content])
    fake.remember(MEMORIES, key=KEY)
    explanation = fake.explain("Ana", memory="rec_printer", key=KEY)
    assert [(hit.memory.id, hit.rank, hit.score, hit.breakdown) for hit in explanation.hits] == [
        ("rec_kettle", 1, 0.5, None),
        ("rec_tea", 2, 0.5, None),
    ]
    assert explanation.asked.why == ("search= did not return it",)
    fake.configure(top_k=1)
    assert fake.explain("Ana", memory="rec_tea", key=KEY).asked.why == ("it would be hit 2, and top_k is 1",)


def test_a_failing_search_of_ones_own_fails_its_explanation_alike(control_of):
    """If the author's search fails, explain fails as a search does: raised in process, 503 over HTTP."""
    fake = Fake(search=lambda _query, _memories: 7)
    with pytest.raises(
        SearchFailedError, match=r"^search=: expected a list or an iterator of hits, the best first, got int$"
    ):
        fake.explain("tea")
    with serve_in_thread(create_app(fake)) as running:
        status, answer = control_of(running.url, "GET", f"explain?key={KEY}&query=tea")
    assert (status, answer["code"]) == (503, "SEARCH_FAILED")


def test_an_explanation_shows_no_text_in_its_repr(local):
    """The repr of an explanation can be logged: it shows no memory and no query."""
    local.fake.remember(MEMORIES, key=KEY)
    shown = repr(local.fake.explain("green kettle", memory="rec_tea", key=KEY))
    assert "kettle" not in shown
    assert "green" not in shown


def test_the_default_key_is_explained_in_python(build):
    """Without a key explain uses the fake's own, as every method does."""
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
            "context: unknown field; expected key, key_id, query, previousContext, memory, limit or offset",
        ),
        (f"key={KEY}&query=tea&memory=rec_x", 404, "no memory has the id 'rec_x'"),
        ("key=two%20words&query=tea", 404, "key: expected printable ASCII without spaces"),
    ],
)
def test_what_cannot_be_explained_is_refused(served, asked, status, says):
    """A missing key or query, a misspelt parameter and an unknown memory are refused with a message that names them."""
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
    """Any valid query can be explained, as JSON too."""
    local.fake.remember(MEMORIES, key=KEY)
    assert local.fake.explain(query, key=KEY, memory="rec_tea").as_dict()["stored"] == 3
