"""A server that is busy: the client waits as long as it is asked to, and the test takes no time."""

import pytest

from octamem import OctaMem
from octamem_testing import Fake, VirtualClock, assert_attempts, assert_waited


@pytest.mark.octamem(faults="add: 429(retry-after=30), ok")
def test_a_busy_server_is_tried_again(octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock) -> None:
    """The client waits the thirty seconds that it was asked to, and the test does not."""
    octamem_client.add(content="Invoices go out on Mondays.")

    assert_attempts(octamem_fake, 2, endpoint="add")
    assert_waited(octamem_clock, at_least=30, at_most=31)
    assert octamem_clock.waits == [30]
