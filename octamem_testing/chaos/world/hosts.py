"""Other hosts: what is said of a scenario that calls one that it may not call."""

from __future__ import annotations

from typing import Counter as CounterOf
from typing import Tuple

from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.report.timeline import counted

__all__ = ["require_allowed"]


def require_allowed(refused: CounterOf[Tuple[str, str]], schedule: str) -> None:
    """Raise ScenarioError if calls of a round were refused, whatever the program made of their errors."""
    if not refused:
        return
    found = sorted(refused.items())
    calls = ", ".join(f"{method or 'a connection to'} {host} ({_times(often)})" for (method, host), often in found)
    hosts = list(dict.fromkeys(host for (_, host), _ in found))
    under = f"under the schedule {schedule!r:.200}" if schedule else "without a fault"
    raise ScenarioError(
        f"the scenario calls {counted(len(hosts), 'host')} other than OctaMem: {calls} {under}. "
        "Nothing was sent, because each round would send it again; mock these calls (respx, responses, pytest-httpx), "
        f"let the scenario call a fake on this machine, or pass allow_hosts={hosts!r} "
        f"(from a shell: {' '.join(f'--allow-host {host}' for host in hosts)})"
    )


def _times(often: int) -> str:
    return "once" if often == 1 else f"{often} times"
