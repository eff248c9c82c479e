"""What the fake costs a call in process, as a share of one raw httpx post; and what 10,000 memories weigh."""

from __future__ import annotations

import json
import tracemalloc
from itertools import count

import httpx

from fake_server.core import Fake, Request
from octamem import OctaMem
from octamem_testing import FakeTransport

from ._measure import medians

KEY = "sk-om-live-benchmark-0001"
URL = "https://platform.octamem.com/api/memory/add"
ANSWER = json.dumps({"success": True, "id": "rec_0123456789abcdef", "pending_id": "pend_0123456789abcdef"}).encode()
TYPE = {"content-type": "application/json"}
WORDS = [
    "river",
    "stone",
    "cloud",
    "paper",
    "window",
    "garden",
    "market",
    "bridge",
    "winter",
    "signal",
    "ladder",
    "copper",
]
MEMORIES = 10_000


def _text(number: int) -> str:
    chosen = [WORDS[(number * step) % len(WORDS)] for step in (1, 3, 5, 7)]
    return f"Note {number}: the {' '.join(chosen)} is kept in drawer {number % 97}."


def _answer(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers=TYPE, content=ANSWER)


def cost() -> None:
    """Measure one `add` three ways, in turn."""
    numbers = count()
    raw = httpx.Client(transport=httpx.MockTransport(_answer))
    static = OctaMem(KEY, transport=httpx.MockTransport(_answer))
    real = OctaMem(KEY, transport=FakeTransport(Fake()))
    headers = {"authorization": f"Bearer {KEY}", **TYPE}

    def post() -> None:
        raw.post(URL, headers=headers, json={"content": _text(next(numbers)), "previousContext": ""})

    found = medians(
        {
            "raw": post,
            "static": lambda: static.add(content=_text(next(numbers))),
            "fake": lambda: real.add(content=_text(next(numbers))),
        },
        calls=200,
        rounds=40,
    )
    micro = {name: seconds * 1e6 for name, seconds in found.items()}
    share = (found["fake"] - found["static"]) / found["raw"]
    print(f"raw httpx.Client.post, static MockTransport   {micro['raw']:7.1f} us")
    print(f"OctaMem.add, static MockTransport             {micro['static']:7.1f} us")
    print(f"OctaMem.add, FakeTransport and Fake           {micro['fake']:7.1f} us")
    print(f"what the fake costs, as a share of the raw post: {share:.2f} (wanted: 0.3 or less)")


def weight() -> None:
    """Measure the peak memory of a fake that takes 10,000 adds and one search."""
    bodies = [json.dumps({"content": _text(number)}).encode() for number in range(MEMORIES)]
    headers = {"authorization": f"Bearer {KEY}", **TYPE}
    tracemalloc.start()
    fake = Fake()
    for body in bodies:
        fake.decide(Request("POST", "/api/memory/add", headers, body))
    stored = tracemalloc.get_traced_memory()[1]
    fake.decide(Request("POST", "/api/memory/search", headers, b'{"query": "note 4711"}'))
    searched = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"peak memory of {MEMORIES:,} memories with their journal: {stored / 2**20:.1f} MiB")
    print(f"the same after the first search, index built:     {searched / 2**20:.1f} MiB")


if __name__ == "__main__":
    cost()
    weight()
