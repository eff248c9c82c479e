"""The fuzzy search: stored memories as documents, and queries ranked against them."""
