"""What becomes of a test that passes and violates an invariant: named in the summary, failed, or nothing."""

from __future__ import annotations

__all__ = ["EXPECTED", "VERDICTS"]

VERDICTS = ("report", "fail", "off")
"""The verdicts that a run or a mark may choose; the first is the default of a run."""
EXPECTED = '"report", "fail" or "off"'
"""The verdicts as an error lists them."""
