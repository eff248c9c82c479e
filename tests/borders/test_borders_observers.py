"""Tools that observe a program: each sees our calls among those of httpx, and none is given a key or a text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

OBSERVERS = Path(__file__).parent / "observers"
TOOLS = sorted(path.stem for path in OBSERVERS.glob("with_*.py"))
SECRETS = {"WATCHED_KEY": "sk-om-live-hush00000000001", "WATCHED_TEXT": "The spare key is under the blue pot"}
QUIET = {
    "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "NEW_RELIC_DEVELOPER_MODE": "true",
    "NEW_RELIC_LICENSE_KEY": "0" * 40,
}


def without_arguments(value: Any) -> Any:
    """Leave out what the program passed to a public method: a tool that sends local variables has it from there."""
    if isinstance(value, dict):
        public = value.get("function") in {"add", "get"}
        return {
            name: {key: each for key, each in inner.items() if key not in {"content", "query"}}
            if public and name == "vars"
            else without_arguments(inner)
            for name, inner in value.items()
        }
    return [without_arguments(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_sees_the_calls_and_no_secret(tool):
    """Sync and async, the tool records the request and the error; a program that tells a secret itself is found out."""
    done = subprocess.run(
        [sys.executable, str(OBSERVERS / "program.py"), tool],
        env={**os.environ, **QUIET, **SECRETS},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = {name: json.dumps(without_arguments(each)) for name, each in json.loads(done.stdout).items()}
    assert {name: "/api/memory/add" in told for name, told in seen.items()} == dict.fromkeys(seen, True)
    leaks = {name: [secret in told for secret in SECRETS.values()] for name, told in seen.items()}
    assert leaks == {"right": [False, False], "right, async": [False, False], "wrong": [True, True]}
    assert all("InternalServerError" in seen[name] for name in ("right", "right, async"))
