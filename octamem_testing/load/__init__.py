"""Load: many users on the SDK's own client, by Locust, whose memories are counted in the end.

The user classes load at their first use, because Locust patches the process that imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from octamem_testing.lazy import lazy_names

if TYPE_CHECKING:
    from .locusts.user import MixedUser, OctaMemUser

__all__ = ["MixedUser", "OctaMemUser"]

__getattr__, __dir__ = lazy_names(__name__, {f"{__name__}.locusts.user": ["MixedUser", "OctaMemUser"]}, extra="load")
