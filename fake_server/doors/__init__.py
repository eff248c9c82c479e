"""Who may ask a served fake: hosts, origins of web pages, and the control token."""

from __future__ import annotations

from .control_token import new_token
from .cors import read_cors
from .guard import Guard
from .head import Refusal, RequestHead
from .rules import Rules

__all__ = ["Guard", "Refusal", "RequestHead", "Rules", "new_token", "read_cors"]
