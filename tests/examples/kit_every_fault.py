"""Every way to fail, one test each: code that must live through all of them."""

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import Fake, faults


@pytest.mark.parametrize("how", sorted(set(faults.KINDS) - {"status", "ok", "lost", "twice"}))
def test_the_app_lives_through(how: str, octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """Whatever happens to the search, the app goes on with what it has: nothing."""
    octamem_fake.faults(f"search: {how}")
    try:
        notes = octamem_client.get(query="anything at all").results or []
    except OctaMemError:
        notes = []
    assert notes == []
