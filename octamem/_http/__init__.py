"""Everything that knows httpx: requests, connections, and the meaning of its exceptions."""
