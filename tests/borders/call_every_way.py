"""A program that needs the SDK alone: it makes each call over HTTP, sync and async, and prints what it ran with."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import requires, version

from octamem import AsyncOctaMem, OctaMem

KEY = "sk-om-live-0000000000000001"
ANSWERS = {
    "/api/memory/add": {"success": True, "id": "rec_1"},
    "/api/memory/search": {"success": True, "results": [{"id": "rec_1", "type": "semantic", "content": "Tea at four"}]},
    "/api/memory/details": {"usage": 1, "limit": 10},
}


class Service(BaseHTTPRequestHandler):
    """The service as its page shows it, with no library but Python's own."""

    def do_POST(self) -> None:
        """Answer as the page says."""
        self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps(ANSWERS[self.path]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Write nothing."""


def call(url: str) -> None:
    """Make the three calls, sync."""
    with OctaMem(KEY, base_url=url) as client:
        assert client.add(content="Tea at four").success
        assert [each.content for each in client.get(query="tea").results or ()] == ["Tea at four"]
        assert client.details().limit == 10


async def call_async(url: str) -> None:
    """Make the three calls, async."""
    async with AsyncOctaMem(KEY, base_url=url) as client:
        assert (await client.add(content="Tea at four")).success
        assert [each.content for each in (await client.get(query="tea")).results or ()] == ["Tea at four"]
        assert (await client.details()).limit == 10


def main() -> None:
    """Serve, and call."""
    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    call(url)
    asyncio.run(call_async(url))
    server.shutdown()
    server.server_close()
    needs = [re.split(r"[^\w.-]", need)[0] for need in requires("octamem") or () if "extra ==" not in need]
    print("six calls with", ", ".join(f"{name} {version(name)}" for name in needs))  # noqa: T201 - what nox shows


if __name__ == "__main__":
    main()
