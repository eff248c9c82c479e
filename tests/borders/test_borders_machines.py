"""Replicas on machines of their own, as `--print config --replica` names them: addresses, or network namespaces."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import List, Tuple

import pytest
from test_borders_cluster import PATIENCE, PROXY, REPLICAS, Replicas, counts_are_exact, free_port, wait_for

from fake_server.cli.cluster.layout import Layout
from fake_server.cli.cluster.proxies import PROXIES, check
from fake_server.cli.programs.program import Program

TOKEN = "a-token-of-all-replicas"
NET = f"10.213.{os.getpid() % 200}"


class Addresses:
    """Machines that are addresses of the loopback device; the proxy is reached at the usual one."""

    proxy = "127.0.0.1"
    hosts = tuple(f"127.0.0.{10 + number}" for number in range(1, REPLICAS + 1))

    def begin(self, stack: ExitStack) -> None:
        """Do nothing: Linux has these addresses."""

    def on(self, host: str) -> Tuple[str, ...]:
        """Return what starts a command on a machine."""
        del host
        return ()


class Namespaces:
    """Machines that are network namespaces on one bridge: each has a loopback device of its own, and one address."""

    proxy = f"{NET}.2"
    hosts = tuple(f"{NET}.{10 + number}" for number in range(1, REPLICAS + 1))

    def begin(self, stack: ExitStack) -> None:
        """Make bridge and namespaces, which needs the rights of root and iproute2."""
        bridge = f"octb{os.getpid()}"
        ip("link", "add", bridge, "type", "bridge")
        stack.callback(ip, "link", "del", bridge)
        ip("addr", "add", f"{NET}.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for host in (self.proxy, *self.hosts):
            name, cable = self._name(host), f"octv{os.getpid()}-{host.rpartition('.')[2]}"
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
            # Before its namespace, which goes in its own time: the next test may have a cable of this name.
            stack.callback(ip, "link", "del", cable)
            ip("link", "set", cable, "master", bridge, "up")
            ip("-n", name, "addr", "add", f"{host}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")

    def on(self, host: str) -> Tuple[str, ...]:
        """Return what starts a command on a machine."""
        return ("ip", "netns", "exec", self._name(host))

    @staticmethod
    def _name(host: str) -> str:
        return f"oct{os.getpid()}-{host.rpartition('.')[2]}"


def ip(*arguments: str) -> None:
    """Run iproute2, and fail with what it says."""
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)


class Machines(Replicas):
    """A proxy and replicas that are started one by one, as the page says, each started again when it ends."""

    headers = MappingProxyType({"Authorization": f"Bearer {TOKEN}"})

    def __init__(self, folder: Path, proxy: str, net: object, stack: ExitStack) -> None:
        port, theirs = free_port(), free_port()
        layout = Layout.of(folder, proxy, port, REPLICAS).elsewhere([(host, theirs) for host in net.hosts])
        super().__init__(layout, f"http://{net.proxy}:{port}")
        net.begin(stack)
        self.layout.write_config(printed("--proxy", proxy, "--port", str(port), *replicas_of(self.layout)))
        check(self.layout)
        for each in self.layout.replicas:
            options = ("--host", each.host, "--port", str(each.port), "--persist", str(each.file), "--allow-remote")
            command = (*net.on(each.host), sys.executable, "-m", "fake_server", "serve", "--quiet", *options)
            self._start(Program(each.name, command, self._ended, {"OCTAMEM_FAKE_CONTROL_TOKEN": TOKEN}), stack)
        front = PROXIES[proxy]
        command = front.command(self.layout, front.runs)
        self._start(Program(proxy, (*net.on(net.proxy), *command), self._ended), stack)
        for url in (self.url, *(each.url for each in self.layout.replicas)):
            wait_for(url)

    def _start(self, program: Program, stack: ExitStack) -> None:
        program.start()
        stack.callback(program.join, PATIENCE)
        stack.callback(program.end, PROXIES[program.name].ends if program.name in PROXIES else 15)

    def _ended(self, program: Program) -> None:
        self.note(f"{program.name} ended with {program.status}; starting it again")
        program.start()


def printed(*options: str) -> str:
    """Give what `octamem-fake cluster --print config` writes."""
    command = (sys.executable, "-m", "fake_server", "cluster", "--print", "config", *options)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def replicas_of(layout: Layout) -> List[str]:
    """Give the options that name each replica."""
    return [word for each in layout.replicas for word in ("--replica", each.address)]


@pytest.mark.parametrize("net", [Addresses, pytest.param(Namespaces, marks=pytest.mark.proof)])
@pytest.mark.parametrize("proxy", PROXY)
def test_replicas_on_other_machines_act_as_one_fake(tmp_path: Path, proxy: str, net: type) -> None:
    """Counts are exact for each key, under faults and while a machine's replica is killed and started again."""
    with ExitStack() as stack:
        counts_are_exact(Machines(tmp_path, proxy, net(), stack), 32, 20)


@pytest.mark.proof
@pytest.mark.parametrize("proxy", PROXY)
def test_a_hundred_thousand_operations_over_namespaces(tmp_path: Path, proxy: str) -> None:
    """As above with 200 keys and 100,000 operations, each replica and the proxy in a network namespace of its own."""
    with ExitStack() as stack:
        counts_are_exact(Machines(tmp_path, proxy, Namespaces(), stack), 200, 500)
