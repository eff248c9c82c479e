"""Numbers: the exact one comes first inside any name, and is found in every form in which people write it."""

from __future__ import annotations

from typing import List

import pytest

from fake_server.core.search.index import Hit, Index
from fake_server.core.search.languages import language


def _index(memories: List[str]) -> Index:
    index = Index(language("english"))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    return index


@pytest.mark.parametrize(
    ("memories", "query"),
    [
        (["v1.0.1 released", "v1.0.0 released", "v1.1.0 released"], "1.0.1"),
        (["v1.0.0 released", "v1.0.1 released", "v1.1.0 released"], "1.0.0"),
        (["at 10:15 with Ana", "at 15:10 with Bob"], "10:15am"),
        (["at 10:15pm with Ana", "at 15:10pm with Bob"], "10:15"),
        (["see http://10.0.1.2:8080", "see http://10.0.2.1:8080", "see http://10.1.0.2:8080"], "10.0.1.2"),
        (["at 2024-05-06T10:00:00Z", "at 2024-06-05T10:00:00Z"], "2024-05-06"),
        (["subnet 10.0.1.0/24", "subnet 10.1.0.0/24"], "10.0.1.0"),
    ],
)
def test_the_exact_number_comes_first(memories: List[str], query: str) -> None:
    """A number inside a longer name differs from one with its digits in another order, and only it scores 1.0."""
    first, *others = _index([*memories, "nothing of the kind"]).search(query, limit=10)
    assert first == Hit("0", 1.0)
    assert all(hit.score < 1 for hit in others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20mg", "20 mg"),
        ("9am", "9 am"),
        ("128gb", "128 GB"),
        ("3:30pm", "3:30 pm"),
        ("14 March", "March 14th"),
        ("№8823", "8823"),
        ("№8823", "#8823"),
        ("5551234567", "555-123-4567"),
        ("5551234567", "(555) 123-4567"),
        ("555 123 4567", "555.123.4567"),
        ("5551234567", "+1 (555) 123-4567"),
        ("4111111111111111", "4111 1111 1111 1111"),
        ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("20230507", "2023-05-07"),
        ("2'500'000", "2500000"),
        ("2\u2019500", "2500"),
        ("2_500_000", "2500000"),
        ("45,67,890", "4567890"),
        ("2\u00a0500", "2500"),
        ("2\u202f500\u202f000", "2,500,000"),
        ("2\u2009500,75", "2500.75"),
        ("25 000", "25000"),
        ("2.500", "2500"),
        ("2.500.000", "2500000"),
        ("2.500.000đ", "2500000 đ"),
        ("2.500,75", "2,500.75"),
        ("0049 89 636 48018", "+49 89 636 48018"),
        ("GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("9.4.2031", "2031-04-09"),
        ("09.04.2031", "9 April 2031"),
        ("April 9th, 2031", "2031/4/9"),
        ("9th of Apr 2031", "20310409"),
        ("9. Oktober 2031", "9 de octubre de 2031"),
        ("9 Ekim 2031", "2031年10月9日"),
        ("31/10/2031", "10/31/2031"),
        ("6:45", "06:45"),
        ("6h45", "06:45"),
        ("7 480,30", "7.480,30"),
        ("2,360.00", "2360"),
        ("96 m²", "96m2"),
        ("96m2", "96 m2"),
        ("M8x35", "M8 x 35"),
        ("12 km", "12 kilometres"),
        ("12km", "12 kilometers"),
    ],
)
def test_a_number_is_found_as_it_may_be_written(one: str, other: str) -> None:
    """A number finds itself with its unit or ending attached or not, and its digits in groups or not, both ways."""
    for text, query in ((one, other), (other, one)):
        assert _index(["nothing of the kind", f"about {text} then"]).search(query, limit=3) == [Hit("1", 1.0)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("call 555 or else 1234567", "5551234567"),
        ("call 555 1234567", "555 1234568"),
        ("on 12 34", "1234"),
        ("4 5", "45"),
        ("2 500", "2500"),
        ("rooms 12, 345", "12345"),
        ("at 10:15", "1015"),
        ("iPhone 15", "iPhone16"),
        ("b12 is a gate", "12"),
        ("commit 9f8e7d6c", "8e7d"),
        ("on 9.4.2031", "4.9.2031"),
        ("on 04/09/2031", "2031-09-04"),
        ("at 10.0.2.1", "10.0.1.2"),
        ("release 3.1.2", "3.2.1"),
        ("address 06:45:11:00:0a:07", "6:45"),
    ],
)
def test_another_number_does_not_score_in_full(text: str, query: str) -> None:
    """No number is split or joined to match another one."""
    assert all(hit.score < 1 for hit in _index(["nothing of the kind", text]).search(query, limit=3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pixel 9", "pixel9"),
        ("Windows 10", "Windows10"),
        ("C 7", "C7"),
        ("MacBook M3", "macbookm3"),
        ("GPT-4", "gpt 4"),
        ("CUST-4521", "CUST4521"),
        ("CUST-4521", "cust 4521"),
        ("B-MX 2204", "BMX2204"),
        ("EC1A 1BB", "EC1A1BB"),
        ("LK14 ABX", "LK14ABX"),
        ("KL 21F", "KL21F"),
        ("HH KT 806", "HHKT806"),
        ("Apollo XIII", "Apollo 13"),
        ("29A-338.14", "29A33814"),
        ("9f1c2e7a-0b3d-4c5e-8f60-718293a4b5c6", "9F1C2E7A0B3D4C5E8F60718293A4B5C6"),
        ("3C:22:FB:91:0A:E7", "3c22fb910ae7"),
        ("3c-22-fb-91-0a-e7", "3c22.fb91.0ae7"),
        ("+49 89 636 48018", "08963648018"),
        ("+49 89 636 48018", "089 / 636 48018"),
        ("+4989636480", "0049 (0)89 636480"),
        ("0161 496 0345", "+441614960345"),
        ("+33 1 70 18 99 00", "01.70.18.99.00"),
        ("3x5", "3 x 5"),
        ("1280×720", "1280x720"),
        ("40 × 60 cm", "40x60cm"),
        ("on board", "onboard"),
        ("off-line", "offline"),
        ("sign up", "signup"),
        ("t-shirt", "tshirt"),
        ("e-mail", "e mail"),
        ("wi fi", "Wi-Fi"),
        ("Node.js", "nodejs"),
    ],
)
def test_a_form_finds_the_other(one: str, other: str) -> None:
    """A name, a code, a phone number or two words written as one find each other first, both ways."""
    for text, query in ((one, other), (other, one)):
        memories = ["nothing of the kind", "We have 16 tickets.", f"about {text} then", "Order 14 was shipped."]
        (first, *_) = _index(memories).search(query, limit=3)
        assert first.key == "2"
        assert first.score > 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [("06-7712-3409", "０６－７７１２－３４０９"), ("06-7712-3409", "0677123409"), ("0677123409", "+81 6 7712 3409")],
)
def test_a_phone_number_between_letters_without_spaces_is_one(one: str, other: str) -> None:
    """Where no space divides words, a phone number finds its other forms, in digits of any width."""
    for text, query in ((one, other), (other, one)):
        assert [hit.key for hit in _index(["猫が寝ている。", f"電話は{text}です。"]).search(query, limit=1)] == ["1"]


@pytest.mark.parametrize(
    ("setting", "one", "other"),
    [
        ("german", "15 Kilometer", "15 km"),
        ("spanish", "15 kilómetros", "15 km"),
        ("french", "15 kilogrammes", "15kg"),
        ("turkish", "15 kilometre", "15km"),
        ("swedish", "15 kilo", "15 kg"),
    ],
)
def test_a_unit_in_words_finds_its_short_form(setting: str, one: str, other: str) -> None:
    """The names of units in the language that is set stand for what is written short."""
    for text, query in ((one, other), (other, one)):
        index = Index(language(setting))
        index.add("0", "x y z")
        index.add("1", f"({text})")
        assert index.search(query, limit=2) == [Hit("1", 1.0)]


@pytest.mark.parametrize(("one", "other"), [("Pixel 9", "pixel9"), ("on board", "onboard"), ("EC1A 1BB", "EC1A1BB")])
def test_a_form_finds_the_other_beside_itself(one: str, other: str) -> None:
    """A form that some memory holds finds those that hold the other too."""
    index = _index([f"about {one} then", "blue sky", f"about {other} now"])
    assert {hit.key for hit in index.search(one, limit=3)} == {"0", "2"}


def test_a_name_is_found_by_its_letters() -> None:
    """The letters of a name find it whatever its number is, and its number alone does not."""
    index = _index(["about Pixel9 then", "blue sky"])
    assert [hit.key for hit in index.search("pixel", limit=3)] == ["0"]
    assert index.search("9", limit=3) == []


def test_a_list_of_numbers_is_read_in_no_time() -> None:
    """A long list of numbers is no single number: the joined ones grow with the text, not with its square."""
    assert len(_index(["7 " * 20_000, "x"]).search("7", limit=3)) == 1
