"""Recency: of memories that answer a question alike, the newer one comes first."""

from __future__ import annotations

from typing import List

import pytest

from fake_server import Fake
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

KEY = "sk-om-live-tests-0000000000000001"


def _keys(texts: List[str], query: str, *, created: List[int], setting: str = "english") -> List[str]:
    index = Index(language(setting))
    for number, text in enumerate(texts):
        index.add(str(number), text, created=created[number])
    return [hit.key for hit in index.search(query, limit=10)]


_UPDATES = [
    ("english", "The bakery opens at seven.", "The bakery opens at half past six now.", "When does the bakery open?"),
    ("english", "Rosa's desk is in room 12.", "Rosa's desk was moved to room 31.", "Where is Rosa's desk?"),
    (
        "english",
        "The router password is tulip.",
        "Actually, the router password is lotus.",
        "What is the router password?",
    ),
    ("english", "Omar plays the cello.", "Omar no longer plays the cello.", "Does Omar play the cello?"),
    ("english", "The rent is 900 euros.", "The rent changed from 900 to 950 euros.", "How much is the rent?"),
    ("english", "Our vet is Mr. Lund.", "Since May our vet is Mrs. Abara.", "Who is our vet?"),
    ("german", "Unser Notar ist Herr Vogt.", "Unser Notar ist inzwischen Frau Ilic.", "Wer ist unser Notar?"),
    ("german", "Der Kurs beginnt um acht.", "Seit Mai beginnt der Kurs um neun.", "Wann beginnt der Kurs?"),
    ("spanish", "La tienda cierra a las ocho.", "La tienda ahora cierra a las nueve.", "¿Cuándo cierra la tienda?"),
    ("english", "Choir is on Friday.", "Scrap that, choir is on Sunday.", "When is choir?"),
    (
        "spanish",
        "El coro es el lunes a las ocho.",
        "Corrijo: el coro es el viernes a las siete.",
        "¿Cuándo es el coro?",
    ),
    ("swedish", "Kören är i mars.", "Rättelse: kören är i maj.", "När är kören?"),
    ("turkish", "Koro pazartesi saat yedide.", "Düzeltme: koro cuma saat sekizde.", "Koro ne zaman?"),
    ("none", "歯医者の予約は月曜日です。", "歯医者の予約は金曜日に変わりました。", "歯医者の予約はいつですか"),
    ("none", "駐車場は七番です。", "駐車場は九番になりました。", "駐車場はどこですか"),
    ("none", "店在星期一开门。", "店改到星期三开门了。", "店什么时候开门？"),
]


@pytest.mark.parametrize(("setting", "older", "newer", "query"), _UPDATES)
def test_an_update_comes_before_what_it_updates(setting: str, older: str, newer: str, query: str) -> None:
    """Of two memories with the words of the question the newer is first, whether dated or only added later."""
    others = ["Nobody was at home on Sunday.", "The blue car needs new tyres."]
    dated = _keys([newer, *others, older], query, created=[4, 1, 1, 3], setting=setting)
    arrived = _keys([older, *others, newer], query, created=[0] * 4, setting=setting)
    assert (dated[:2], arrived[:2]) == (["0", "3"], ["3", "0"])


@pytest.mark.parametrize(
    ("older", "newer", "query"),
    [
        ("The bakery opens at seven.", "The bakery is a red house.", "When does the bakery open?"),
        ("The bakery opens at seven.", "When does the bakery open?", "bakery opens"),
        (
            "The bakery sells plum cake.",
            "Two cousins of Iris painted the bakery.",
            "Which bakery is on the corner?",
        ),
        (
            "The bakery opens at seven.",
            "We talked for hours about old ships, the harbour, foggy mornings and a lost coat. Bakery, open.",
            "open bakery",
        ),
    ],
    ids=["other words", "a question", "one word in common", "a long one"],
)
def test_only_what_is_much_the_same_is_an_update(older: str, newer: str, query: str) -> None:
    """A newer memory that lacks a word, is a question or is much longer does not come first."""
    assert _keys([older, "Tom naps.", newer], query, created=[1, 2, 3])[0] == "0"


def test_an_update_among_only_two_memories_comes_first() -> None:
    """With nothing else in the key, small words and neighbours of the question do not hold an update back."""
    texts = ["The party is on June 3.", "The party was moved to July 9."]
    assert _keys(texts, "When is the party?", created=[1, 2]) == ["1", "0"]


@pytest.mark.parametrize(
    ("setting", "older", "newer", "query"),
    [
        ("english", "The bakery opens at seven.", "The bakery opens at eight.", "What hour does the bakery open?"),
        ("german", "Der Kurs beginnt um acht.", "Der Kurs beginnt jetzt um neun.", "Um welche Uhr beginnt der Kurs?"),
        ("none", "Mai sống ở Vinh.", "Từ tháng ba Mai sống ở Nha Trang.", "Mai sống ở phố nào?"),
    ],
)
def test_an_update_need_not_hold_what_other_memories_say(setting: str, older: str, newer: str, query: str) -> None:
    """A word of the question that only another memory holds does not keep the newer of two from being first."""
    others = ["One hour is enough.", "Die Uhr tickt.", "Phố cổ rất đông."]
    assert _keys([older, *others, newer], query, created=[0] * 5, setting=setting)[0] == "4"


def test_what_is_said_twice_makes_no_memory_longer() -> None:
    """Only different words count, so an update may repeat what it updates."""
    texts = ["Paul pays Ines.", "Paul no longer pays Ines: Paul pays Vera, and Ines pays Paul."]
    assert _keys(texts, "Who pays Ines?", created=[1, 2])[0] == "1"


def test_words_that_say_nothing_do_not_make_a_memory_longer() -> None:
    """An update may have many stop words more than what it updates."""
    texts = [
        "Lea eats vegan food.",
        "And now, as I have been told, Lea is no longer at it with vegan food, or eats it.",
    ]
    assert _keys(texts, "Is Lea vegan?", created=[1, 2])[0] == "1"


def test_a_long_row_of_updates_is_in_order_of_date() -> None:
    """Of many versions of one fact that came in any order, the hits go from the newest to the oldest."""
    dates = [3, 9, 1, 7, 5, 8, 2]
    texts = [f"The queue limit is {date}00 jobs." for date in dates]
    assert _keys(texts, "What is the queue limit?", created=dates) == ["1", "5", "3", "4", "0", "6", "2"]


def test_the_newest_of_more_than_are_scored_in_detail_is_first() -> None:
    """Of hundreds of equals the one with the latest date is first, wherever it came in between."""
    created = [7] * 300
    created[40] = 8
    assert _keys(["green tea"] * 300, "tea", created=created)[0] == "40"


def test_dates_outlive_export_and_import() -> None:
    """Memories that are stored again in another order are still newest first by their dates."""
    fake, other = Fake(), Fake()
    fake.remember([{"content": "The gate code is 4410.", "created_at": "2024-01-01T00:00:00Z"}], key=KEY)
    fake.remember([{"content": "The gate code is 7725.", "created_at": "2024-06-01T00:00:00Z"}], key=KEY)
    other.remember([*fake.memories(key=KEY)][::-1], key=KEY)
    for each in (fake, other):
        hits = each._tenant(KEY).search("What is the gate code?", context="", limit=2)
        assert [memory.content for memory, _ in hits] == ["The gate code is 7725.", "The gate code is 4410."]


def test_a_breakdown_names_the_recency_bonus() -> None:
    """What an update is raised by is an adjustment of its own; the older memory has none."""
    index = Index(language("english"))
    index.add("old", "The gate code is 4410.", created=1)
    index.add("new", "The gate code was changed to 7725.", created=2)
    new, old = index.explain("What is the gate code?", limit=2)
    assert (new.key, old.key) == ("new", "old")
    assert new.adjustments["recency_bonus"] > 0 == old.adjustments["recency_bonus"]
    assert new.value == pytest.approx(old.value)
