"""Every option of the page, spelt out; all but the key go by keyword alone."""

import os

from octamem import OctaMem

client = OctaMem(
    api_key="your-api-key",
    base_url=os.environ.get("OCTAMEM_BASE_URL", "https://platform.octamem.com"),
    timeout=30.0,
    max_retries=3,
    retry_delay=1.0,
)
print(client.details().usage)
