"""Types from end to end: typed dicts in, as the one positional argument, and models out."""

from octamem import (
    AddParams,
    AddResult,
    GetParams,
    MemoryDetails,
    OctaMem,
    SearchResult,
)

client = OctaMem(api_key="your-api-key")

params: GetParams = {
    "query": "What does the basic plan cost?",
    "previousContext": "Price list",
}
results: SearchResult = client.get(params)

add_params: AddParams = {
    "content": "Basic plan: nine a month. Studio plan: thirty.",
    "previousContext": "Price list",
}
out: AddResult = client.add(add_params)

details: MemoryDetails = client.details()
print(results.pending_id)
print(out.success)
print(details)
