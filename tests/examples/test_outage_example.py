"""A test of an outage: what the client says once its retries are used up."""

import pytest

from octamem import APIConnectionError


@pytest.mark.octamem(faults="search: close x4")
def test_the_app_survives_an_outage(octamem_client):
    """After its three retries the client says what happened, in one error of its own."""
    with pytest.raises(APIConnectionError):
        octamem_client.get(query="Is order 14 paid?")
