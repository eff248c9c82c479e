"""Tokens: names and numbers keep their form, accents and case are folded, and no text is refused."""

from __future__ import annotations

from itertools import chain
from typing import List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.reading import read, reading
from fake_server.core.search.text.folding import folded
from fake_server.core.search.text.tokens import tokens


def _words(text: str) -> List[str]:
    return list(chain.from_iterable(token.forms + token.parts for token in tokens(text)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Green tea, please!", ["green", "tea", "please"]),
        ("(see “Notes”)", ["see", "notes"]),
        ("iPhone", ["iphone", "i", "phone"]),
        ("Ann's tea", ["ann", "tea"]),
        ("don’t", ["dont"]),
        ("CUST-4521", ["cust4521", "cust", "4521"]),
        ("#8823", ["#8823", "8823"]),
        ("item#8823", ["item", "8823"]),
        ("(@maria)", ["@maria", "maria"]),
        ("$5", ["$5", "5"]),
        ("v2.3.1", ["v2.3.1", "2.3.1", "v2", "3", "1", "2"]),
        ("10.0.1.2:8080", ["10.0.1.2:8080", "10.0.1.2", "10", "0", "1", "2", "8080"]),
        ("05-06T10:15Z", ["05-06t10:15z", "05-06", "10:15", "05", "06", "t10", "15", "z", "10"]),
        ("3:30pm", ["3:30pm", "3:30", "3", "30", "pm"]),
        ("20mg", ["20mg", "20", "mg"]),
        ("14th", ["14th", "14"]),
        ("9f8e7d6c", ["9f8e7d6c"]),
        ("№8823", ["#8823", "8823"]),
        ("2023-05-07", ["2023-05-07", "2023", "05", "07"]),
        ("at 8:30.", ["at", "8:30", "8", "30"]),
        ("1,000", ["1000"]),
        ("1,000.50", ["1000.50", "1000", "50"]),
        ("1.000,50", ["1000.50", "1000", "50"]),
        ("3,5", ["3.5", "3", "5"]),
        ("1,2,3", ["1,2,3", "1", "2", "3"]),
        ("10,000-20,000", ["10000-20000", "10000", "20000"]),
        ("foo_bar.baz()", ["foobarbaz", "foo", "bar", "baz"]),
        ("getUserById", ["getuserbyid", "get", "user", "by", "id"]),
        ("C++", ["c++", "c"]),
        ("C# and C.", ["c#", "c", "and", "c"]),
        ("a .NET app", ["a", ".net", "net", "app"]),
        ("2+2", ["2+2", "2", "2"]),
        ("jo+tea@example.org", ["joteaexampleorg", "jo", "tea", "example", "org"]),
        ("我在Apple公司", ["我", "在", "我在", "apple", "公", "司", "公司"]),
        ("iPhone買った", ["iphone", "i", "phone", "買", "っ", "た", "買っ", "った"]),
        ("ชาเขียว", ["ชา", "เขี", "ย", "ว", "ชาเขี", "เขีย", "ยว"]),
        ("ភាសា។", ["ភា", "សា", "ភាសា"]),
        ("차를 마셔", ["차", "를", "차를", "마", "셔", "마셔"]),
        ("👩🏽\u200d💻❤️", ["👩", "🏽", "💻", "❤"]),
        ("🇩🇪🇯🇵", ["🇩🇪", "🇯🇵"]),
        ("…", ["…"]),
        (" \n", []),
    ],
)
def test_a_text_is_these_words(text: str, words: List[str]) -> None:
    """Each kind of name, number, compound and script yields the words by which it is found, the whole first."""
    assert _words(text) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Crème BRÛLÉE", "creme brulee"),
        ("Straße", "STRASSE"),
        ("İstanbul'da ılık", "istanbul'da ilik"),
        ("Þingvellir, Ħamrun", "thingvellir, hamrun"),
        ("Łódź, Đà Nẵng, Ærø", "lodz, da nang, aero"),
        ("ΠΌΛΗΣ", "πολης"),
        ("ёлка", "ЕЛКА"),
        ("أُسْرَة", "اسره"),
        ("عـــلى", "علي"),
        ("می‌خواهم کتاب", "ميخواهم كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("ज़रूरत", "जरूरत"),
        ("पाँच", "पांच"),
        ("मुम्बई हिन्दी गङ्गा", "मुंबई हिंदी गंगा"),
        ("٢٠٢٣ १२ ๔๕", "2023 12 45"),
        ("１２３ ＡＢＣ", "123 abc"),
        ("ｺｰﾋｰ ﾊﾟﾝ", "コーヒー パン"),
        ("한국", "한국"),
        ("co\u00adoperate", "cooperate"),
        ("❤️", "❤"),
        ("10,000", "10000"),
    ],
)
def test_two_ways_to_write_a_word_are_one(one: str, other: str) -> None:
    """Case, points, joiners, widths and digits of other scripts make no different word; accents are folded apart."""
    assert [*map(folded, _words(one))] == _words(other)


_LONG = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{_LONG}aa", f"{_LONG}ab"),
        ("a" * 65, "a" * 66),
        (f"#{_LONG}", f"#{_LONG}0"),
        (f"{_LONG}-{_LONG}-a", f"{_LONG}-{_LONG}-b"),
        ("." * 65, "." * 66),
        (f"{'é' * 64}a", f"{'é' * 64}b"),
    ],
    ids=["digests", "letters", "marked", "compounds", "no letters", "not ascii"],
)
def test_long_words_stay_different(one: str, other: str) -> None:
    """Words that differ only past their 64th character stay different, are of bounded length, and ignore case."""
    assert _words(one)[0] != _words(other)[0]
    assert _words(one)[0] == _words(one.upper())[0]
    assert all(len(word) <= 64 for word in _words(one) + _words(other))


def test_a_digest_finds_its_memory_first() -> None:
    """Of many digests with one beginning the exact one comes first, and the beginning alone finds them all."""
    index = Index(language("english"))
    for number in range(20):
        index.add(str(number), f"build {_LONG}{number:064x} is in the store")
    assert index.search(f"which build is {_LONG}{7:064x}?", limit=1)[0].key == "7"
    assert [hit.score for hit in index.search(_LONG, limit=20)] == [1.0] * 20
    unknown = index.search(f"{_LONG}{99:064x}", limit=20)
    assert len(unknown) == 20


@pytest.mark.parametrize(
    ("one", "other"),
    [("чай", "чаи"), ("1.5", "15"), ("v2.3.1", "v23.1"), ("की", "का"), ("กา", "กี"), ("か", "が"), ("C++", "C#")],
)
def test_a_different_word_stays_different(one: str, other: str) -> None:
    """A letter, a vowel sign or a separator between digits that makes a different word is not folded."""
    assert not set(_words(one)[:1]) & set(_words(other))


_NAMED = ["CUST-4521", "#8823", "v2.3.1", "2023-05-07", "jo.doe@example.org", "https://example.org/a/b1", "getUserById"]
_NAMED += ["foo_bar.baz()", "C++", "C#", ".NET", "1,000.50", "192.168.0.12", "+49 30 901820", "node.js", "KX-12/b"]


@pytest.mark.parametrize("name", _NAMED)
@pytest.mark.parametrize("setting", ["english", "french", "none"])
def test_a_name_finds_its_memory_first(name: str, setting: str) -> None:
    """An identifier, number, address or piece of code ranks its memory before those that repeat its parts."""
    parts = " and ".join(words for words in _words(name)[1:] if words.isalnum())
    index = Index(language(setting))
    index.add("meant", f"About {name} we spoke at length last week, and then we went home by the late train")
    for number in range(3):
        index.add(str(number), f"{parts} {parts} {' '.join(reversed(parts.split()))}")
    assert index.search(f"what was it with {name}?", limit=1)[0].key == "meant"


@pytest.mark.parametrize(
    ("name", "near"),
    [("CUST-4521", "CUST-4522"), ("#8823", "#8832"), ("v2.3.1", "v2.3.11"), ("2023-05-07", "2023-05-08")],
)
def test_a_similar_name_is_a_different_one(name: str, near: str) -> None:
    """A name that differs only in a digit neither comes first nor scores 1.0."""
    index = Index(language("english"))
    index.add("meant", f"a long memory of {name} among many other things")
    index.add("near", near)
    hits = index.search(name, limit=2)
    assert (hits[0].key, hits[0].score) == ("meant", 1.0)
    assert all(hit.score < 1 for hit in hits[1:])
    index.remove("meant")
    assert all(hit.score < 1 for hit in index.search(name, limit=1))


_ODD = [
    "\ud800",
    "tea \udfff cup",
    "\0\x01\x1f\x7f",
    "a\u202eb\u2066c",
    "👨‍👩‍👧‍👦👍🏿🏴󠁧󠁢󠁥󠁮󠁧󠁿1️⃣🇩",
    "e" + "\u0301" * 500,
    "\u0e31\u0e48\u17d2",
    "ﷺ ﬁ ½ ① ㎡",
    "\u115f\u3164\uffa0",
    "'" * 50 + "a'",
    "#.#.@@$$",
]


@pytest.mark.parametrize("text", _ODD, ids=ascii)
def test_an_odd_text_is_found_by_itself(text: str) -> None:
    """Surrogates, control characters, lone signs and emoji of many parts are indexed, and found by their own text."""
    index = Index(language("english"))
    index.add("odd", text)
    index.add("other", "green tea")
    assert index.search(text, limit=1)[0].key == "odd"


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_words_are_folded_and_bounded(text: str) -> None:
    """Any text yields non-empty words of bounded length, at least one unless it is blank."""
    words = _words(text)
    assert bool(words) == bool(text.strip())
    assert all(0 < len(word) <= 255 for word in words)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_folding_twice_changes_nothing(text: str) -> None:
    """Folding a folded text changes nothing."""
    assert folded(folded(text)) == folded(text)


def test_a_text_that_grows_by_folding_is_truncated() -> None:
    """The folded text is bounded even if each sign becomes many letters, so that no memory takes long to index."""
    assert len(folded("\ufdfa" * 60_000)) <= 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize("letter", ["a", "茶", "é", "1,", "a.", "aB", "'s", "เ", "#", "🇩", "က္", "\ud800", "1.000", "+"])
def test_a_hundred_thousand_of_a_letter_are_read(letter: str) -> None:
    """A text of 100,000 repeated characters yields no more than a few characters of words for each of its own."""
    count = 100_000 // len(letter)
    words = _words(letter * count)
    assert sum(map(len, words)) <= 4 * 100_000
    assert len(set(words)) <= 200


@pytest.mark.parametrize("unit", ["a", "aB", "a1", "a-", "日", "ก", "1"])
def test_a_text_without_spaces_is_read_in_pieces(unit: str) -> None:
    """No step of the reader makes more than a few thousand words, whatever the text is of, and no text is lost."""
    text = unit * 30_000
    steps = reading(text, language("none"))
    words: List[str] = []
    count = 0
    try:
        while next(steps):
            count += 1
    except StopIteration as done:
        words = done.value.words
    assert words == read(text, language("none")).words
    assert len(words) >= len(text) // 1_024
    assert len(words) <= 4_096 * (count + 1)


def test_no_stem_is_a_single_letter() -> None:
    """Two words that a stemmer cuts down to one letter stay two words, unless that letter is a syllable."""
    stem = language("greek").stem
    assert stem("που") != stem("πισω")
    assert language("hindi").stem("सी") == language("hindi").stem("सा") == "स"


def test_pairs_of_characters_earn_no_proximity_bonus() -> None:
    """They are words of the query already; words of other scripts that are neighbours earn it."""
    index = Index(language("none"))
    for number, text in enumerate(["세탁기는 중고로 샀다.", "washing machine", "고장 나서 왔다."]):
        index.add(str(number), text)
    (korean,), (latin,) = index.explain("세탁기는", limit=1), index.explain("washing machine", limit=1)
    assert korean.adjustments["proximity_bonus"] == 0 < latin.adjustments["proximity_bonus"]
