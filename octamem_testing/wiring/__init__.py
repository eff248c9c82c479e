"""How requests reach the fake: in process, over a socket, and from any client of the program; and the real service.

Its address and variables are those of the vendor's documentation.
"""

from __future__ import annotations

import os
from typing import List

__all__ = ["BASE_URL", "ESCAPES_ALLOWED", "HOST", "KEY_VARIABLE", "SHELL_URL", "URL_VARIABLE"]

HOST = "platform.octamem.com"
BASE_URL = f"https://{HOST}"
KEY_VARIABLE = "OCTAMEM_API_KEY"
URL_VARIABLE = "OCTAMEM_BASE_URL"

SHELL_URL = os.environ.get(URL_VARIABLE, "").strip()
"""The base URL of the shell that the process was started in, "" for none: the plugin loads before any test."""

ESCAPES_ALLOWED: List[bool] = []
"""What the ini setting octamem_escape says, of the innermost run of pytest last."""
