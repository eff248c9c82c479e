"""Retrying once more on top of the client's own retries, by what the service asked for."""

import time

from octamem import AddResult, OctaMem, RateLimitError

client = OctaMem(api_key="your-api-key")


def add_patiently(content: str, previous_context: str = "", max_attempts: int = 2) -> AddResult:
    """Add, and where the rate limit still stands after the client's retries, wait and try again."""
    for attempt in range(max_attempts):
        try:
            return client.add(content=content, previous_context=previous_context)
        except RateLimitError as e:
            if attempt == max_attempts - 1:
                raise
            print(f"limited, waiting {e.retry_after} s")
            time.sleep(e.retry_after or 60)
    raise ValueError("max_attempts is 1 or more")


print(add_patiently("The lift is serviced on Mondays.", previous_context="").success)
