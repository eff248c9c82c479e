"""The language of fault scripts, for tests that build or take apart a script rather than write one.

`parse(text)` reads a script and raises ScriptError, naming the column; `str(script)` writes it in one spelling;
`KINDS` maps every way to fail to where it strikes unless told (BEFORE or AFTER the handler), which is what a test
parametrizes over; `LIES` maps those that answer 200 and lie to the one endpoint that can; `MIDWAY` are those that
can strike in the middle of a request (MID); `PRESETS` the weathers that have a name. Scripts are armed with
`octamem_fake.faults("add: 503 x2")`, or in the marker.
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
