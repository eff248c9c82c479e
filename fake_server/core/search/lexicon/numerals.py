"""Numerals: small numbers and ordinals in words, and what multiplies the number before it, such as a million."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

__all__ = ["HALF", "ONE", "SCALES", "TENS_OF", "cardinals_of", "ordinals_of", "small_cardinals"]

_TENS = 10

# Cardinals from two on; ordinals from the first on, of each its forms. A slash divides the forms of one number.
_CARDINALS = {
    "dutch": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "english": """
        two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
        nineteen
    """,
    "french": """
        deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dixsept dixhuit dixneuf
    """,
    "german": """
        zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn
        neunzehn
    """,
    "italian": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "portuguese": "dois/duas três quatro cinco seis sete oito nove dez onze doze",
    "spanish": """
        dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho
        diecinueve
    """,
    "swedish": "två tre fyra fem sex sju åtta nio tio elva tolv",
    "turkish": "iki üç dört beş altı yedi sekiz dokuz on",
}
TENS_OF = {
    "english": "twenty thirty forty fifty sixty seventy eighty ninety",
    "french": "vingt trente quarante cinquante soixante",
    "german": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "spanish": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
"""By language the tens from 20 on."""
_FIRST = {"english": "one", "french": "un", "german": "ein", "spanish": "uno"}
_AFTER_VEINTI = {"dos": "dós", "tres": "trés", "seis": "séis"}
_ORDINALS = {
    "dutch": "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde",
    "english": """
        first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth
    """,
    "french": """
        premier/première deuxième/second/seconde troisième quatrième cinquième sixième septième huitième neuvième
        dixième onzième douzième
    """,
    "german": "erst zweit dritt viert fünft sechst siebt/siebent acht neunt zehnt elft zwölft",
    "italian": "primo/prima secondo/seconda terzo/terza quarto/quarta quinto/quinta sesto/sesta settimo/settima",
    "portuguese": "primeiro/primeira segundo/segunda terceiro/terceira quarto/quarta quinto/quinta sexto/sexta",
    "spanish": """
        primero/primera/primer segundo/segunda tercero/tercera/tercer cuarto/cuarta quinto/quinta sexto/sexta
        séptimo/séptima octavo/octava noveno/novena décimo/décima
    """,
    "swedish": "första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte",
}
# How the digits of an ordinal are marked; German has a dot, which is no part of the number.
_MARKS = {
    "dutch": "{}e {}de {}ste",
    "french": "{}e {}ème {}er {}re {}nd {}nde",
    "italian": "{}o {}a",
    "portuguese": "{}o {}a",
    "spanish": "{}o {}a {}er",
    "swedish": "{}e {}a",
}
_GERMAN_ENDINGS = ("e", "en", "er", "es", "em")
_ENGLISH_MARKS = {1: "st", 2: "nd", 3: "rd"}
_ELEVEN, _THIRTEEN = 11, 13

Words = Tuple[str, ...]
Numerals = Dict[int, Words]


def _numbered(words: str, first: int, step: int = 1) -> Numerals:
    return {first + step * at: tuple(forms.split("/")) for at, forms in enumerate(words.split())}


def _cardinals(name: str) -> Iterator[Tuple[int, Words]]:
    ones = _numbered(_CARDINALS[name], 2)
    yield from ones.items()
    for ten, (word,) in _numbered(TENS_OF.get(name, ""), 2 * _TENS, _TENS).items():
        yield ten, (word,)
        for one in range(1, _TENS):
            yield ten + one, _compounds(name, word, _FIRST[name] if one == 1 else ones[one][0], is_first=one == 1)


def _compounds(name: str, ten: str, one: str, *, is_first: bool) -> Words:
    """Return the compounds of a ten and a number below, as they are without hyphens and spaces."""
    if name == "german":
        return (one + "und" + ten,)
    if name == "french":
        return (f"{ten}et{one}",) if is_first else (ten + one,)
    if name == "spanish":
        return (f"{ten}y{one}" if ten != "veinte" else "veinti" + _AFTER_VEINTI.get(one, one),)
    return (ten + one,)


def _ordinals(name: str) -> Iterator[Tuple[int, Words, Words]]:
    """Yield the number of each ordinal, its words, and its digits as they are marked."""
    words = _numbered(_ORDINALS[name], 1)
    if name == "english":
        ones = dict(words)
        for ten, (word,) in _numbered(TENS_OF["english"], 2 * _TENS, _TENS).items():
            words[ten] = (word[:-1] + "ieth",)
            words.update({ten + one: (word + ones[one][0],) for one in range(1, _TENS)})
    for number, forms in words.items():
        if name == "german":
            yield number, tuple(form + ending for form in forms for ending in _GERMAN_ENDINGS), ()
        elif name == "english":
            is_teen = _ELEVEN <= number <= _THIRTEEN
            yield number, forms, (f"{number}{'th' if is_teen else _ENGLISH_MARKS.get(number % _TENS, 'th')}",)
        else:
            yield number, forms, tuple(_MARKS[name].format(*[number] * _MARKS[name].count("{}")).split())


def cardinals_of(language: str) -> Numerals:
    """Return the words for each small number in a language, compounds without a hyphen; none if it is not known."""
    return dict(_cardinals(language)) if language in _CARDINALS else {}


def ordinals_of(language: str) -> Dict[int, Tuple[Words, Words]]:
    """Return the words for each ordinal in a language, and its digits with their ending: ``third`` and ``3rd``."""
    return {number: (words, marked) for number, words, marked in _ordinals(language)} if language in _ORDINALS else {}


def small_cardinals() -> Dict[str, int]:
    """Return the numbers of the words for the smallest ones in every language."""
    return {
        form: number for words in _CARDINALS.values() for number, forms in _numbered(words, 2).items() for form in forms
    }


ONE = ("a", "one", "ein", "eine", "einer", "un", "une", "una", "um", "uma", "een", "en", "bir")
"""What stands for one before a million."""
HALF = "half a|eine halbe|medio"
"""What stands for a half of one before a million, divided by bars."""

SCALES: Dict[str, int] = {
    word: exponent
    for exponent, words in {
        3: "thousand thousands tausend tsd mil mille mila duizend tusen",
        5: "lakh lakhs",
        6: """
            million millions millionen mio mn mln millón millones milhão milhões milione milioni miljoen miljon miljoner
            milyon
        """,
        7: "crore crores",
        9: """
            billion billions bn milliard milliards milliarde milliarden mrd mld miliardo miliardi miljard milyar bilhão
            bilhões
        """,
        12: "trillion trillions tn billionen billón billones",
    }.items()
    for word in words.split()
}
"""Words that multiply the number before them, each by ten to a power. ``Billion`` is the English one: ``10 ** 9``."""
