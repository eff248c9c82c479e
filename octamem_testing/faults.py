"""The language of fault scripts, for tests that build or take apart a script rather than write one.

`parse(text)` reads a script and raises ScriptError, naming the column; `str(script)` writes it in one spelling;
`HOWS` maps every way to fail to where it strikes unless told (BEFORE or AFTER the handler), which is what a test
parametrizes over. Scripts are armed with `octamem_fake.faults("add: 503 x2")`, or in the marker.
"""

from __future__ import annotations

from fake_server.core.script import AFTER, BEFORE, HOWS, Rule, Script, ScriptError, Step, parse

__all__ = ["AFTER", "BEFORE", "HOWS", "Rule", "Script", "ScriptError", "Step", "parse"]
