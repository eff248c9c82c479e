"""Writes the table of docs/differences.md that compares the two packages on odd answers.

python -m venv /tmp/vendor && /tmp/vendor/bin/pip install octamem==1.1.2
python tests/sdk/differences_page.py /tmp/vendor/bin/python
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import httpx
from odd_answers import ANSWERS, Answer
from vendor_answers import fields_shown

from octamem import OctaMem, OctaMemError

PAGE = Path(__file__).parents[2] / "docs" / "differences.md"
HEADING = "## Odd answers, side by side"
MOST = 160
INTRO = f"""{HEADING}

Both packages get the same answers, without retries. A result is shown as its fields, except those that are empty. The
last column marks the rows that differ. Ours loses nothing:

- If the call succeeds, each value of the answer is in the result or in its `unreadable`.
- If the call fails, the words of the answer are the message.

`tests/sdk/differences_page.py` writes this table with the vendor's package. A test holds our column, and that nothing
is lost.

| answer | call | theirs | ours | differs |
|---|---|---|---|---|
"""
CALLS: Dict[str, Any] = {
    "add": lambda client: client.add(content="tea"),
    "get": lambda client: client.get(query="tea"),
    "details": lambda client: client.details(),
}


def called(answer: Answer) -> Any:
    """Return the result of our package, or its error."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(answer.status, content=answer.sent))
    with OctaMem("sk-om-live-0123456789abcdef", transport=transport, max_retries=0) as client:
        try:
            return CALLS[answer.operation](client)
        except OctaMemError as error:
            return error


def ours(answer: Answer) -> str:
    """Return what our package makes of an answer, as a text."""
    result = called(answer)
    if isinstance(result, OctaMemError):
        code = f" (code {result.code})" if result.code else ""
        return f"{type(result).__name__}: {result.message}{code}"
    return fields_shown({**result.model_dump(), "unreadable": result.unreadable or None})


def theirs(python: str) -> List[str]:
    """Return what the vendor's package makes of each answer."""
    asked = [[each.operation, each.status, base64.b64encode(each.sent).decode()] for each in ANSWERS]
    script = str(Path(__file__).with_name("vendor_answers.py"))
    ran = subprocess.run([python, script], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: List[str] = json.loads(ran.stdout)
    return found


def cell(text: str) -> str:
    """Return a text as a cell of the table."""
    line = text if len(text) <= MOST else text[: MOST - 30] + "…" + text[-20:]
    return "`` " + line.replace("|", "\\|").replace("\n", " ") + " ``"


def rows(vendor: List[str]) -> List[str]:
    """Return the rows of the table."""
    found = []
    for answer, their in zip(ANSWERS, vendor):
        our = ours(answer)
        differs = "" if our == their else "yes"
        found.append(f"| {cell(answer.shown)} | `{answer.operation}` | {cell(their)} | {cell(our)} | {differs} |")
    return found


if __name__ == "__main__":
    head = PAGE.read_text(encoding="utf-8").partition(HEADING)[0].rstrip("\n")
    PAGE.write_text(f"{head}\n\n{INTRO}" + "\n".join(rows(theirs(sys.argv[1]))) + "\n", encoding="utf-8")
