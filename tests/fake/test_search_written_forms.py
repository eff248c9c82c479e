"""Amounts, ordinals and signs: what is written in words, in digits or with a sign finds its other forms."""

from __future__ import annotations

from typing import Generator, List, Union

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.reading import Reading, read, reading


def _index(memories: List[str], setting: str = "english") -> Index:
    index = Index(language(setting))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    return index


def _found_both_ways(setting: str, one: str, other: str, another: str) -> None:
    """Assert that each form finds the other in full, before a newer memory that has another value in either form."""
    for text, query in ((one, other), (other, one)):
        memories = ["nothing of the kind", f"about {text} x", f"about {another} x"]
        first, *others = _index(memories, setting).search(query, limit=3)
        assert first.key == "1"
        assert first.score > 0.9
        assert all(hit.score < first.score for hit in others)


@pytest.mark.parametrize(
    ("setting", "one", "other"),
    [
        ("english", "1.5 million", "1,500,000"),
        ("english", "1.5M", "1.5 million"),
        ("english", "1,250 million", "1.25 billion"),
        ("english", "40k", "40,000"),
        ("english", "2.5k", "2,500"),
        ("english", "40 thousand", "40K"),
        ("english", "$1.5m", "$1,500,000"),
        ("english", "$2bn", "2 billion dollars"),
        ("english", "a 5-million fund", "a 5,000,000 fund"),
        ("english", "two million", "2,000,000"),
        ("english", "half a million", "500,000"),
        ("english", "5 lakh", "500,000"),
        ("german", "1,5 Millionen", "1.500.000"),
        ("german", "3 Mrd.", "3 Milliarden"),
        ("german", "40 Tsd.", "40.000"),
        ("german", "1,5 Mio. €", "1.500.000 Euro"),
        ("spanish", "1,5 millones", "1.500.000"),
        ("spanish", "40 mil", "40.000"),
        ("spanish", "dos mil millones", "2.000.000.000"),
        ("french", "3 milliards", "3\u202f000\u202f000\u202f000"),
        ("portuguese", "2 milhões", "2.000.000"),
        ("none", "150万円", "1500000円"),
    ],
)
def test_a_number_with_a_scale_is_the_same_in_digits(setting: str, one: str, other: str) -> None:
    """What stands behind a number and multiplies it, as a million does, makes the number that the digits make."""
    _found_both_ways(setting, one, other, "7 million")


@pytest.mark.parametrize(
    ("setting", "one", "other", "another"),
    [
        ("english", "$40", "40 dollars", "40 euros"),
        ("english", "US$40", "$40.00", "40 euros"),
        ("english", "USD 40", "40 bucks", "€40"),
        ("english", "€40", "40 euros", "$40"),
        ("english", "40 €", "EUR 40", "$40"),
        ("english", "£40", "40 pounds", "$40"),
        ("english", "¥4000", "4000 yen", "$4000"),
        ("english", "$1,299.99", "1299.99 dollars", "$1,299.98"),
        ("english", "50%", "50 percent", "51%"),
        ("english", "50 %", "50 per cent", "51 per cent"),
        ("english", "30°", "30 degrees", "31°"),
        ("english", "30 °C", "30 degrees Celsius", "31 °C"),
        ("english", "30 °C", "30 degrees", "31 °C"),
        ("english", "30°C", "30 C", "31°C"),
        ("english", "30 °C", "30 degrees Celsius", "30 °F"),
        ("german", "40,00 €", "40 Euro", "40 $"),
        ("german", "50 %", "50 Prozent", "51 %"),
        ("german", "30 °C", "30 Grad", "31 Grad"),
        ("spanish", "$40", "40 dólares", "40 €"),
        ("spanish", "50 %", "50 por ciento", "51 %"),
        ("spanish", "30 °C", "30 grados", "31 grados"),
        ("french", "50 %", "50 pour cent", "51 pour cent"),
    ],
)
def test_a_sign_is_found_by_its_word(setting: str, one: str, other: str, another: str) -> None:
    """A sign of money, of percent or of a degree is its word, on whichever side of the number it stands."""
    _found_both_ways(setting, one, other, another)


@pytest.mark.parametrize(
    ("setting", "one", "other"),
    [
        ("english", "third", "3rd"),
        ("english", "twenty-first", "21st"),
        ("english", "twelve", "12"),
        ("english", "forty-two", "42"),
        ("english", "forty two", "42"),
        ("english", "Forty two", "forty-two"),
        ("german", "dritten Stock", "3. Stock"),
        ("german", "zwölf", "12"),
        ("german", "zweiundvierzig", "42"),
        ("spanish", "tercer", "3er"),
        ("spanish", "quinta", "5.ª"),
        ("spanish", "doce", "12"),
        ("spanish", "veintitrés", "23"),
        ("spanish", "cuarenta y dos", "42"),
        ("french", "deuxième", "2ème"),
        ("french", "troisième", "3e"),
        ("french", "quarante-deux", "42"),
    ],
)
def test_a_small_number_in_words_finds_its_digits(setting: str, one: str, other: str) -> None:
    """Small numbers and ordinals find each other in words and in digits, in the language that is set."""
    _found_both_ways(setting, one, other, "16")


@pytest.mark.parametrize(
    ("setting", "one", "other"),
    [
        ("english", "the first of May", "May 1st"),
        ("english", "the first of May", "1 May"),
        ("english", "March third", "3 March"),
        ("german", "am ersten Mai", "am 1. Mai"),
        ("spanish", "el primero de mayo", "el 1 de mayo"),
    ],
)
def test_a_day_of_a_month_in_words_finds_its_digits(setting: str, one: str, other: str) -> None:
    """Beside a month, an ordinal in words finds the number of the day, and the number finds the ordinal."""
    _found_both_ways(setting, one, other, "8 June")


@pytest.mark.parametrize(
    ("setting", "one", "other", "another"),
    [
        ("english", "at 7 pm", "at 19:00", "at 9 pm"),
        ("english", "at 7:45pm", "at 19:45", "at 7:45 am"),
        ("english", "at 12 p.m.", "at 12:00", "at 2 p.m."),
        ("english", "version 4", "v4", "version 5"),
        ("english", "2FA", "two-factor", "3FA"),
        ("english", "2fa", "two factor", "two facts"),
        ("english", "Tues", "Tuesday", "Thursday"),
        ("english", "14 Sept", "14 September", "14 October"),
        ("english", "Dr. Ames", "doctor Ames", "Mr. Ames"),
        ("german", "Dr. Ames", "Doktor Ames", "Herr Ames"),
        ("spanish", "Sra. Paz", "señora Paz", "Sr. Paz"),
        ("none", "Postgres", "PostgreSQL", "SQLite"),
    ],
)
def test_a_short_form_finds_the_long_one(setting: str, one: str, other: str, another: str) -> None:
    """A time of the evening, a version, a weekday, a month or a title in short finds the long form, and is found."""
    _found_both_ways(setting, one, other, another)


@pytest.mark.parametrize(
    ("text", "query"), [("2 500", "2500"), ("2500", "2 500"), ("2 500", "2,500"), ("2,500", "2 500")]
)
def test_a_thousand_may_have_a_plain_space(text: str, query: str) -> None:
    """A number of four digits finds itself with a plain space, which may also divide two numbers, nearly in full."""
    hits = _index(["nothing of 3,500 or 2,600", f"about {text} x"]).search(query, limit=3)
    assert hits[0].key == "1"
    assert hits[0].score >= 0.95


def test_the_form_that_was_asked_for_comes_first() -> None:
    """An ordinal that is written as it is asked for goes before the same one in digits, and both before another."""
    memories = ["the third floor", "the 3rd floor", "the fourth floor"]
    assert [hit.key for hit in _index(memories).search("third floor", limit=3)] == ["0", "1", "2"]
    assert [hit.key for hit in _index(memories).search("3rd floor", limit=3)] == ["1", "0", "2"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a rope of 5 m", "5 million"),
        ("a rope of 5m", "5,000,000"),
        ("15 million", "1.5 million"),
        ("12 brilliant people", "12,000,000"),
        ("we met three friends", "on May 3, 2023"),
        ("see v1%20x", "percent"),
        ("at 7:45 am", "at 19:45"),
        ("thirty one-way tickets", "31 tickets"),
        ("echo $HOME", "dollars"),
    ],
)
def test_what_only_looks_like_a_form_is_none(text: str, query: str) -> None:
    """A metre is no million, the day of a whole date no small number, and a sign in code no word."""
    assert all(hit.score < 0.6 for hit in _index(["nothing of the kind", text]).search(query, limit=3))


def test_an_ordinal_is_not_corrected_if_its_other_form_is_known() -> None:
    """A word that no memory holds stands for its other form, and not for the nearest word."""
    index = _index(["a thirst for tea", "the 3rd floor"])
    assert [hit.key for hit in index.search("third", limit=3)] == ["1"]


def test_what_stands_for_a_word_with_accents_has_none() -> None:
    """The name of a unit has the same stem with its accents and without."""
    stem = language("spanish").stem
    assert stem("dólares") == stem("dolares") == stem("dollar")


def test_a_million_signs_are_read_in_short_steps() -> None:
    """A text of signs is read as a whole and in steps to the same words, with many steps between."""
    text = "$5 and 5% " * 4_000
    stepping = reading(text, language("english"))

    def finished() -> Generator[Union[bool, Reading], None, None]:
        yield (yield from stepping)

    *steps, found = finished()
    assert found == read(text, language("english"))
    assert len(steps) > 100
