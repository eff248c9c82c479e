"""The async client: the same calls, awaited, and closed at the end."""

import asyncio

from octamem import AsyncOctaMem


async def main() -> None:
    """Search, add and look at the account, one after the other."""
    client = AsyncOctaMem(api_key="your-api-key")
    results = await client.get(
        query="Which seat does this passenger like?",
        previous_context="Passenger 77",
    )
    print(results)
    await client.add(
        content="Passenger 77 takes an aisle seat near the front.",
        previous_context="Passenger 77",
    )
    details = await client.details()
    print(details)
    await client.close()


asyncio.run(main())
