"""A search in another language."""

import pytest


@pytest.mark.octamem(language="german", memories=["Die Kinder spielten im Garten."])
def test_another_language(octamem_client):
    """The forms of a word are those of the language that is set."""
    assert octamem_client.get(query="Wo spielt das Kind?").results
