"""The SDK in production: one client for the process, errors that say what to do."""

from octamem import OctaMem, OctaMemError

with OctaMem(timeout=10.0, max_retries=2) as memory:
    try:
        memory.add(content="Ana drinks her tea without milk.", previous_context="Guests")
        found = memory.get(query="How does Ana take her tea?", previous_context="Guests")
    except OctaMemError as error:
        print(f"no memory today: {error.message}")
    else:
        for record in found.model_dump()["results"]:
            print(record["content"])
