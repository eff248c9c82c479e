"""Where the real service is, and the variables that its clients read, as the vendor's page has them."""

from __future__ import annotations

__all__ = ["BASE_URL", "HOST", "KEY_VARIABLE", "URL_VARIABLE"]

HOST = "platform.octamem.com"
BASE_URL = f"https://{HOST}"
KEY_VARIABLE = "OCTAMEM_API_KEY"
URL_VARIABLE = "OCTAMEM_BASE_URL"
