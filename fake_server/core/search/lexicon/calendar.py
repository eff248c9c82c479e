"""Kinds of words that an update of a fact replaces by their like: months, weekdays, numbers in words, and titles."""

from __future__ import annotations

from typing import Dict

__all__ = ["KINDS_OF", "MONTHS_OF"]

MONTHS_OF: Dict[str, str] = {
    "dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "english": "january february march april may june july august september october november december",
    "french": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "german": "januar februar märz april mai juni juli august september oktober november dezember",
    "italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "swedish": "januari februari mars april maj juni juli augusti september oktober november december",
    "turkish": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
}
"""By language the months in their order."""

# Weekdays, then numbers.
_DAYS_AND_NUMBERS_OF = {
    "dutch": """
        maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
        twee drie vier vijf zes zeven acht negen tien elf twaalf
    """,
    "english": """
        monday tuesday wednesday thursday friday saturday sunday
        two three four five six seven eight nine ten eleven twelve
    """,
    "french": """
        lundi mardi mercredi jeudi vendredi samedi dimanche
        deux trois quatre cinq six sept huit neuf dix onze douze
    """,
    "german": """
        montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
        zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    """,
    "italian": """
        lunedì martedì mercoledì giovedì venerdì sabato domenica
        due tre quattro cinque sei sette otto nove dieci undici dodici
    """,
    "portuguese": """
        segunda terça quarta quinta sexta sábado domingo
        dois duas três quatro cinco seis sete oito nove dez onze doze
    """,
    "spanish": """
        lunes martes miércoles jueves viernes sábado domingo
        dos tres cuatro cinco seis siete ocho nueve diez once doce
    """,
    "swedish": """
        måndag tisdag onsdag torsdag fredag lördag söndag
        två tre fyra fem sex sju åtta nio tio elva tolv
    """,
    "turkish": """
        pazartesi salı çarşamba perşembe cuma cumartesi pazar
        iki üç dört beş altı yedi sekiz dokuz on
    """,
}
# What stands before a name.
_TITLES_OF = {
    "dutch": "meneer mevrouw mevr dhr dr",
    "english": "mr mrs ms miss mx sir madam dr doctor prof professor",
    "french": "m mr mme mlle monsieur madame mademoiselle dr docteur professeur",
    "german": "herr frau dr doktor prof professor",
    "italian": "signor signora sig dott dottore dottoressa",
    "portuguese": "senhor senhora sr sra dr dra doutor doutora",
    "spanish": "señor señora señorita sr sra srta don doña dr dra doctor doctora",
    "swedish": "herr fru fröken dr doktor",
    "turkish": "bay bayan bey hanım dr doktor",
}


def _kinds(months: str, days_and_numbers: str, titles: str) -> Dict[str, str]:
    days, numbers = days_and_numbers.strip().splitlines()
    kinds = {"-month": months, "-weekday": days, "-number": numbers, "-title": titles}
    return {word: kind for kind, words in kinds.items() for word in words.split()}


KINDS_OF: Dict[str, Dict[str, str]] = {
    name: _kinds(MONTHS_OF[name], days_and_numbers, _TITLES_OF[name])
    for name, days_and_numbers in _DAYS_AND_NUMBERS_OF.items()
}
"""By language each weekday, month, small number in words and title, with its kind, a name that no word has."""
