"""A call as a line of curl, as a fault script, as its request and as its answers."""

from __future__ import annotations

import json
from shlex import quote
from typing import Any, Dict, Sequence

from fake_server.core.journal.entry import Entry
from fake_server.core.tenants.store import Store

from .copy_pytest import pytest_of
from .copy_steps import script_of

__all__ = ["FORMS", "copied"]

FORMS = ("pytest", "curl", "fault", "request", "answers")
"""What a call may be copied as."""


def copied(form: str, entries: Sequence[Entry], *, url: str, store: Store) -> str:
    """Return a call in one of FORMS, by its attempts, every key in it blanked.

    `url` is the address of the server, and `store` what the key holds now.
    """
    if form == "pytest":
        return pytest_of(entries, store)
    if form == "curl":
        return _curl(entries[0], url)
    if form == "fault":
        return (entries[0].blanked(script_of(entries)) or f"{entries[0].endpoint or '*'}: ok") + "\n"
    if form == "request":
        first = entries[0]
        sent = {"method": first.method, "path": first.path, "headers": _headers(first)}
        return _json({**first.blanked(sent), "body": first.request_shown()})
    return _json([{"status": entry.status, "body": entry.as_dict()["response"]} for entry in entries])


def _headers(first: Entry) -> Dict[str, str]:
    """Return the headers that decide what becomes of a request, beside those of its key and its body."""
    token = first.idempotency_key
    return {} if token is None else {"Idempotency-Key": token}


def _curl(first: Entry, url: str) -> str:
    base = '"${OCTAMEM_BASE_URL:-' + url + '}"'
    method, path = quote(first.blanked(first.method)), quote(first.blanked(first.path))
    lines = [f"curl -X {method} {base}{path}", '-H "Authorization: Bearer $OCTAMEM_API_KEY"']
    lines += [f"-H {quote(f'{name}: {value}')}" for name, value in first.blanked(_headers(first)).items()]
    body = first.blanked_body()
    if body:
        lines.append("-H 'Content-Type: application/json'")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            lines.append(f"--data-raw {quote(text)}")
        else:
            octal = "".join(f"\\{byte:03o}" for byte in body)
            return f"printf '{octal}' | " + " \\\n  ".join([*lines, "--data-binary @-"]) + "\n"
    return " \\\n  ".join(lines) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
