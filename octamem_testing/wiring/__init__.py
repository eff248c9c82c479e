"""How requests reach the fake: in process, over a socket, and from any client of the program; and the real service.

Its address and variables are those of the vendor's documentation.
"""

from __future__ import annotations

__all__ = ["BASE_URL", "HOST", "KEY_VARIABLE", "URL_VARIABLE"]

HOST = "platform.octamem.com"
BASE_URL = f"https://{HOST}"
KEY_VARIABLE = "OCTAMEM_API_KEY"
URL_VARIABLE = "OCTAMEM_BASE_URL"
