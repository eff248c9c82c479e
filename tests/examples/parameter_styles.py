"""Keyword arguments or one dict of parameters: both send the same."""

from octamem import OctaMem

client = OctaMem(api_key="your-api-key")

client.get(
    query="Why was the parcel of order 8812 late?",
    previous_context="Order 8812",
)
client.add(
    content="The parcel of order 8812 was held at customs; shipping is refunded.",
    previous_context="Order 8812",
)

client.get(
    params={
        "query": "How does this reader want to be addressed?",
        "previousContext": "Reader profile",
    }
)
client.add(
    params={
        "content": "Prefers first names, and mail in the morning.",
        "previousContext": "Reader profile",
    }
)
