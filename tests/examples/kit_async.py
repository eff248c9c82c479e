"""The async client under pytest-asyncio; with anyio's plugin only the mark differs."""

import asyncio

import pytest

from octamem import AsyncOctaMem
from octamem_testing import Fake


@pytest.mark.asyncio
async def test_many_adds_at_once(async_octamem_client: AsyncOctaMem, octamem_fake: Fake) -> None:
    """Twenty tasks add at once, and nothing is lost."""
    await asyncio.gather(*(async_octamem_client.add(content=f"note {number}") for number in range(20)))

    assert len(octamem_fake.memories()) == 20
