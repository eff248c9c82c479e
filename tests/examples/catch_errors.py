"""Each failure has a class of its own, and the client has already retried what can be retried."""

from octamem import (
    APIConnectionError,
    AuthenticationError,
    OctaMem,
    RateLimitError,
    ValidationError,
)

client = OctaMem(api_key="your-api-key")

try:
    client.add(content="The kettle in room 4 is broken.", previous_context="")
except AuthenticationError:
    print("the key is missing or wrong")
except RateLimitError as e:
    print(f"too many calls; wait {e.retry_after} s")
except APIConnectionError:
    print("the network failed")
except ValidationError as e:
    print(f"refused: {e.message}")
else:
    print("remembered")
