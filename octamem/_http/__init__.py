"""All that knows httpx: requests, connections, and what an exception of its own means."""
