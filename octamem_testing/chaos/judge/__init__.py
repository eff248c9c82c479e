"""The invariants that a trial is held to."""
