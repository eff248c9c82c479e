"""A search that falls back on meaning, with vectors of your own."""

import pytest

from octamem_testing import SemanticFallback, assert_found


def embed(texts):
    """Stand in for a model of your own: a text about a car, or about a birth."""
    return [(float("Volvo" in text or "automobile" in text), float("born" in text)) for text in texts]


@pytest.mark.octamem(
    search=SemanticFallback(embed=embed),  # without embed=, the vectors of the extra
    memories=["Nora drives an old Volvo.", "The baby was born in March."],
)
def test_a_paraphrase(octamem_fake):
    """A question without a word of the memory finds it."""
    assert_found(octamem_fake, "Which automobile is hers?", "Volvo")
