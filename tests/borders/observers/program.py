"""A program that calls OctaMem while a tool watches it, and prints what the tool saw: `program.py with_sentry`."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys

watcher = importlib.import_module(sys.argv[1])  # before all else, as the tools ask for

from fake_server import Fake, create_app  # noqa: E402
from fake_server.server import serve_in_thread  # noqa: E402
from octamem import AsyncOctaMem, OctaMem, OctaMemError  # noqa: E402

# Not in the source: some tools send the lines around that of an error.
KEY, TEXT = os.environ["WATCHED_KEY"], os.environ["WATCHED_TEXT"]


def right(url: str) -> None:
    """Add what is secret, and report the error of a search."""
    with OctaMem(KEY, base_url=url, max_retries=0) as client:
        client.add(content=TEXT)
        try:
            client.get(query=TEXT)
        except OctaMemError as error:
            watcher.failed(error)


async def right_async(url: str) -> None:
    """Do the same with the async client."""
    async with AsyncOctaMem(KEY, base_url=url, max_retries=0) as client:
        await client.add(content=TEXT)
        try:
            await client.get(query=TEXT)
        except OctaMemError as error:
            watcher.failed(error)


def wrong(url: str) -> None:
    """Put into an error of its own what is secret."""
    with OctaMem(KEY, base_url=url) as client:
        client.add(content=TEXT)
    try:
        int(f"{KEY} stored {TEXT}")
    except ValueError as error:
        watcher.failed(error)


def main() -> None:
    """Run each program under the tool."""
    fake, seen = Fake(), {}
    programs = {"right": right, "right, async": lambda url: asyncio.run(right_async(url)), "wrong": wrong}
    with serve_in_thread(create_app(fake)) as running:
        for name, program in programs.items():
            fake.reset()
            fake.faults("search: 503")
            with watcher.watching(name):
                program(running.url)
            seen[name] = watcher.seen()
    print(json.dumps(seen))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
