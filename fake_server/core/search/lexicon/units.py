"""Units: their names in words, with the short form that stands for each."""

from __future__ import annotations

from typing import Dict

__all__ = ["UNITS_OF", "units_of"]

# What stands for a sign (text.signs), in the languages in which it means nothing else.
_OF_SIGNS = """
    dollar dollars dollari dolar dólar dólares usd, euro euros eur, yen jpy, rupee rupees rupie rupien inr,
    franc francs franken chf, percent prozent procent procento, celsius centigrade
"""

_SHORT = {
    "dutch": """
        km kilometer, cm centimeter, mm millimeter, kg kilogram kilo, mg milligram, ml milliliter,
        degree graad graden
    """,
    "english": """
        km kilometre kilometres kilometer kilometers, cm centimetre centimetres centimeter centimeters,
        mm millimetre millimetres millimeter millimeters, kg kilogram kilograms kilo kilos, mg milligram milligrams,
        ml millilitre millilitres milliliter milliliters, kw kilowatt kilowatts, mw megawatt megawatts,
        kb kilobyte kilobytes, mb megabyte megabytes, gb gigabyte gigabytes, tb terabyte terabytes,
        lb lbs pound pounds gbp quid, oz ounce ounces, hour hr hrs, dollar buck bucks, cent cents,
        degree degrees
    """,
    "french": """
        km kilomètre kilomètres, cm centimètre centimètres, mm millimètre millimètres,
        kg kilogramme kilogrammes kilo kilos, mg milligramme milligrammes, ml millilitre millilitres,
        degree degré degrés
    """,
    "german": """
        km kilometer kilometern, cm zentimeter zentimetern, mm millimeter millimetern, kg kilogramm kilo kilos,
        mg milligramm, ml milliliter millilitern, stunde std, degree grad, pound pfund gbp, cent ct
    """,
    "italian": """
        km chilometro chilometri, cm centimetro centimetri, mm millimetro millimetri, kg chilo chili,
        degree grado gradi
    """,
    "portuguese": """
        km quilômetro quilômetros quilómetro quilómetros, cm centímetro centímetros, mm milímetro milímetros,
        kg quilo quilos quilograma quilogramas, degree grau graus, pound libra libras gbp
    """,
    "spanish": """
        km kilómetro kilómetros, cm centímetro centímetros, mm milímetro milímetros, kg kilo kilos kilogramo kilogramos,
        mg miligramo miligramos, ml mililitro mililitros, degree grado grados, pound libra libras gbp
    """,
    "swedish": """
        km kilometer, cm centimeter, mm millimeter, kg kilogram kilo, mg milligram, ml milliliter,
        degree grader
    """,
    "turkish": "km kilometre, cm santimetre, mm milimetre, kg kilogram kilo, degree derece, percent yüzde",
}


def _names(families: str) -> Dict[str, str]:
    return {name: short for short, *names in map(str.split, families.split(",")) for name in names}


UNITS_OF: Dict[str, Dict[str, str]] = {language: _names(families) for language, families in _SHORT.items()}
"""By language each name of a unit, and what it stands for: ``kilometres`` for ``km``."""


def units_of(language: str) -> Dict[str, str]:
    """Return each name of a unit in a language, those of signs in others included, and what it stands for."""
    return {**_names(_OF_SIGNS), **UNITS_OF.get(language, {})}
