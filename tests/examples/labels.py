"""previous_context is a label: what was saved under one is found under it."""

from octamem import OctaMem

client = OctaMem(api_key="your-api-key")

results = client.get(
    query="Which language does the newcomer speak?",
    previous_context="First day",
)

add = client.add(
    content="The newcomer speaks Portuguese and some German.",
    previous_context="First day",
)

details = client.details()
print(results.pending_id, add.success, details.usage)
