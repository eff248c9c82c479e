"""The locustfile of `octamem-fake load`: users who mix adds, searches and details."""

from __future__ import annotations

from octamem_testing.load.locusts.user import MixedUser


class Mixed(MixedUser):
    """The user of a load that names no locustfile."""
