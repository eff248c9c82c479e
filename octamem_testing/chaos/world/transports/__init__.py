"""Transports of a round: they record each request, hold it back, and interrupt the program."""
