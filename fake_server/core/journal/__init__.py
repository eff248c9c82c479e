"""The journal of all requests, answers and effects, and its view by call."""
