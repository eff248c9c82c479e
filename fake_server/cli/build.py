"""A fake from the options of a command line, and the memories of a seed file."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from time import time
from typing import Any, Dict, Tuple

from fake_server.core import Clock, Fake, SeedError, Settings
from fake_server.core.json_body import BadBody, read_value

__all__ = ["build", "store_file"]


def build(api_keys: Tuple[str, ...], scripts: Tuple[str, ...], settings: Dict[str, Any]) -> Fake:
    """Build a fake; the first of the keys is its own, and they are joined to those of the setting `keys`."""
    values = dict(settings)
    if api_keys:
        listed = values.get("keys")
        listed = [] if listed is None else listed
        Settings().changed({"keys": listed})  # before they are joined: a text would become a list of its characters
        more = [{"key": key, **own} for key, own in listed.items()] if isinstance(listed, dict) else listed
        values["keys"] = [*api_keys, *more]
    fake = Fake(clock=Clock(follow=time), **values)
    for script in scripts:
        fake.faults(script)
    return fake


def store_file(fake: Fake, path: Path) -> int:
    """Store the memories of a file; each line is checked by itself, so that an error can name it."""
    count = 0
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), 1):
        if not line.strip():
            continue
        try:
            fake.remember([read_value(line)])
        except (BadBody, SeedError) as error:
            # The error begins with the path in a list of this one line, or with the body of a request.
            what = str(error)
            for prefix in ("body: ", "memories[0].", "memories[0]: "):
                what = what.removeprefix(prefix).replace("at line 1, column", "at column")
            raise SeedError(f"{path}, line {number}: {what}") from None
        count += 1
    return count
