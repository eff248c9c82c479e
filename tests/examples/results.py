"""What comes back: typed fields, and everything else the service sends."""

from octamem import OctaMem

client = OctaMem(api_key="your-api-key")

results = client.get(
    query="Who keeps the keys of the print room?",
    previous_context="House rules",
)
print(results)
print(results.pending_id)
print(results.model_dump())

add = client.add(
    content="Mina keeps the keys of the print room.",
    previous_context="House rules",
)
print(add.success)

details = client.details()
print(details)
print(details.usage, details.limit)
