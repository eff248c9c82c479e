"""Units: their names in words, with the short form that stands for each."""

from __future__ import annotations

from typing import Dict

__all__ = ["UNITS_OF"]

_SHORT = {
    "dutch": "km kilometer, cm centimeter, mm millimeter, kg kilogram kilo, mg milligram, ml milliliter",
    "english": """
        km kilometre kilometres kilometer kilometers, cm centimetre centimetres centimeter centimeters,
        mm millimetre millimetres millimeter millimeters, kg kilogram kilograms kilo kilos, mg milligram milligrams,
        ml millilitre millilitres milliliter milliliters, kw kilowatt kilowatts, mw megawatt megawatts,
        kb kilobyte kilobytes, mb megabyte megabytes, gb gigabyte gigabytes, tb terabyte terabytes,
        lb lbs pound pounds, oz ounce ounces, hour hr hrs
    """,
    "french": """
        km kilomètre kilomètres, cm centimètre centimètres, mm millimètre millimètres,
        kg kilogramme kilogrammes kilo kilos, mg milligramme milligrammes, ml millilitre millilitres
    """,
    "german": """
        km kilometer kilometern, cm zentimeter zentimetern, mm millimeter millimetern, kg kilogramm kilo kilos,
        mg milligramm, ml milliliter millilitern, stunde std
    """,
    "italian": "km chilometro chilometri, cm centimetro centimetri, mm millimetro millimetri, kg chilo chili",
    "portuguese": """
        km quilômetro quilômetros quilómetro quilómetros, cm centímetro centímetros, mm milímetro milímetros,
        kg quilo quilos quilograma quilogramas
    """,
    "spanish": """
        km kilómetro kilómetros, cm centímetro centímetros, mm milímetro milímetros, kg kilo kilos kilogramo kilogramos,
        mg miligramo miligramos, ml mililitro mililitros
    """,
    "swedish": "km kilometer, cm centimeter, mm millimeter, kg kilogram kilo, mg milligram, ml milliliter",
    "turkish": "km kilometre, cm santimetre, mm milimetre, kg kilogram kilo",
}


def _names(families: str) -> Dict[str, str]:
    return {name: short for short, *names in map(str.split, families.split(",")) for name in names}


UNITS_OF: Dict[str, Dict[str, str]] = {language: _names(families) for language, families in _SHORT.items()}
"""By language each name of a unit, and what it stands for: ``kilometres`` for ``km``."""
