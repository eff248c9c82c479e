"""The fake as values: no socket, no thread of its own, no real clock."""

from .bounds import Bounds, CapacityError
from .clock import Clock
from .custom_search import Ranker, SearchFailedError
from .fake import Exchange, Fake, UnknownKeyError
from .faults.armed import UnknownFaultError
from .faults.script import Flaw, Script, ScriptError, parse
from .journal.calls import AttemptView, CallRecord
from .journal.entry import Entry
from .memory import Memory, UnknownMemoryError
from .messages import Drop, Outcome, Reply, Request
from .service.explain import Explanation, Reason
from .settings import SettingError, Settings
from .tenants.seed_fields import SeedError
from .tenants.snapshot import Snapshot

__all__ = [
    "AttemptView",
    "Bounds",
    "CallRecord",
    "CapacityError",
    "Clock",
    "Drop",
    "Entry",
    "Exchange",
    "Explanation",
    "Fake",
    "Flaw",
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
    "Snapshot",
    "UnknownFaultError",
    "UnknownKeyError",
    "UnknownMemoryError",
    "parse",
]
