"""The control API under /_fake/: everything that a test can do with a fake, over HTTP."""

from __future__ import annotations
