"""The shortest useful program: ask, remember, look at the account."""

from octamem import OctaMem

client = OctaMem(api_key="your-api-key-here")

# The label keeps what belongs to one conversation together.
results = client.get(
    query="Which venue did we book for the offsite?",
    previous_context="Offsite planning",
)
print(results)

client.add(
    content="The offsite is at Lakeside Mill, 3 to 5 October.",
    previous_context="Offsite planning",
)

details = client.details()
print(details)
