"""Abbreviations: words that have a short form, or two spellings, and mean one thing."""

from __future__ import annotations

from typing import Dict, Tuple

__all__ = ["abbreviations_of"]

# Not those that are words or names of their own, such as Sat, Sun, Jan and Mar.
_EVERYWHERE = """
    twofactor 2factor 2fa, multifactor mfa, javascript js, postgresql postgres, kubernetes k8s, c++ cpp, c# csharp,
    .net dotnet
"""
_OF_LANGUAGES = {
    "english": """
        monday mon, tuesday tue tues, wednesday weds, thursday thu thur thurs, friday fri, february feb, april apr,
        july jul, august aug, september sep sept, october oct, november nov, december dec, doctor dr, avenue ave
    """,
    "french": "docteur dr, janvier janv, février févr, juillet juil, septembre sept",
    "german": """
        doktor dr, photo foto, telefon tel, februar feb, august aug, september sept, oktober okt, dezember dez
    """,
    "spanish": "doctor dr, doctora dra, señor sr, señora sra",
}


def abbreviations_of(language: str) -> Dict[str, Tuple[str, ...]]:
    """Return for each such word its other forms in a language, in lower case and without hyphens."""
    families = f"{_EVERYWHERE}, {_OF_LANGUAGES.get(language, '')}".split(",")
    return {
        word: tuple(other for other in family if other != word)
        for family in map(str.split, families)
        for word in family
    }
