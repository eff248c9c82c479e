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
    """A proxy of the system; `ends` is the signal after which it lets requests in flight complete."""

    program: str
    package: str
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
        nginx_config,
        ("-p", "{folder}", "-c", "{config}"),
        ("-t", "-q", "-p", "{folder}", "-c", "{config}"),
        signal.SIGQUIT if hasattr(signal, "SIGQUIT") else signal.SIGTERM,
    ),
    "haproxy": Proxy(
        "haproxy",
        "haproxy",
        haproxy_config,
        ("-db", "-f", "{config}"),
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
    done = subprocess.run(  # noqa: S603 - the program of the system, with paths of our own
        proxy.command(layout, proxy.checks), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LayoutError(f"{proxy.program} refuses {layout.config}: {(done.stderr or done.stdout).strip()}")
