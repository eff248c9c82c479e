"""The code speaks the words of the glossary: a word that the field's noun replaced does not come back."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("octamem", "fake_server", "octamem_testing")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
WORD_LISTS = {"common_english.py", "english.py", "stop_words.py"}  # they hold the words of languages

# Parts of names, each with the word that took its place.
NAMES = {
    "agenda": "event queue",
    "baton": "scheduler",
    "bell": "waker",
    "bench": "test context",
    "breathe": "yield_turn",
    "calm": "baseline",
    "conceal": "redact",
    "conduct": "retry invariants",
    "disown": "unregister",
    "doubted": "stale",
    "elsewhen": "perturbed",
    "hogs": "starvation",
    "holders": "patch points",
    "holdings": "documents",
    "insist": "forced stop",
    "lobby": "unauthenticated journal",
    "park": "block",
    "promise": "invariant",
    "reception": "lifecycle",
    "seam": "overrides",
    "seat": "thread state",
    "setback": "failed attempt",
    "sheet": "layout",
    "spins": "busy-wait",
    "standin": "patched time",
    "stood": "patched",
    "strike": "hit",
    "struck": "hit",
    "takeover": "patching",
    "tap": "recording transport",
    "telling": "high-yield",
    "tenancy": "tenants",
    "told": "rendered",
    "unseen": "redacting",
    "visit": "exchange",
    "weather": "preset",
}
PROSE = re.compile(
    r"(?i)\b(anew|batons?|but for|calm|holdings|insists?|lobby|promises?|receptions?|setbacks?|stand-ins?|strikes?|"
    r"striking|struck|takeover|telling words?|tenancy)\b"
)


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_has_a_word_that_was_replaced(package: str) -> None:
    """Names are taken apart at underscores and capitals, and none of their parts is an old word."""
    old = {form: new for word, new in NAMES.items() for form in (word, f"{word}s")}
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        with tokenize.open(path) as file:
            tokens = list(tokenize.generate_tokens(io.StringIO(file.read()).readline))
        for name in {token.string for token in tokens if token.type == tokenize.NAME}:
            parts = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
            found |= {f"{name}: say {old[part.lower()]}" for part in parts if part.lower() in old}
    assert found == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_sentence_has_a_word_that_was_replaced(package: str) -> None:
    """Docstrings, comments and messages use the words of the glossary too."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES if path.relative_to(ROOT).parts[0] == package}
    found = {f"{path.name}: {match[0]}" for path, text in texts.items() for match in PROSE.finditer(text)}
    assert {line for line in found if line.partition(":")[0] not in WORD_LISTS} == set()


def test_the_old_words_are_recognised() -> None:
    """The rules above find the words in the forms in which they stood."""
    assert PROSE.search("where a fault strikes")
    assert PROSE.search("all, but for one")
    assert not PROSE.search("an invariant is violated")
