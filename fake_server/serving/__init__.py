"""The HTTP server of the fake: connections, parsers and bounds, for any ASGI app."""
