"""The fake as values: no socket, no thread of its own, no real clock."""

from .clock import Clock
from .explain import Explanation, Reason
from .fake import Fake, UnknownKeyError, Visit
from .journal import Entry
from .ledger import AttemptView, CallRecord
from .memories import Memory, UnknownMemoryError
from .messages import Drop, Outcome, Reply, Request
from .own_search import Ranker, SearchFailedError
from .script import Script, ScriptError, parse
from .seeds import SeedError
from .settings import SettingError, Settings

__all__ = [
    "AttemptView",
    "CallRecord",
    "Clock",
    "Drop",
    "Entry",
    "Explanation",
    "Fake",
    "Memory",
    "Outcome",
    "Ranker",
    "Reason",
    "Reply",
    "Request",
    "Script",
    "ScriptError",
    "SearchFailedError",
    "SeedError",
    "SettingError",
    "Settings",
    "UnknownKeyError",
    "UnknownMemoryError",
    "Visit",
    "parse",
]
