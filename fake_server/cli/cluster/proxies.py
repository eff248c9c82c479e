"""The proxies that a cluster can stand behind: how each is configured, checked, started and ended."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from shutil import which
from typing import Callable, Mapping, Tuple

from .haproxy import haproxy_config
from .layout import Layout, LayoutError
from .nginx import nginx_config

__all__ = ["PROXIES", "Proxy", "check", "config_of"]


@dataclass(frozen=True)
class Proxy:
    """A proxy of the system; `ends` is the signal after which it lets requests in flight complete.

    `since` is the first release that knows all that is configured.
    """

    program: str
    package: str
    since: str
    config: Callable[[Layout], str]
    runs: Tuple[str, ...]
    checks: Tuple[str, ...]
    ends: signal.Signals

    def command(self, layout: Layout, arguments: Tuple[str, ...]) -> Tuple[str, ...]:
        """Return the command line for a layout; raises LayoutError if the program is not installed."""
        program = which(self.program) or which(self.program, path="/usr/sbin:/usr/local/sbin:/sbin")
        if program is None:
            raise LayoutError(f"{self.program} is not installed: install the package {self.package} of your system")
        names = {"folder": str(layout.folder), "config": str(layout.config)}
        return (program, *(each.format(**names) for each in arguments))


PROXIES: Mapping[str, Proxy] = {
    "nginx": Proxy(
        "nginx",
        "nginx",
        "1.15.3",
        nginx_config,
        ("-p", "{folder}", "-c", "{config}"),
        ("-t", "-q", "-p", "{folder}", "-c", "{config}"),
        signal.SIGQUIT if hasattr(signal, "SIGQUIT") else signal.SIGTERM,
    ),
    "haproxy": Proxy(
        "haproxy",
        "haproxy",
        "2.6",
        haproxy_config,
        ("-db", "-q", "-f", "{config}"),
        ("-c", "-q", "-f", "{config}"),
        signal.SIGUSR1 if hasattr(signal, "SIGUSR1") else signal.SIGTERM,
    ),
}


def config_of(layout: Layout) -> str:
    """Return the configuration of a layout's proxy."""
    return PROXIES[layout.proxy].config(layout)


def check(layout: Layout) -> None:
    """Let the proxy check its configuration as it is written; raises LayoutError with what it says."""
    proxy = PROXIES[layout.proxy]
    done = _run(*proxy.command(layout, proxy.checks))
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        asked = _run(*proxy.command(layout, ("-v",)))
        release = (asked.stdout or asked.stderr).strip().partition("\n")[0]
        raise LayoutError(
            f"{proxy.program} refuses {layout.config}: {said}; "
            f"expected {proxy.program} {proxy.since} or newer, got {release}"
        )


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run the program of the system, with paths of our own."""
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
