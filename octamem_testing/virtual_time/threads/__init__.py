"""Threads of a round: they run one at a time, and an order may say whose turn is next."""
