"""Readings: a long text is read in short steps, and as it is read at once."""

from __future__ import annotations

from random import Random
from typing import List, Tuple

import pytest

from fake_server.core.search.languages import language
from fake_server.core.search.reading import Reading, read, reading
from fake_server.core.search.text import folding, numbers
from fake_server.core.search.text.folding import normalized, normalized_pieces, pieces

_ENGLISH = language("english")
_SIZE = 45_000


def _in_steps(text: str) -> Tuple[int, Reading]:
    found, steps = reading(text, _ENGLISH), 0
    while True:
        try:
            next(found)
        except StopIteration as end:
            return steps, end.value
        steps += 1


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "9f",
        "é",
        "aéb",
        "漢字",
        "กำลัง",
        "हिन्दी",
        "привет мир ",
        "green tea ",
        "555-123-4567 ",
        "1 ",
        "1",
        "DE12 3456 7890 ",
        "한국어",
    ],
)
def test_twice_the_text_takes_about_twice_the_steps(unit: str) -> None:
    """A long text of any script, in one word or in many, is never one step."""
    once, twice = (_in_steps(unit * (size // len(unit)))[0] for size in (_SIZE, 2 * _SIZE))
    assert once >= 10
    assert once * 1.6 < twice < once * 2.5


@pytest.mark.parametrize("unit", ["a", "é", "漢字", "हिन्दी ", "555-123-4567 ", "w%d ", "ü%d "])
def test_what_is_read_in_steps_is_what_is_read_at_once(unit: str) -> None:
    """Words, postings and stems are the same, also past the number of different words that count."""
    many = 25_000
    text = "".join(unit % number for number in range(many)) if "%" in unit else unit * (many // len(unit))
    assert _in_steps(text)[1] == read(text, _ENGLISH)


def test_a_text_has_the_same_normal_form_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever pieces begin, no letter, mark, syllable or nasal is torn from what it belongs to."""
    letters = [*"aZ 1é\u0301\u0306и漢각ㅏᅡᆨᄀｶﾞガ.№İıﷺﾡ", "न्", "द", "ำ", "ে", "া", "\u200d", "\u00ad"]
    chance = Random(7)
    texts: List[str] = ["".join(chance.choices(letters, k=60)) for _ in range(400)]
    whole = [normalized(text) for text in texts]
    monkeypatch.setattr(folding, "_PIECE", 5)
    assert [list(pieces(text)) for text in texts] != [[text] for text in texts]
    assert ["".join(normalized_pieces(pieces(text))) for text in texts] == whole


def test_a_text_has_the_same_numbers_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever pieces begin, no number is cut, found twice or lost."""
    chance = Random(7)
    letters = [*"0123456789" * 3, *" .-/+x", " 555 123 4567 ", " DE44 5001 0517 5407 3249 31 ", "(0)", " 030 90", "\n"]
    texts = ["".join(chance.choices(letters, k=200)) for _ in range(60)]
    whole = [[*numbers.number_forms(text)] for text in texts]
    assert sum(map(len, whole)) > len(texts)
    monkeypatch.setattr(numbers, "_PIECE", 5)
    assert [sorted(numbers.number_forms(text)) for text in texts] == [sorted(each) for each in whole]


def test_a_short_text_has_the_normal_form_that_it_has_in_a_long_one() -> None:
    """The characters that are looked up one by one, in short texts alone, are normalized as whole texts are."""
    chance = Random(7)
    every = [chr(code) for code in range(0x21, 0x20000) if not 0xD800 <= code < 0xE000]
    blocks = [every[at : at + 128] for at in range(0, 0x3400, 128)] + [[*"aéกุู่้ำеи\u0306\u0301각漢か\u3099"]] * 20
    mixed = ["".join(chance.choice(chance.choice(blocks)) for _ in range(chance.randint(1, 9))) for _ in range(20_000)]
    one = ["".join(chance.choices(chance.choice(blocks), k=5)) for _ in range(20_000)]
    texts = [*every, *mixed, *one]
    assert [*map(normalized, texts)] == normalized("\n".join(texts)).split("\n")
