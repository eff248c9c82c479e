"""The search for the smallest schedule that violates an invariant."""
