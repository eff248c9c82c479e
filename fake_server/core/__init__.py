"""The fake as values: no socket, no thread of its own, no real clock."""

from .clock import Clock
from .fake import Fake, UnknownKeyError, Visit
from .journal import Entry
from .ledger import AttemptView, CallRecord
from .memories import Memory
from .messages import Drop, Outcome, Reply, Request
from .script import Script, ScriptError, parse
from .seeds import SeedError
from .settings import SettingError, Settings

__all__ = [
    "AttemptView",
    "CallRecord",
    "Clock",
    "Drop",
    "Entry",
    "Fake",
    "Memory",
    "Outcome",
    "Reply",
    "Request",
    "Script",
    "ScriptError",
    "SeedError",
    "SettingError",
    "Settings",
    "UnknownKeyError",
    "Visit",
    "parse",
]
