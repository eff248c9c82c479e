"""Languages: their stems, which can be set, and how often a question in them finds its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Dict

import pytest
from fake_asking import KEY, OTHER, ask
from snowballstemmer.english_stemmer import EnglishStemmer

from fake_server import Fake
from fake_server.core.search.index import Index
from fake_server.core.search.languages import _KNOWN, _UNSTEMMED, _stemmer, language, languages
from fake_server.core.search.lexicon.common_english import COMMON_STEMS
from fake_server.core.search.lexicon.english_stems import ENDINGS, may_have_stem
from fake_server.core.search.text.folding import folded
from fake_server.core.search.text.tokens import tokens

_ROOT = Path(__file__).resolve().parents[2]
_SET = json.loads((Path(__file__).parent / "multilingual.json").read_text(encoding="utf-8"))
_UNSPACED = {"chinese", "japanese", "thai"}


def _first(name: str, setting: str) -> float:
    """Return the share of a language's questions whose memory is the first hit under a setting."""
    index = Index(language(setting))
    for number, memory in enumerate(_SET[name]["memories"]):
        index.add(str(number), memory)
    found = [
        [hit.key for hit in index.search(question, limit=1)] == [str(answer)]
        for question, answer in _SET[name]["questions"]
    ]
    return sum(found) / len(found)


@pytest.fixture(scope="module")
def own() -> Dict[str, float]:
    """Return that share of every language under its own setting."""
    return {name: _first(name, entry["setting"]) for name, entry in _SET.items()}


def test_the_set_is_large_and_has_answers() -> None:
    """The set has ten languages or more, three of them without spaces, and 200 questions or more, none a copy."""
    assert len(_SET) >= 10
    assert set(_SET) >= _UNSPACED
    assert sum(len(entry["questions"]) for entry in _SET.values()) >= 200
    for entry in _SET.values():
        assert len(set(entry["memories"])) == len(entry["memories"]) >= 20
        for question, answer in entry["questions"]:
            assert 0 <= answer < len(entry["memories"])
            assert question not in entry["memories"]


@pytest.mark.slow
def test_the_memory_that_answers_comes_first(own: Dict[str, float]) -> None:
    """Nine questions of ten in all languages together find their memory first, each asked under its own setting."""
    assert sum(own.values()) / len(own) >= 0.90, own


@pytest.mark.parametrize("name", sorted(_SET))
def test_no_language_falls_behind(own: Dict[str, float], name: str) -> None:
    """In each single language three questions of four find their memory first."""
    assert own[name] >= 0.75


def test_the_default_setting_serves_every_language() -> None:
    """Asked under the setting for English, 90 of 100 questions in any language find their memory first."""
    found = {name: _first(name, "english") for name in _SET}
    assert sum(found.values()) / len(found) >= 0.90, found


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("english", ["go", "went", "gone"]),
        ("english", ["paint", "painted", "painting"]),
        ("german", ["häuser", "hauses", "haeuser"]),
        ("french", ["préférer", "préféré", "prefere", "préférées"]),
        ("spanish", ["vendí", "vendio", "vendimos"]),
        ("portuguese", ["reunião", "reuniao"]),
        ("italian", ["città", "citta"]),
        ("russian", ["новый", "новая", "новое"]),
        ("greek", ["μυθιστόρημα", "μυθιστορήματα"]),
        ("turkish", ["kitap", "kitapları", "kitaplari"]),
        ("arabic", ["مدرسة", "المدرسة", "مدرسه"]),
        ("hindi", ["लड़की", "लड़कियाँ", "लड़कियां"]),
        ("polish", ["drogą", "drogę", "droga"]),
        ("czech", ["ženám", "ženami", "ženách"]),
        ("hungarian", ["ház", "házak", "hazak"]),
        ("tamil", ["வீடு", "வீடுகள்", "வீட்டில்"]),
        ("none", ["Tea", "tea"]),
    ],
)
def test_forms_of_a_word_share_a_stem(name: str, forms: list) -> None:
    """The forms of a word share one stem, apart from accents, with and without their own."""
    stem = language(name).stem
    assert len({folded(stem(word)) for form in forms for token in tokens(form) for word in token.forms[:1]}) == 1


@pytest.mark.parametrize("name", languages())
def test_every_language_takes_any_word(name: str) -> None:
    """Each language that can be set returns a stem for words of every script, with their accents and without."""
    stem = language(name).stem
    text = "running Häuser préférées книгами μυθιστορήματα kitapları المدرسة लड़कियाँ மரங்கள் 绿茶 x"
    for (word, *_), *_ in tokens(text):
        assert folded(stem(word)) == stem(folded(word)) != ""
        assert stem(word) == stem(word).casefold()


@pytest.mark.parametrize("name", languages())
def test_a_number_or_a_blob_has_no_stem(name: str) -> None:
    """A word with a digit, or one that is too long, is its own stem in every language."""
    stem = language(name).stem
    assert [stem("b12ings"), stem("2023"), stem("🎉"), stem("ings" * 12)] == ["b12ings", "2023", "🎉", "ings" * 12]


@pytest.mark.slow
def test_english_words_that_are_not_stemmed_would_not_change() -> None:
    """The English stemmer would not change the words that it is not called for, by their ending or their script."""
    starts = ["", "bab", "generab", "stopp", "univers", "quay"]
    endings = product(ascii_lowercase, repeat=3)
    words = {starts[number % len(starts)] + "".join(ending) for number, ending in enumerate(endings)}
    for entry in _SET.values():
        words.update(word for memory in entry["memories"] for token in tokens(memory) for word in token.forms)
    stemmer = EnglishStemmer()
    unstemmed = [word for word in words if word[:1].isalpha() and not word.endswith(ENDINGS)]
    assert len(unstemmed) > len(words) / 2
    assert [word for word in unstemmed if stemmer.stemWord(word) != word] == []


_STARTS = "plan hurri agre rotat notic critic gener bubbl colleg symbol lucid comput"
_ENDINGS = (
    "abil able ably al ally ance ancy ant ate ation ative ator d e ed edly eed ement ence ency ent er es ful fully i"
    " ial ible ibly ic ical icate ied ies ility ing ingly ion ional ism ist ity ive ivity ization ize izer l le less"
    " li ll logist logy ly ment ness or ors ous ously r s ss y ying"
)


@pytest.mark.slow
def test_no_english_stem_is_missed() -> None:
    """A word may have its own stem, by what it may have by its ending: with one, with two, or with a doubled letter."""
    starts, ones = _STARTS.split(), _ENDINGS.split()
    words = {start + one + two for start in starts for one in ("", *ones) for two in ("", *ones)}
    words.update(start + start[-1] + one for start in starts for one in ones)
    words.update(word for entry in _SET.values() for memory in entry["memories"] for word in memory.lower().split())
    words.update(COMMON_STEMS)
    words.update(("skies", "idly", "gently", "only", "singly"))
    english = language("english")
    plain = [word for word in words if word.isascii() and word.isalpha() and len(word) <= 30]
    assert len(plain) > 40_000
    missed = [word for word in plain if not may_have_stem(english.irregular.get(word, word), {english.stem(word)})]
    assert missed == []


def test_few_words_are_stemmed_that_nobody_stored() -> None:
    """Two neighbours as one word mostly have no stem that is stored, which is known without the stemmer."""
    stems = {language("english").stem(word) for word in ("the", "launch", "kettle", "website", "teapot")}
    joined = ["thelaunch", "launchof", "kettlewebsite", "teapots", "websites", "launching"]
    assert [word for word in joined if may_have_stem(word, stems)] == ["teapots", "websites", "launching"]


@pytest.mark.parametrize("name", [name for name in languages() if name != "none"])
def test_no_language_stems_a_script_from_thai_on(name: str) -> None:
    """No stemmer changes words of the later scripts, for which none is called."""
    letters = [chr(code) for code in range(ord(_UNSTEMMED), 0x30000, 307)]
    words = [letter * 3 for letter in letters if letter.isalpha() and folded(letter).casefold() == letter]
    assert len(words) > 300
    stemmer = _stemmer(name)()
    assert [word for word in words if stemmer.stemWord(word) != word] == []


@pytest.mark.parametrize(("name", "word"), [("greek", "μυθιστορηματα"), ("russian", "книгами"), ("hindi", "लड़कियां")])
def test_under_english_a_script_is_stemmed_as_its_language(name: str, word: str) -> None:
    """Words in Greek, Cyrillic and Devanagari have stems under the default setting too."""
    (((read, *_), *_),) = tokens(word)
    assert language("english").stem(read) == language(name).stem(read) != read


def test_stems_are_the_same_after_the_cache_was_full() -> None:
    """A word has the same stem after any number of other words."""
    stem = language("english").stem
    before = stem("kettles")
    for number in range(_KNOWN + 1):
        stem(f"word{number}")
    assert stem("kettles") == before == "kettl"
    assert len(stem.__self__) < _KNOWN  # type: ignore[attr-defined]


def test_stop_words_are_single_tokens() -> None:
    """Each stop word of each language is one token, so that a query can hold it."""
    for name in languages():
        for word in language(name).stop_words:
            assert [token.forms + token.parts for token in tokens(word)] == [(word,)]
    assert {"un", "meme"} <= language("french").stop_words
    assert language("none").stop_words == frozenset()


def test_irregular_forms_are_stemmed_as_their_base() -> None:
    """Every irregular form has the stem of its base."""
    english = language("english")
    assert len(english.irregular) > 100
    assert {form for form, base in english.irregular.items() if english.stem(form) != english.stem(base)} == set()


def test_a_language_is_a_value_made_once() -> None:
    """The same name gives the same value, which cannot be changed."""
    assert language("german") is language("german")
    with pytest.raises(FrozenInstanceError):
        language("german").name = "bavarian"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["klingon", "English", "", "../english", "base"])
def test_an_unknown_language_is_refused_with_the_known_ones(name: str) -> None:
    """A name that is no language is a ValueError that lists the languages."""
    with pytest.raises(ValueError, match=r"^language: expected one of arabic, .*english, .*none, got ") as caught:
        language(name)
    assert str(caught.value).endswith(f"got {name!r}")


def test_a_key_searches_in_its_own_language() -> None:
    """The setting `language` of a key goes before the fake's, which is its default."""
    fake = Fake(language="german", keys={KEY: {}, OTHER: {"language": "english"}})
    whole = {}
    for key in (KEY, OTHER):
        ask(fake, "add", '{"content":"drei alte Häuser"}'.encode(), key)
        (found,) = json.loads(ask(fake, "search", b'{"query":"haus"}', key).body)["results"]
        whole[key] = found["score"] == 1
    assert whole == {KEY: True, OTHER: False}


@pytest.mark.slow
def test_stems_are_the_pure_ones_whatever_is_installed() -> None:
    """Even if PyStemmer is installed, the stems are those of the pure classes."""
    program = (
        "import sys, types\n"
        "fast = types.ModuleType('Stemmer')\n"
        "fast.algorithms = lambda: ['english']\n"
        "fast.Stemmer = None\n"
        "sys.modules['Stemmer'] = fast\n"
        "from fake_server.core.search.languages import language\n"
        "print(language('english').stem('painting'), language('french').stem('preferees'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [language("english").stem("painting"), language("french").stem("preferees")]
