"""The language of fault scripts, for tests that build or inspect a script instead of writing one.

- `parse(text)` reads a script; it raises ScriptError with the column. `str(script)` writes a script in one spelling.
- `KINDS` maps each kind of fault to its default phase (BEFORE or AFTER the handler): parametrize a test over it.
- `LIES` maps each kind that answers 200 with a wrong answer to its endpoint.
- `MIDWAY` are the kinds that can hit in the middle of a request (MID).
- `PRESETS` are the rules with a name.

Arm a script with `octamem_fake.faults("add: 503 x2")`, or in the marker.
"""

from __future__ import annotations

from fake_server.core.faults.presets import PRESETS
from fake_server.core.faults.script import ScriptError, parse
from fake_server.core.faults.steps import AFTER, BEFORE, KINDS, LIES, MID, MIDWAY, Rule, Script, Step

__all__ = [
    "AFTER",
    "BEFORE",
    "KINDS",
    "LIES",
    "MID",
    "MIDWAY",
    "PRESETS",
    "Rule",
    "Script",
    "ScriptError",
    "Step",
    "parse",
]
