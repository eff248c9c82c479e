"""SemanticFallback: our own hits where words suffice, and otherwise a ranking by meaning; vectors are made up."""

from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

import pytest

from fake_server.core import Fake, SearchFailedError
from octamem import OctaMem
from octamem_testing import SemanticFallback, assert_found, semantic

MEANINGS = {
    "Nora drives an old Volvo.": (1.0, 0.0, 0.0),
    "The baby was born in March.": (0.0, 1.0, 0.0),
    "The baby sleeps.": (0.0, 3.0, 4.0),
    "": (0.0, 0.0, 0.0),
    "Which automobile is hers?": (0.8, 0.0, 0.6),
    "When is the infant's birthday?": (0.0, 2.0, 0.0),
    "Volvo": (0.0, 1.0, 0.0),
}
MEMORIES = [text for text in MEANINGS if text.endswith(".")]


class Embedder:
    """Vectors of a table, a zero for every other text, and what was asked for."""

    def __init__(self) -> None:
        self.asked: List[List[str]] = []

    def __call__(self, texts: List[str]) -> Sequence[Sequence[float]]:
        self.asked.append(texts)
        return [MEANINGS.get(text, MEANINGS[""]) for text in texts]


@pytest.fixture
def embed() -> Embedder:
    """Give vectors that no model made."""
    return Embedder()


def asked(search: SemanticFallback, query: str) -> List[Tuple[str, float]]:
    """Search the memories of the table."""
    fake = Fake(search=search)
    fake.remember(MEMORIES)
    return [(hit.memory.content, hit.score or 0.0) for hit in fake.explain(query).hits]


def test_where_words_find_nothing_meaning_ranks(embed: Embedder) -> None:
    """The score of a hit is the cosine, and a memory whose cosine is too small is none."""
    assert asked(SemanticFallback(embed=embed), "Which automobile is hers?") == [
        (MEMORIES[0], 0.8),
        (MEMORIES[2], 0.48),
    ]
    assert asked(SemanticFallback(embed=embed, at_least=0.5), "Which automobile is hers?") == [(MEMORIES[0], 0.8)]
    assert asked(SemanticFallback(embed=embed), "When is the infant's birthday?") == [
        (MEMORIES[1], 1.0),
        (MEMORIES[2], 0.6),
    ]


def test_where_words_suffice_nothing_is_embedded(embed: Embedder) -> None:
    """A hit from the limit on leaves the order and the scores to the words."""
    plain = Fake()
    plain.remember(MEMORIES)
    ours = [(hit.memory.content, hit.score) for hit in plain.explain("Volvo").hits]
    assert asked(SemanticFallback(embed=embed), "Volvo") == ours
    assert embed.asked == []


def test_the_limit_is_the_callers(embed: Embedder) -> None:
    """With a limit of 1, words must find all that is asked; the greater of both scores counts."""
    found = dict(asked(SemanticFallback(embed=embed, below=1.0), "Volvo xylophone"))
    assert found[MEMORIES[0]] < 1.0
    assert embed.asked != []


def test_a_text_is_embedded_once(embed: Embedder) -> None:
    """Vectors are kept, also between fakes."""
    search = SemanticFallback(embed=embed)
    for _ in range(2):
        asked(search, "Which automobile is hers?")
    assert [len(texts) for texts in embed.asked] == [4]


def test_the_vectors_that_are_kept_are_bounded(embed: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the bound all are let go, and those at hand are made again."""
    monkeypatch.setattr(semantic, "_MOST", 4)
    search = SemanticFallback(embed=embed)
    first = asked(search, "Which automobile is hers?")
    asked(search, "When is the infant's birthday?")
    assert asked(search, "Which automobile is hers?") == first
    assert [len(texts) for texts in embed.asked] == [4, 4, 4]


def test_a_text_without_a_vector_is_no_hit(embed: Embedder) -> None:
    """A question of which nothing is known finds nothing, and no memories need no vectors."""
    assert asked(SemanticFallback(embed=embed), "zzz") == []
    assert list(SemanticFallback(embed=embed)("zzz", [], [])) == []


@pytest.mark.octamem(memories=MEMORIES, search=SemanticFallback(embed=Embedder()))
def test_it_is_given_to_the_marker(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """As every search of an author's own."""
    assert octamem_client.get(query="Which automobile is hers?").results[0].content == MEMORIES[0]
    assert_found(octamem_fake, "Which automobile is hers?", "Volvo")


@pytest.mark.parametrize("missing", ["wordllama", "tokenizers"])
def test_a_missing_package_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """It is known as it is built, before any test searches."""

    def find_spec(name: str) -> object:
        return None if name == missing else name

    monkeypatch.setattr("fake_server.lazy.find_spec", find_spec)
    says = rf'^SemanticFallback\(\) needs {missing}, which is not installed: pip install "\.\[semantic\]"'
    with pytest.raises(ModuleNotFoundError, match=says):
        SemanticFallback()


def test_equals_keep_the_order_of_words_and_then_of_dates(embed: Embedder) -> None:
    """Our hits of one score stay as they were, and of the others the one created later comes first."""
    fake = Fake()
    fake.remember(
        [
            {"content": "Nora drives an old Volvo.", "created_at": "2026-01-02T09:00Z"},
            {"content": "The baby sleeps.", "created_at": "2024-01-02T09:00Z"},
            {"content": "The baby was born in March.", "created_at": "2025-01-02T09:00Z"},
            {"content": "Volvo", "created_at": "2023-01-02T09:00Z"},
        ]
    )
    volvo, sleeps, born, name = memories = fake.memories()
    search = SemanticFallback(embed=lambda texts: [(0.0, 0.0) for _ in texts], at_least=0.0)
    assert search("x", memories, [(name, 0.2), (volvo, 0.2)]) == [(name, 0.2), (volvo, 0.2)]
    same = SemanticFallback(embed=lambda texts: [(1.0, 0.0) for _ in texts])
    assert [memory for memory, _ in same("x", memories, [])] == [volvo, born, sleeps, name]


@pytest.mark.parametrize(
    ("vectors", "got"),
    [
        ([(1.0, 0.0)], "1 by 2"),
        ([(1.0, 0.0)] * 5, "5 by 2"),
        ([1.0] * 4, "4"),
        ([(1.0,), (1.0, 0.0), (1.0,), (1.0,)], "list"),
        ([("one",)] * 4, "list"),
        ([(10**400,)] * 4, "list"),
        ([()] * 4, "list"),
        ([(float("nan"), 1.0)] * 4, "4 by 2"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_vector_for_each_text_is_refused(vectors: object, got: str) -> None:
    """The message says what was expected, and quotes no memory, nor does its cause."""
    search = SemanticFallback(embed=lambda _texts: vectors)  # type: ignore[arg-type,return-value]
    with pytest.raises(SearchFailedError) as error:
        asked(search, "Which automobile is hers?")
    assert str(error.value) == (
        "search=, embed: expected a vector for each of 4 texts, all of one length and of finite numbers, got " + got
    )
    assert error.value.__cause__ is None


def test_vectors_of_another_length_than_before_are_refused() -> None:
    """All searches of one fallback need vectors that can be compared."""
    search = SemanticFallback(embed=lambda texts: [(1.0,) * len(texts)] * len(texts))
    asked(search, "Which automobile is hers?")
    with pytest.raises(SearchFailedError, match=r"got vectors of 4 numbers before, and of 1 now$"):
        asked(search, "When is the infant's birthday?")


def test_huge_and_tiny_vectors_have_their_direction() -> None:
    """The length of a vector plays no part, even if its square is no finite number, or zero."""
    huge = SemanticFallback(embed=lambda texts: [(1e300, 0.0), (0.0, 1e-300), (1e300, 1e300), (0.0, 0.0)][: len(texts)])
    assert asked(huge, "Which automobile is hers?") == [(MEMORIES[1], 0.7071)]


def test_the_arguments_are_checked(embed: Embedder) -> None:
    """Both limits are shares, and `embed` can be called."""
    with pytest.raises(ValueError, match=r"^embed: expected a function of texts to their vectors, got 5$"):
        SemanticFallback(embed=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^below: expected a number from 0 to 1, got 2$"):
        SemanticFallback(below=2, embed=embed)
    with pytest.raises(ValueError, match=r"^at_least: expected a number from 0 to 1, got True$"):
        SemanticFallback(at_least=True, embed=embed)


def test_a_release_without_the_data_files_is_named(tmp_path: Path) -> None:
    """A wheel that ships no vectors is told apart from one that is missing."""
    with pytest.raises(ModuleNotFoundError, match=r"^wordllama: expected weights/\*\.safetensors in the installed"):
        semantic._data(tmp_path, "weights/*.safetensors")
