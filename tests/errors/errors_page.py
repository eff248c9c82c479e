"""The two pages of error messages: `python tests/errors/errors_page.py` writes them anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Dict, List, Mapping

from errors_catalogue import Group, groups
from errors_run import messages, shown

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
REWORDED = ROOT / "docs" / "errors-reworded.md"
OLD = Path(__file__).with_name("old_wording.json")
COMMAND = "python tests/errors/errors_page.py"
HEAD = f"""# Error messages

Every message that a user of the packages can meet stands here, below the line that provokes it. A test provokes each
of them, and fails if this page is out of date. `{COMMAND}` writes it again.

The examples use a few short names:

- `KEY` is an API key.
- `answered(status, body, headers)` is a client that the service answers so; `failing(error)` is one whose transport
  raises that error.
- `called(fake)` sends a search to a fake in process. `post(endpoint, ...)` sends a request without the SDK.
- `broken(scenario, schedule, invariant)` makes one round of chaos, and shows what that says of the invariant.
- `not_installed(package)` hides a package.
- `notes.py` holds two scenarios and the list `LIST`: `save` adds a memory, and `idle` does nothing.
- The package `visitor` adds two commands: `odd` is the number 5, and the module of `gone` does not exist.
- `more.ini` holds further lines of the ini file of pytest.
- `FOLDER` stands for the current folder, and `REPOSITORY` for ours.

A request is shown without its key, its length and `Content-Type: application/json`. An error of a command is shown
without the lines of usage above it. A message about a number or a choice that click itself writes is not listed.
"""
REWORDED_HEAD = f"""# Error messages, old and new

These messages have a new wording in this release. The old one stands after `-`, the new one after `+`. The examples
are those of [the page of all messages](errors.md). `{COMMAND}` writes this page again.
"""


def section(group: Group, found: Mapping[str, str]) -> str:
    """Write the cases of a group, each with its message."""
    told = [f"{_prompt(shown(case))}\n{found[case.id]}" for case in group.cases]
    return f"### {group.title}\n\n```text\n" + "\n\n".join(told) + "\n```\n"


def page(found: Mapping[str, str]) -> str:
    """Write the page of all messages, by package."""
    parts = [HEAD]
    package = ""
    for group in groups():
        if group.package != package:
            package = group.package
            parts.append(f"## {package}\n")
        parts.append(section(group, found))
    return "\n".join(parts)


def reworded(found: Mapping[str, str], old: Mapping[str, str]) -> str:
    """Write the page of the messages that differ from the old ones."""
    parts = [REWORDED_HEAD]
    package = ""
    for group in groups():
        told = [
            f"{_prompt(shown(case))}\n{_marked('-', old[case.id])}\n{_marked('+', found[case.id])}"
            for case in group.cases
            if case.id in old and old[case.id] != found[case.id]
        ]
        if told and group.package != package:
            package = group.package
            parts.append(f"## {package}\n")
        if told:
            parts.append(f"### {group.title}\n\n```diff\n" + "\n\n".join(told) + "\n```\n")
    return "\n".join(parts)


def old_wording() -> Dict[str, str]:
    """Return the messages as they were before, by the id of their case."""
    read: Dict[str, str] = json.loads(OLD.read_text(encoding="utf-8"))
    return read


def _prompt(text: str) -> str:
    return _marked(">", text)


def _marked(mark: str, text: str) -> str:
    return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))


def all_messages() -> Dict[str, str]:
    """Run every case of every group."""
    found: Dict[str, str] = {}
    for group in groups():
        found.update(messages(group.cases))
    return found


def main(arguments: List[str]) -> None:
    """Write the pages; with --save-old keep the messages as the old wording first."""
    found = all_messages()
    if "--save-old" in arguments:
        OLD.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")
    REWORDED.write_text(reworded(found, old_wording()), encoding="utf-8")
    silent = [identity for identity, message in found.items() if message == "(no message)"]
    sys.stdout.write(f"{len(found)} messages" + (f"; without one: {', '.join(silent)}" if silent else "") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
