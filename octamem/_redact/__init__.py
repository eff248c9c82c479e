"""Secrets, and messages without them."""
