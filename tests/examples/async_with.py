"""The async client in an async with block, which closes it."""

import asyncio

from octamem import AsyncOctaMem


async def main() -> None:
    """Ask before and remember after, inside one block."""
    async with AsyncOctaMem(api_key="your-api-key") as client:
        results = await client.get(
            query="What is still open from the last review?",
            previous_context="Design review",
        )
        print(results)
        await client.add(
            content="Open from the review: icons for the empty states. Lena draws them.",
            previous_context="Design review",
        )
        details = await client.details()
        print(details)


asyncio.run(main())
