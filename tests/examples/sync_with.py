"""The sync client in a with block, which closes it."""

from octamem import OctaMem

with OctaMem(api_key="your-api-key") as client:
    results = client.get(
        query="Which room did the guest ask for?",
        previous_context="Guest 12",
    )
    details = client.details()
    print(details)
    print(results.pending_id)
