"""Writes docs/hostile.md: each case of the hostile table, what was observed, and what was expected.

python tests/sdk/sdk_report.py > docs/hostile.md
"""

from __future__ import annotations

import sys
from typing import List

from raw_server import Server
from sdk_cases import CASES, Case
from sdk_driver import Driver, VirtualClock, observed

HEAD = """# What a hostile server can do to a call

Each row is a server on a raw loopback socket that does something to one call of the SDK. *Observed* is what happened
when this page was written. *Expected* is what the SDK guarantees. `max_retries` is 1, so a case that is retried shows
two attempts.

`python tests/sdk/sdk_report.py` writes the page. One test runs every row with the sync client, and with the async
client under asyncio and trio. Another test holds this page to what is observed.

An error is shown as its class, the HTTP status and code, the outcome, and how many attempts were made. *backs off*
means that the wait before the second attempt was between half a second and a second, by chance.

| case | call | observed | expected |
|---|---|---|---|
"""

FOOT = """
## What does not depend on bytes

The SDK also guarantees these. The last column names the tests under `tests/sdk` that hold it to them.

| case | what the SDK does | held by |
|---|---|---|
"""

OTHERS = [
    (
        "connection refused, DNS, TLS, proxy",
        "`APIConnectionError` that names host, port and cause, and what to do; `outcome` is `not_sent`",
        "`test_sdk_wire.py`, `test_sdk_advice.py`",
    ),
    (
        "connect, read, write and pool timeout",
        "`APITimeoutError` that names the step and its limit, without a status",
        "`test_sdk_wire.py`",
    ),
    (
        "whatever a transport of your own raises",
        "`APIConnectionError`, or `APITimeoutError` for a timeout",
        "`test_sdk_wire.py`",
    ),
    (
        "redirects to any address; cookies; `.netrc`",
        "one answer, not followed; neither kept nor sent; not read",
        "`test_sdk_send.py`",
    ),
    (
        "proxies of the environment, and `NO_PROXY`",
        "honoured, as httpx and requests read them",
        "`test_sdk_proxies.py`",
    ),
    (
        "a failure of any kind before the request was read",
        "`outcome` is `not_sent`: a blocked socket, a bad `SSL_CERT_FILE`, a hook that raises",
        "`test_sdk_send.py`, `test_sdk_http_client.py`",
    ),
    (
        "the key, and the texts of a call",
        "in no repr, attribute, pickle or log, and in no error, wherever they were passed",
        "`test_sdk_secrets.py`",
    ),
    (
        "a traceback of an `OctaMemError` with captured variables",
        (
            "shows what was passed, in the caller's frames and in those of the public method; nothing in our other "
            "frames, unless a tool reads the attributes of objects, where the texts and the answer are"
        ),
        "`test_sdk_secrets.py`",
    ),
    (
        "an interrupt or a cancellation with captured variables",
        "our frames show no more than that; those of httpx and httpcore hold the request, with key and text",
        "`test_sdk_secrets.py`",
    ),
    (
        "32 threads at first use, 300 concurrent calls",
        "one pool; each call gets its own answer",
        "`test_sdk_wire.py`",
    ),
    (
        "invalid arguments and options",
        "`ValidationError` that names them, before anything is sent",
        "`test_sdk_arguments.py`, `test_sdk_options.py`",
    ),
    (
        "use after close, close during a call, double close",
        "clear error; calls in flight end; no-op",
        "`test_sdk_life.py`",
    ),
    (
        "fork with a warm connection",
        "the child opens its own; 10,000 calls, no answer swapped",
        "`test_sdk_life.py`",
    ),
    (
        "three `asyncio.run`, loops in threads, trio",
        "works, and leaves nothing to warn about",
        "`test_sdk_life.py`",
    ),
    (
        "cancellation",
        "propagates at once, nothing leaks, the client stays usable",
        "`test_sdk_life.py`",
    ),
    (
        "pickle and copy",
        "exceptions and results round-trip; a client refuses with a reason",
        "`test_sdk_secrets.py`, `test_sdk_life.py`",
    ),
]


def row(case: Case) -> str:
    """Run the case with the sync client, and return its row of the table."""
    server, driver = Server(case.acts), Driver("sync")
    try:
        outcome, _ = observed(driver, server, case, VirtualClock())
    finally:
        driver.close()
        server.close()
    name = case.name.replace("|", "\\|")
    return f"| {name} | `{case.operation}` | {outcome} | {case.expected} |"


def report() -> str:
    """Return the page."""
    rows: List[str] = [row(case) for case in CASES]
    others = ["| " + " | ".join(cells) + " |" for cells in OTHERS]
    return HEAD + "\n".join(rows) + "\n" + FOOT + "\n".join(others) + "\n"


if __name__ == "__main__":
    sys.stdout.write(report())
