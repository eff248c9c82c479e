"""The invariants of retries that need no schedule: their rules, and the evidence for them in an ordinary test."""
