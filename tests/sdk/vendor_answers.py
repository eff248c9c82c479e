"""Tells what the vendor's package makes of answers; run by the Python of an environment that has it installed.

It reads [[operation, status, body in base 64], ...] from standard input, and prints a list of texts.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any, Dict

import httpx

import octamem

CALLS: Dict[str, Any] = {
    "add": lambda client: client.add(content="tea"),
    "get": lambda client: client.get(query="tea"),
    "details": lambda client: client.details(),
}


def told(operation: str, status: int, body: bytes) -> str:
    """Return the result of a call that is answered so, as a text, or the exception that comes out."""
    client = octamem.OctaMem("sk-om-live-0123456789abcdef", max_retries=0)
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=body))
    client._http._client = httpx.Client(base_url="https://platform.octamem.com", transport=transport)
    try:
        result = CALLS[operation](client)
    except octamem.OctaMemError as error:
        return f"{type(error).__name__}: {error.message}"
    except Exception as error:  # noqa: BLE001 - whatever else comes through is what is compared
        return f"the {type(error).__name__} of {type(error).__module__.split('_')[0]} comes through"
    return fields_shown(result.model_dump())


def fields_shown(fields: Dict[str, Any]) -> str:
    """Return the fields that are neither None nor an empty list, by name, as JSON."""
    filled = {name: without_none(value) for name, value in sorted(fields.items()) if value is not None and value != []}
    shown = (f"{name}={json.dumps(value, sort_keys=True)}" for name, value in filled.items())
    return ", ".join(shown) or "a result with nothing in it"


def without_none(value: Any) -> Any:
    """Return the value without the fields that a record does not have."""
    if isinstance(value, dict):
        return {name: without_none(inner) for name, inner in value.items() if inner is not None}
    return [without_none(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps([told(call, status, base64.b64decode(body)) for call, status, body in json.load(sys.stdin)])
    )
