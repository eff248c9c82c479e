"""Processes of a hunt: children that live or work for a round, and what they hand to their parent."""
