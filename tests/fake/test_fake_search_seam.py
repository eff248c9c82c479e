"""A search of the author's own: its arguments, the hits that it may return, and the errors for all else."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal
from fractions import Fraction
from functools import partial, wraps
from types import MappingProxyType
from typing import Any, List

import numpy as np
import pytest

from fake_server import Fake, SearchFailedError, SettingError, create_app
from fake_server.core.custom_search import ranked, unfit
from fake_server.server import serve_in_thread

KEY = "sk-om-live-tests-0000000000000001"


def exact(query, memories):
    return [memory for memory in memories if query in memory.content]


def boom(_query, memories):
    raise LookupError(f"no such thing: {memories[0].content}")


@pytest.fixture
def over_http(build_over_http):
    """Ask a fake over HTTP, on a server of its own."""
    with ExitStack() as stack:

        def serve(fake):
            return build_over_http(fake, stack.enter_context(serve_in_thread(create_app(fake))).url)

        yield serve


@pytest.fixture(params=["in process", "http"])
def around(request, build_around, over_http):
    """Ask a fake in process and over HTTP."""
    return build_around if request.param == "in process" else over_http


def test_what_it_gives_is_what_the_search_answers(around):
    """The results are the hits of the author's callable, in its order and with its scores."""
    halves = [0.5, 0.4, 0.3]
    service = around(Fake(search=lambda _, memories: [(each.id, score) for each, score in zip(memories, halves)]))
    service.fake.remember(["tea", "coffee", "cocoa"], key=KEY)
    results = service.search("nothing of it").data["results"]
    assert [(each["content"], each["score"]) for each in results] == [("tea", 0.5), ("coffee", 0.4), ("cocoa", 0.3)]


def test_it_is_given_the_query_and_the_memories_that_may_be_found(build_around):
    """The memories are filtered by context and indexing delay, the oldest first; the query is as it was sent."""
    given: List[Any] = []
    service = build_around(Fake(search=lambda *those: given.append(those) or []))
    service.fake.remember([("tea", "Home"), ("coffee", "Office"), ("cocoa", "Home")], key=KEY)
    service.fake.configure(indexing_delay=5)
    service.add("mate", "Home")
    service.search(" The Query ", " Home ")
    service.fake.advance(5)
    service.search("q", "Home")
    service.search("q")
    assert [query for query, _ in given] == [" The Query ", "q", "q"]
    assert [[memory.content for memory in memories] for _, memories in given] == [
        ["tea", "cocoa"],
        ["tea", "cocoa", "mate"],
        ["tea", "coffee", "cocoa", "mate"],
    ]


@pytest.mark.parametrize(
    ("give", "scores"),
    [
        (lambda those: [those[1].id, those[0].id], [1.0, 1.0]),
        (lambda those: [those[1], those[0]], [1.0, 1.0]),
        (lambda those: [(those[1].id, 0.25), those[0].id], [0.25, 0.25]),
        (lambda those: [(those[1], 1), [those[0].id, 0]], [1.0, 0.0]),
        (lambda those: iter([(those[1].id, 0.25), (those[0].id, 0.25)]), [0.25, 0.25]),
        (lambda those: {those[1].id: 0.25, those[0].id: 0.0}.items(), [0.25, 0.0]),
        (lambda those: [(those[1].id, Fraction(1, 4)), (those[0].id, Fraction(0))], [0.25, 0.0]),
        (lambda those: [(those[1].id, np.float32(0.25)), (those[0].id, np.int64(0))], [0.25, 0.0]),
    ],
    ids=["ids", "memories", "a pair and an id", "memory and score", "an iterator", "items", "fractions", "numpy"],
)
def test_a_hit_is_an_id_or_a_memory_alone_or_with_a_score(build_around, give, scores):
    """A hit without a score gets the score of the one before it, the first 1.0."""
    service = build_around(Fake(search=lambda _, memories: give(memories)))
    service.fake.remember(["tea", "coffee"], key=KEY)
    results = service.search().data["results"]
    assert [(each["content"], each["score"]) for each in results] == [("coffee", scores[0]), ("tea", scores[1])]


def test_no_score_goes_out_below_zero(build_around):
    """A score of -0.0 is answered as 0.0."""
    service = build_around(Fake(search=lambda _, memories: [(memories[0], -0.0)]))
    service.fake.remember(["tea"], key=KEY)
    assert b'"score":0.0' in service.search().body


def test_a_generator_is_read_up_to_top_k(build_around):
    """Only `top_k` hits of a generator are read."""
    asked = []

    def endless(_query, memories):
        for memory in memories:
            asked.append(memory)
            yield memory
        raise AssertionError("asked on")

    service = build_around(Fake(search=endless, top_k=2))
    service.fake.remember(["a", "b", "c"], key=KEY)
    assert service.contents() == ["a", "b"]
    assert len(asked) == 2


def test_lies_and_streams_go_by_it(build_around):
    """The streams and a lie of an answer are made from the author's hits."""
    service = build_around(Fake(search=exact))
    service.fake.remember([{"content": "green tea", "type": "episodic"}, "black tea"], key=KEY)
    service.fake.faults("search: missing")
    assert service.search("tea").data["semantic_memory"] == "black tea"
    assert service.search("tea").data["episodic_memory"] == "green tea"


ITERABLE = "search=: expected a list or an iterator of hits, the best first, got "
SCORE = "search=, hit 1: expected a score from 0 to 1, got "


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, f"{ITERABLE}NoneType"),
        ("rec_1", f"{ITERABLE}str"),
        (7, f"{ITERABLE}int"),
        ({"rec_1"}, f"{ITERABLE}set, which has no order"),
        (frozenset(["rec_1"]), f"{ITERABLE}frozenset, which has no order"),
        ({"rec_1": 0.5}, f"{ITERABLE}dict; return its items(), sorted by score"),
        (MappingProxyType({"rec_1": 0.5}), f"{ITERABLE}mappingproxy; return its items(), sorted by score"),
        (
            ["rec_1", "nowhere"],
            "search=, hit 2: expected the id of one of the 2 memories that it was given, got an unknown id",
        ),
        (["rec_1", "rec_1"], "search=, hit 2: expected each memory once, got 'rec_1' a second time"),
        ([5], "search=, hit 1: expected a memory, its id, or a pair of either and a score, got int"),
        ([("rec_1", 0.5, 1)], "search=, hit 1: expected a pair of id and score, got a tuple of 3"),
        ([("rec_1", "0.5")], f"{SCORE}str"),
        ([("rec_1", True)], f"{SCORE}bool"),
        ([("rec_1", Decimal("0.5"))], f"{SCORE}Decimal"),
        ([("rec_1", 10**400)], f"{SCORE}int"),
        ([("rec_1", 2)], f"{SCORE}2"),
        ([("rec_1", Fraction(3, 2))], f"{SCORE}Fraction"),
        ([("rec_1", np.float64("inf"))], f"{SCORE}inf"),
        ([("rec_1", 1.5)], f"{SCORE}1.5"),
        ([("rec_1", -0.1)], f"{SCORE}-0.1"),
        ([("rec_1", float("nan"))], f"{SCORE}nan"),
        (
            [("rec_1", 0.5), ("rec_2", 0.6)],
            "search=, hit 2: expected a score of at most 0.5, that of the hit before it, got 0.6",
        ),
    ],
)
def test_an_invalid_ranking_names_its_hit(build_around, answer, says):
    """An invalid ranking is an error in the author's own process, which names the hit and the mistake."""
    service = build_around(Fake(search=lambda _q, _m: answer))
    service.fake.remember([{"content": "tea", "id": "rec_1"}, {"content": "coffee", "id": "rec_2"}], key=KEY)
    with pytest.raises(SearchFailedError) as caught:
        service.search()
    assert str(caught.value) == says


def test_what_it_raises_reaches_the_author_in_process(build_around):
    """In the author's own process the failure names the line, and its cause is the error that was raised."""
    service = build_around(Fake(search=boom))
    service.fake.remember(["tea"], key=KEY)
    with pytest.raises(SearchFailedError, match=r"search= raised LookupError at .*, in boom") as caught:
        service.search()
    assert str(caught.value.__cause__) == "no such thing: tea"
    (entry,) = service.fake.requests()
    assert entry.status == 503


class Asks:
    """A search that is an object with a method."""

    def __init__(self, call):
        self.call = call

    def __call__(self, query):
        return self.call(query)


class Awaits:
    """A search that can only be awaited."""

    async def __call__(self, _query, memories):
        return memories


async def awaited(_query, memories):
    return memories


async def streamed(_query, memories):
    for memory in memories:
        yield memory


def short(query):
    return [query]


ASYNC = "expected a plain function, got {}, which is async and would never be awaited"
UNCALLED = "expected a callable of two positional arguments, the query and the memories, got {}"


@pytest.mark.parametrize(
    ("search", "says"),
    [
        (awaited, ASYNC.format("'awaited'")),
        (streamed, ASYNC.format("'streamed'")),
        (partial(awaited), ASYNC.format("'awaited'")),
        (Awaits(), ASYNC.format("'Awaits'")),
        (short, UNCALLED.format("'short'")),
        (Asks(short), UNCALLED.format("'Asks'")),
        (len, UNCALLED.format("'len'")),
    ],
    ids=["async def", "async generator", "partial", "async object", "one argument", "object", "written in C"],
)
def test_an_unfit_search_is_named(search, says):
    """A callable that is async, or takes no two arguments, is known without a call, and called it gives no warning."""
    assert unfit(search) == says
    with pytest.raises(SearchFailedError, match=f"^search=: {says}$"):
        ranked(search, "tea", [], limit=1)


def test_a_returned_coroutine_is_an_error_too(build_around):
    """A plain function that returns a coroutine is refused when it is called."""

    def late(query, memories):
        return awaited(query, memories)

    with pytest.raises(SearchFailedError, match=ASYNC.format("'late'")):
        build_around(Fake(search=late)).search()


@wraps(short)
def adapted(query, _memories):
    return short(query)[:0]


@pytest.mark.parametrize(
    "search",
    [exact, boom, adapted, partial(exact), partial(lambda _top, _q, m: m, 3), map, lambda *those: those[1]],
    ids=["plain", "raises", "adapted", "partial", "a part of three", "without signature", "any number"],
)
def test_what_may_be_a_search_raises_no_false_alarm(search):
    """A callable that takes two arguments is accepted, whatever it wraps."""
    assert unfit(search) is None


def test_an_error_outside_the_authors_lines_names_the_callable(build_around):
    """An error raised in C code names the callable, and no file of ours."""
    service = build_around(Fake(search=lambda _q, memories: map(int, memories)))
    service.fake.remember(["tea"], key=KEY)
    with pytest.raises(SearchFailedError, match=r"^search= raised TypeError in '<lambda>'$"):
        service.search()


def test_a_search_that_searches_its_own_fake_is_named(build_around):
    """A search that searches the fake that called it is told so, instead of the line where the stack ended."""

    def ask(query, _memories):
        return [hit.memory for hit in fake.explain(query, key=KEY).hits]

    fake = Fake(search=ask)
    fake.remember(["tea"], key=KEY)
    with pytest.raises(
        SearchFailedError, match=r"^search= searches the fake that called it, which never ends; read memories\(\)"
    ):
        build_around(fake).search()


def test_any_other_recursion_names_its_own_line(build_around):
    """A search that calls itself without end is named with its file and line."""

    def again(query, memories):
        return again(query, memories)

    with pytest.raises(
        SearchFailedError, match=r"^search= raised RecursionError at test_fake_search_seam\.py, .* again$"
    ):
        build_around(Fake(search=again)).search()


@pytest.mark.parametrize(
    ("search", "says"),
    [
        (boom, "search= raised LookupError at test_fake_search_seam.py, line "),
        (lambda _q, _m: ["a memory's text"], "search=, hit 1: expected the id of one of the 1 memories"),
    ],
    ids=["raises", "invalid hits"],
)
def test_over_http_its_failure_is_503_with_its_own_code(over_http, search, says):
    """A client over HTTP sees SEARCH_FAILED, the type of the error and its line, and no text of a memory."""
    service = over_http(Fake(search=search))
    service.fake.remember(["a memory's text"], key=KEY)
    answer = service.search("q")
    assert (answer.status, answer.json["code"]) == (503, "SEARCH_FAILED")
    assert says in answer.json["error"]
    (entry,) = service.fake.requests()
    assert (entry.status, entry.effect) == (503, {})
    assert says in entry.line()
    assert "memory's text" not in entry.line() + answer.json["error"]


def test_a_failed_search_changes_nothing(build_around):
    """A search that failed is no poll, costs nothing and takes no id, as any request that is refused."""
    failing = [True]

    def sometimes(_query, memories):
        if failing[0]:
            raise RuntimeError
        return memories

    service = build_around(Fake(search=sometimes, indexing_delay="1 polls", unit="requests"))
    service.add("tea")
    with pytest.raises(SearchFailedError):
        service.search()
    failing[0] = False
    assert service.details().data["usage"] == 1
    assert service.contents() == []
    assert service.contents() == ["tea"]


def test_it_outlives_a_reset(build_around):
    """The search belongs to the fake as it was built."""
    service = build_around(Fake(search=exact))
    service.fake.reset()
    service.add("green tea")
    assert service.contents("een te") == ["green tea"]


def named(_query, _memories, *, hits):
    return hits


def third(_query, _memories, ours):
    return ours


def with_a_default(_query, _memories, hits=()):
    return hits


class Third:
    """An object that takes our hits as its third argument."""

    def __call__(self, _query, _memories, ours):
        return ours


@pytest.mark.parametrize(
    "search",
    [named, third, with_a_default, partial(named), Third()],
    ids=["named", "third", "with a default", "partial", "object"],
)
def test_it_is_given_our_own_hits_if_it_takes_them(around, search):
    """A third argument, or one called `hits`, receives the hits of the fuzzy index, as a search may return them."""
    memories = ["Ana bought a kettle.", ("The kettle is red, and Ana likes it.", "Home"), "Ben drives."]
    own, plain = around(Fake(search=search)), around(Fake())
    for service in (own, plain):
        service.fake.remember(memories, key=KEY)
    for query, context in [("Ana's ketle", ""), ("kettle", "Home"), ("nothing of it", "")]:
        ours, theirs = (
            [(hit["content"], hit["score"]) for hit in service.search(query, context).data["results"]]
            for service in (plain, own)
        )
        assert theirs == ours


@pytest.mark.parametrize(
    "search",
    [
        lambda _query, memories, limit=1: memories[:limit],
        lambda *those: those[1][:1] if len(those) == 2 else [],
        lambda _query, memories, **others: memories[: 1 - len(others)],
        lambda _query, hits: hits[:1],
    ],
    ids=["another default", "any number", "any name", "the memories under that name"],
)
def test_a_callable_of_two_arguments_is_called_as_ever(build_around, search):
    """No argument that a callable has for its own use is filled with our hits."""
    service = build_around(Fake(search=search))
    service.fake.remember(["tea", "coffee"], key=KEY)
    assert service.contents() == ["tea"]


def test_its_hits_are_those_that_a_search_may_find_now(build_around):
    """Our hits are filtered by context and indexing delay, go by the language, and are a hundred at most."""
    given: List[Any] = []
    service = build_around(Fake(search=lambda _query, _memories, hits: given.append(hits) or [], language="german"))
    service.fake.remember([("Die Kinder spielten.", "Hof"), ("Das Kind spielt.", "Saal")], key=KEY)
    service.fake.configure(indexing_delay=5)
    service.add("Kinder spielen oft.", "Hof")
    service.search("Kind", "Hof")
    service.fake.remember(["Kind"] * 150, key=KEY)
    service.search("Kind")
    assert [memory.content for memory, _ in given[0]] == ["Die Kinder spielten."]
    assert len(given[1]) == 100
    scores = [score for _, score in given[1]]
    assert scores == sorted(scores, reverse=True)


def test_explain_shows_the_words_of_our_hits_beside_its_scores():
    """A hybrid's hit has its score and our breakdown; one that takes no hits has none."""
    halved = Fake(search=lambda _query, _memories, hits: [(memory, score / 2) for memory, score in hits])
    for fake, words in ((halved, ["kettle"]), (Fake(search=exact), None)):
        fake.remember(["Ana's kettle is red."])
        (hit,) = fake.explain("kettle").hits
        assert (None if hit.breakdown is None else [term.word for term in hit.breakdown.terms]) == words
    assert halved.explain("kettle").hits[0].score == 0.5


def test_a_search_of_its_own_without_hits_holds_no_index():
    """An index costs nothing where nobody asks for its hits."""
    fake = Fake(search=exact)
    fake.remember(["tea " * 5_000], key=KEY)
    assert not fake.is_behind
    assert list(fake.indexing()) == []


def test_a_search_that_is_no_callable_is_refused():
    """A search that is no callable is a SettingError at construction."""
    with pytest.raises(SettingError, match="search: expected a function of \\(query, memories\\), got str"):
        Fake(search="exact")


def test_an_unfit_search_is_refused_at_construction():
    """A coroutine function, or one that takes no memories, is a SettingError at construction."""

    async def later(query, memories):
        return memories

    for broken, why in ((later, "later"), (lambda query: [], "two positional arguments")):
        with pytest.raises(SettingError, match=f"search: .*{why}"):
            Fake(search=broken)


def test_it_may_ask_the_fake_itself(build_around):
    """A search may read the memories of the fake that calls it, under any key, without a deadlock."""
    fake = Fake(search=lambda _q, memories: [each for each in memories if each.content in known()])

    def known():
        return {memory.content for memory in fake.memories(key="sk-another")}

    fake.remember(["tea"], key="sk-another")
    fake.remember(["tea", "coffee"], key=KEY)
    assert build_around(fake).contents() == ["tea"]
