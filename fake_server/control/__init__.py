"""The control API under /_fake/: everything that a test can do with a fake, over HTTP."""

from __future__ import annotations

from .page import leads_to, page_path
from .routes import READING, ROOT, create_control

__all__ = ["READING", "ROOT", "create_control", "leads_to", "page_path"]
