"""A fake from the options of a command line, and the memories of a seed file."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from time import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from fake_server.core import Bounds, Clock, Fake, SeedError, Settings
from fake_server.core.tenants.seed_lines import SeedLine, SeedReader, WrongLine

__all__ = ["build", "store_file"]

_PIECE = 1 << 18  # bytes of a file that are read at a time
_NAMED = 1_000  # wrong lines that a message names: more than anybody corrects by hand


def build(
    api_keys: Tuple[str, ...], scripts: Tuple[str, ...], settings: Dict[str, Any], bounds: Optional[Bounds] = None
) -> Fake:
    """Build a fake; the first of the keys is its own, and they are joined to those of the setting `keys`."""
    values = dict(settings)
    if api_keys:
        listed = values.get("keys")
        listed = [] if listed is None else listed
        Settings().changed({"keys": listed})  # before they are joined: a text would become a list of its characters
        more = [{"key": key, **own} for key, own in listed.items()] if isinstance(listed, dict) else listed
        values["keys"] = [*api_keys, *more]
    fake = Fake(clock=Clock(follow=time), bounds=bounds, **values)
    for script in scripts:
        fake.faults(script)
    return fake


def store_file(fake: Fake, path: Path, stored_some: Callable[[], None] = lambda: None) -> int:
    """Store the memories of a file of any size and return their number; raises SeedError, which names every wrong line.

    Those before the first wrong line may be stored by then. `stored_some` is called each time after some are.
    """
    stored = wrong = 0
    said: List[str] = []
    with path.open("rb") as file:
        reader = SeedReader(fake.has_memory)
        for piece in chain(iter(lambda: file.read(_PIECE), b""), (None,)):
            lines = reader.end() if piece is None else reader.feed(piece)
            seeds = [line.seed for line in lines if isinstance(line, SeedLine)]
            wrong += len(lines) - len(seeds)
            said += [f"{path}, {line}" for line in lines if isinstance(line, WrongLine)][: _NAMED - len(said)]
            stored += 0 if wrong else len(fake.remember(seeds))
            stored_some()
    if wrong:
        more = [f"and {wrong - _NAMED} more lines of {path}"] if wrong > _NAMED else []
        raise SeedError("\n".join([*said, *more]))
    return stored
