"""The fuzzy search: memories as words, and queries ranked against them."""
