"""The fuzzy index as a store: its hits depend on the documents that it holds, and not on its history."""

from __future__ import annotations

from random import Random
from typing import Dict, List, Mapping, Optional, Tuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fake_server.core.search import documents
from fake_server.core.search.documents import Documents
from fake_server.core.search.index import Hit, Index
from fake_server.core.search.languages import language
from fake_server.core.search.lately import Lately
from fake_server.core.search.packed.doc_ids import DocIds
from fake_server.core.search.packing import MAX_DOCUMENTS
from fake_server.core.search.postings import Postings

_ENGLISH = language("english")

# Forms of one word, misspellings, questions and their answers: state of each is easily left behind by a removal.
_WORDS = [
    "paint",
    "painted",
    "painting",
    "paintings",
    "panted",
    "bought",
    "buy",
    "tea",
    "teas",
    "pot",
    "the",
    "who",
    "?",
]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5).map(" ".join)
_QUERIES = st.lists(st.sampled_from([*_WORDS, "paintd", "paitning", "boght", "taes", "teapot"]), max_size=4).map(
    " ".join
)
_CONTEXTS = st.sampled_from(["", "home"])
_Steps = List[Tuple[str, Optional[str], str, str]]


def _index(memories: Mapping[str, str], context: str = "") -> Index:
    index = Index(_ENGLISH)
    for key, text in memories.items():
        index.add(key, text, context=context)
    return index


def _keys(hits: List[Hit]) -> List[str]:
    return [hit.key for hit in hits]


@pytest.mark.slow
@given(
    steps=st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), _TEXTS), _CONTEXTS, _QUERIES), max_size=14),
    query=_QUERIES,
    context=_CONTEXTS,
)
@example(
    steps=[("a", "painted", "", "paintd"), ("b", "painting", "", "paintd"), ("a", None, "", "")],
    query="paintd",
    context="",
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_an_index_answers_like_a_fresh_one_of_what_remains(steps: _Steps, query: str, context: str) -> None:
    """After any adds, removals and searches, hits and breakdowns are those of a new index."""
    index = Index(_ENGLISH)
    left: Dict[str, Tuple[str, str]] = {}
    for key, text, of, asked in steps:
        left.pop(key, None)
        index.remove(key)
        if text is not None:
            index.add(key, text, context=of)
            left[key] = (text, of)
        if asked:
            index.search(asked, limit=2)
    fresh = Index(_ENGLISH)
    for key, (text, of) in left.items():
        fresh.add(key, text, context=of)
    assert index.explain(query, limit=10, context=context) == fresh.explain(query, limit=10, context=context)
    assert index.search(query, limit=10, context=context) == fresh.search(query, limit=10, context=context)


@given(memories=st.lists(st.tuples(_TEXTS, _CONTEXTS), max_size=8), query=_QUERIES, limit=st.integers(1, 5))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_context_selects_like_a_filter(memories: List[Tuple[str, str]], query: str, limit: int) -> None:
    """A context gives the same hits as a filter that allows only its memories."""
    index = Index(_ENGLISH)
    for number, (text, context) in enumerate(memories):
        index.add(str(number), text, context=context)
    home = {str(number) for number, (_, context) in enumerate(memories) if context == "home"}
    hits = index.search(query, limit=limit, context="home")
    assert hits == index.search(query, limit=limit, allowed=home.__contains__)
    assert home.issuperset(_keys(hits))


def test_an_unknown_context_selects_nothing() -> None:
    """A context that no memory has gives no hits, and neither does one whose memories were removed."""
    index = _index({"a": "green tea"}, context="home")
    assert index.search("tea", limit=1, context="office") == []
    assert index.search("tea", limit=1, context="home")
    index.remove("a")
    index.add("b", "black tea")
    assert index.search("tea", limit=1, context="home") == []


def test_a_filter_reaches_past_the_best_candidates() -> None:
    """Of a thousand equals the only one that is allowed is found, even if it is the oldest."""
    index = _index({str(number): "green tea" for number in range(1_000)})
    assert _keys(index.search("tea", limit=3, allowed=lambda key: key == "0")) == ["0"]


_OTHERS = {"f1": "Tom drinks water.", "f2": "The train leaves at nine.", "f3": "Bob plays chess.", "f4": "Milk is out."}


def test_a_follow_up_answers_a_question() -> None:
    """The memory just after a question gets a follow-up bonus, and comes before the question and other memories."""
    asked = {"ask": "Which tea does Greta like?", "answer": "Greta likes sencha.", "other": "Greta drinks tea."}
    index = _index({**_OTHERS, **asked})
    hits = index.search("Which tea does Greta like best?", limit=3)
    assert _keys(hits) == ["answer", "ask", "other"]
    index.remove("ask")
    index.add("ask", "Which tea does Greta like?")
    assert _keys(index.search("Which tea does Greta like best?", limit=3))[0] == "ask"


@pytest.mark.parametrize(
    ("query", "first", "then"),
    [
        ("what did Ana ask about the wifi password", "Ana asked: what is the wifi password?", "Ana went to the shop."),
        ("How does the user reset a password", "User asks how to reset the password?", "User likes jazz."),
    ],
)
def test_a_question_that_is_itself_looked_for_is_found(query: str, first: str, then: str) -> None:
    """If a question holds every term, its follow-up needs more than a common word to come before it."""
    index = _index({"first": first, "then": then, "other": "The wifi password is hunter2."})
    hits = index.search(query, limit=3)
    assert hits[0] == Hit("first", 1.0)
    assert all(hit.score <= 0.9 for hit in hits[1:])


_WIFI = {
    "answers": "The wifi password is hunter2.",
    "tea": "Bob drinks tea.",
    "asks": "Ana asked: what is the wifi password?",
    "follows": "The wifi in the kitchen is slow.",
    "rest": "Carl runs.",
}


def test_a_complete_answer_comes_before_a_question() -> None:
    """Neither a question nor its follow-up comes before a memory that holds every term of the query by itself."""
    index = _index(_WIFI)
    assert [hit.key for hit in index.search("What is the wifi password?", limit=4)] == ["answers", "follows", "asks"]
    assert index.search("What is the wifi password?", limit=1)[0].score == 1.0
    index.remove("answers")
    index.add("answers", "The password is hunter2.")
    assert _keys(index.search("What is the wifi password?", limit=4))[0] == "follows"


@pytest.mark.parametrize("key", ["answers", "asks", "follows"])
def test_one_memory_is_explained_as_among_the_hits(key: str) -> None:
    """`explain_one` gives a memory the same breakdown as among the hits, which depends on the best complete answer."""
    index = _index(_WIFI, context="home")
    index.add("elsewhere", "The wifi password?", context="office")
    query = "What is the wifi password?"
    hits = {one.key: one for one in index.explain(query, limit=4, context="home")}
    one = index.explain_one(query, key, context="home")
    assert one is not None
    among = hits[key]
    assert (one.value, one.adjustments, one.terms) == (among.value, among.adjustments, among.terms)
    total = sum(term.partial_score for term in one.terms) + sum(one.adjustments.values())
    assert one.value == pytest.approx(total)


def test_an_answer_is_of_the_same_context() -> None:
    """The follow-up of a question is the next memory of its context, with others of another context in between."""
    index = Index(_ENGLISH)
    index.add("ask", "Where does Ines keep the spare key?", context="home")
    index.add("between", "Ines is out.", context="office")
    index.add("answer", "Ines keeps it in the shed.", context="home")
    for key, text in _OTHERS.items():
        index.add(key, text)
    assert _keys(index.search("where is the spare key kept by Ines", limit=3))[0] == "answer"


def test_a_question_that_may_not_be_found_gives_no_bonus() -> None:
    """A question that is not allowed, since it is not indexed yet, gives its follow-up no bonus."""
    index = _index({**_OTHERS, "ask": "Who has the blue hat?", "answer": "Ana has a hat."})
    assert _keys(index.search("who has a blue hat", limit=1)) == ["answer"]
    hit = index.search("who has a blue hat", limit=1, allowed=lambda key: key != "ask")[0]
    assert hit.key == "answer"
    assert hit.score < 0.9


def test_fewer_hits_are_the_first_of_more() -> None:
    """The order is the same for every limit, since the same memories are scored in detail."""
    words = ["tea", "milk", "cup", "pot", "spoon", "leaf"]
    texts = {str(n): " ".join(words[(n * k) % 6] for k in range(1, 4)) + f" of {n % 7}" for n in range(120)}
    index = _index(texts)
    most = index.search("tea milk pot", limit=200)
    assert len(most) > 60
    for limit in (1, 5, 50, 60):
        assert index.search("tea milk pot", limit=limit) == most[:limit]


def test_a_follow_up_holds_some_term_of_the_query() -> None:
    """A memory after a question is no hit if it holds no term of the query."""
    index = _index({"ask": "Is there green tea?", "no": "It rains."})
    assert _keys(index.search("green tea", limit=3)) == ["ask"]


def test_a_statement_comes_before_a_question() -> None:
    """Of two memories with the same words the question comes last."""
    index = _index({"answers": "the launch is in May", "asks": "the launch is in May?"})
    assert _keys(index.search("launch May", limit=2)) == ["answers", "asks"]


@pytest.mark.parametrize("memories", [40, 12_000], ids=["few", "many"])
def test_neighbours_decide_among_few_and_many(memories: int) -> None:
    """Among few or many memories with the same words, a recent one with neighbours as in the query is first."""
    texts = {str(number): "post the office the box key" for number in range(memories)}
    texts[str(memories - 9)] = "key the the post office box"
    assert _keys(_index(texts).search("post office box", limit=1)) == [str(memories - 9)]


def test_neighbours_past_the_255th_word_do_not_count() -> None:
    """In a long memory words are found at every position, and neighbours only in its beginning."""
    filler = "so " * 254
    late = _index({"late": f"{filler} post office", "apart": f"office {filler} post"})
    hits = late.explain("post office", limit=2)
    assert [hit.adjustments["proximity_bonus"] for hit in hits] == [0.0, 0.0]
    assert [hit.score for hit in hits] == [1.0, 1.0]


@pytest.mark.parametrize(("most", "kept"), [(2, [False] * 4), (4, [True] * 4)])
def test_keys_that_take_turns_with_too_many_keep_nothing_learnt(
    monkeypatch: pytest.MonkeyPatch, most: int, kept: List[bool]
) -> None:
    """Each finds the same as if it were alone: what is not kept is learnt again."""
    texts = {str(n): f"the {word} of shelf {n}" for n, word in enumerate(_WORDS)}
    alone = _index(texts).explain("a paintng on shelf 3", limit=5)
    monkeypatch.setattr(documents, "_LEARNING", Lately(most))
    indexes = [Index(_ENGLISH) for _ in range(4)]
    for key, text in texts.items():
        for index in indexes:
            index.add(key, text)
            index.search("tea", limit=1)
    assert [index.explain("a paintng on shelf 3", limit=5) for index in indexes] == [alone] * 4
    assert [bool(index._documents._learnt) for index in indexes] == kept


def test_of_those_in_use_the_idlest_forgets() -> None:
    """Whoever was used again is none of them, and one that is gone forgets nothing."""

    class Keeper:
        forgot = 0

        def forget(self) -> None:
            self.forgot += 1

    lately, first, second = Lately(2), Keeper(), Keeper()
    assert [lately.use(each) for each in (first, second, first, Keeper(), second)] == [False, False, True, False, False]
    assert (first.forgot, second.forgot) == (1, 1)


def test_a_load_is_read_as_it_goes() -> None:
    """Past some thousands that wait, memories are read as others arrive, and the hits are the same as ever."""
    texts = {str(n): f"note {n} on the tea of shelf {n % 7}, beside the cups" for n in range(24_000)}
    index, waits = Index(_ENGLISH), 0
    for key, text in texts.items():
        index.add(key, text)
        waits = max(waits, index.unread)
    assert index.unread <= waits < 1_010_000 < sum(map(len, texts.values()))
    read = index.search("tea of shelf 3", limit=5)
    assert index.unread == 0
    later = _index({})
    for key, text in texts.items():
        later.add(key, text)
        if not int(key) % 1_000:
            later.search("tea", limit=1)
    assert later.search("tea of shelf 3", limit=5) == read


def test_a_long_memory_waits_for_the_next_search() -> None:
    """An addition reads no memory that would take it long."""
    index = Index(_ENGLISH)
    for number in range(3):
        index.add(str(number), f"word{number} " * 50_000)
    assert index.unread > 800_000


@pytest.mark.slow
def test_an_answer_that_is_kept_is_that_of_now() -> None:
    """The same question again has the same answer, and another one once a memory came or went."""
    index = Index(_ENGLISH)
    index.add("0", "green tea")
    first = index.search("tea", limit=5)
    first.clear()
    assert [hit.key for hit in index.search("tea", limit=5)] == ["0"]
    index.add("1", "black tea")
    assert {hit.key for hit in index.search("tea", limit=5)} == {"0", "1"}
    assert index.search("tea", limit=5, allowed=lambda key: key == "0") == [Hit("0", 1.0)]
    index.remove("0")
    assert [hit.key for hit in index.search("tea", limit=5)] == ["1"]
    assert index.search("the teas", limit=5)
    index.set_language(language("none"))
    assert index.search("teas", limit=5, context="home") == []


@pytest.mark.parametrize("comes", [True, False])
def test_what_counts_in_every_score_is_found_once_until_a_memory_comes_or_goes(*, comes: bool) -> None:
    """Length and age of the memories are not looked at for each question, but at the next one after a change."""
    documents = Documents(_ENGLISH)
    documents.add("green tea", "", 0)
    documents.add("black tea for the whole team", "", 1)
    documents.index_pending()
    before = documents.factors
    assert documents.factors is before
    if comes:
        documents.add("coffee", "", -1)
        documents.index_pending()
    else:
        documents.delete(0)
    after = documents.factors
    assert after is not before
    assert after.age.tolist() == ([1, 2, 0] if comes else [0, 1])
    assert after.saturation.once[1] != before.saturation.once[1]


def test_a_frequent_word_alone_is_still_an_answer() -> None:
    """A word that all of many memories hold finds them, the newest first."""
    index = _index({str(number): "tea" for number in range(66_000)})
    assert _keys(index.search("tea?", limit=2)) == ["65999", "65998"]


def test_too_many_memories_for_one_key_are_refused() -> None:
    """A memory past the limit of a key is refused, with the limit and what to do."""
    index = Index(_ENGLISH)
    index._doc_ids._keys = range(MAX_DOCUMENTS)
    with pytest.raises(
        OverflowError, match=r"^memories of one key: expected at most 16,777,215, got more; use several keys$"
    ):
        index.add("a", "tea")


def test_postings_are_those_of_a_plain_list() -> None:
    """After any adds, removals and merges, the postings and the count of a stem are those of a plain list."""
    chance, postings = Random(1), Postings()
    read: Dict[int, List[int]] = {}
    for doc_id in range(60):
        stems = chance.choices(range(doc_id // 2 + 5), k=chance.choice([0, 1, 40, 400]))
        stem_ids = [postings.stem_ids.get(str(stem), -1) for stem in stems]
        for at, stem in enumerate(stems):
            if stem_ids[at] < 0:
                known = postings.stem_ids.get(str(stem))
                stem_ids[at] = postings.add_stem(str(stem)) if known is None else known
        postings.add(doc_id, stem_ids)
        read[doc_id] = stems
        if doc_id % 3 == 2:
            deleted = chance.choice([*read])
            postings.remove([postings.stem_ids[str(stem)] for stem in read.pop(deleted)])
        for stem in range(doc_id // 2 + 6):
            expected = [
                doc_id << 8 | min(at, 255)
                for doc_id, held in read.items()
                for at, one in enumerate(held)
                if one == stem
            ]
            assert (str(stem) in postings) == bool(expected)
            if expected:
                assert [posting for posting in postings[str(stem)].tolist() if posting >> 8 in read] == expected
                assert postings.count(str(stem)) == len(expected)


@given(steps=st.lists(st.tuples(st.sampled_from([f"k{number}" for number in range(30)]), st.booleans()), max_size=80))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_keys_are_found_by_their_doc_id(steps: List[Tuple[str, bool]]) -> None:
    """After any adds and removals each key has its latest doc id, and removed keys have none."""
    keys = DocIds()
    numbers: Dict[str, int] = {}
    for key, comes in steps:
        number = keys.find(key)
        assert number == numbers.get(key)
        if number is not None:
            keys.remove(numbers.pop(key))
        if comes:
            numbers[key] = keys.assigned
            keys.append(key)
    assert {key: keys.find(key) for key in numbers} == numbers
    assert [keys[number] for number in numbers.values()] == [*numbers]
    assert len(keys) == len(numbers)


class _Lock:
    """A lock that counts how often it is taken."""

    takes = 0

    def __enter__(self) -> None:
        self.takes += 1

    def __exit__(self, *_: object) -> None:
        pass


def _long() -> str:
    return " ".join(f"{'naïve' if number % 3 else 'kettle'}{number:x}" for number in range(3_000))


def test_a_long_memory_is_indexed_under_many_takes_of_the_lock() -> None:
    """Nobody waits for all words of a memory: the lock is free after each few hundred of them."""
    lock, index = _Lock(), Index(language("english"))
    index.add("long", _long())
    assert all(index.indexing(lock))
    assert lock.takes > 8


@pytest.mark.parametrize("more", [False, True])
def test_a_search_amid_the_indexing_of_a_long_memory_finds_the_same(*, more: bool) -> None:
    """Whatever part of a long memory is indexed already, a search finds it, corrects words, and forgets it."""
    searched = []
    for steps in (*range(0, 120, 7), 1_000):
        index = Index(language("english"))
        index.add("0", "naïve kettle1a of Ana")
        index.add("long", _long())
        if more:
            index.add("2", "the kettle1b of Ben")
        for _, _ in zip(range(steps), index.indexing(_Lock())):
            pass
        if more:
            index.remove("long")
        searched.append(
            [index.search(query, limit=5) for query in ("kettle1a", "kettel1a Ana", "naive1f", "kettle2ff")]
        )
    assert all(found == searched[0] for found in searched)
