"""What others need to start a cluster: units of systemd, a file of compose, and manifests of Kubernetes."""

from __future__ import annotations

import json
from typing import Callable, Mapping, Sequence

from .layout import NAMES, Layout
from .proxies import config_of

__all__ = ["RECIPES"]

_NOT_RUN = "# Written by octamem-fake cluster; not run by its tests. Read it before you use it."
_PORT = 8000
_SERVE = (
    f'octamem-fake, serve, --quiet, --host, 0.0.0.0, --port, "{_PORT}", --persist, /data/kept.db,\n'
    "              --allow-remote, {options}"
)
_TARGETS = {"nginx": "/etc/nginx/nginx.conf", "haproxy": "/usr/local/etc/haproxy/haproxy.cfg"}
# In place of what the images run: that of nginx says "daemon off" too, which nginx then refuses as said twice.
_COMMANDS = {"nginx": "nginx", "haproxy": f"haproxy, -db, -f, {_TARGETS['haproxy']}"}


def _systemd(layout: Layout, options: Sequence[str]) -> str:
    folder = str(layout.folder).replace("%", "%%")
    words = "".join(f" {_unit_word(each)}" for each in options)
    last = f' "$$@"\' octamem-fake{words}' if words else "'"
    return f"""\
{_NOT_RUN}
# /etc/systemd/system/octamem-fake@.service: replica %i keeps {layout.folder}/replica-%i.db
# If octamem-fake is not on the path of systemd, as in a virtual environment, write its whole path.
# Make the folder first. A line OCTAMEM_FAKE_CONTROL_TOKEN=a-secret in {layout.folder}/token.env is the token, if any.
[Unit]
Description=OctaMem fake, replica %i

[Service]
WorkingDirectory={folder}
EnvironmentFile=-{folder}/token.env
ExecStart=/bin/sh -c 'exec octamem-fake serve --quiet --port $$(({layout.port} + %i)) --persist replica-%i.db{last}
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target

# systemctl enable --now {" ".join(f"octamem-fake@{at}" for at in range(1, len(layout.replicas) + 1))}
# Then give {layout.config} to {layout.proxy}, as your distribution starts it (without "daemon off" for nginx).
# --print config writes it to standard output.
"""


def _compose(layout: Layout, options: Sequence[str]) -> str:
    words = "".join(f"{json.dumps(each)}, ".replace("$", "$$") for each in options)
    serve = _SERVE.format(options=words)
    replicas = "\n".join(
        f"""\
  {each.name}:
    image: octamem-fake  # of your own: Python, and pip install ".[server]" of a checkout
    command: [{serve}--allowed-host, proxy, --control-token, "$TOKEN"]
    volumes: ["{each.name}:/data"]
    restart: always"""
        for each in layout.replicas
    )
    volumes = "\n".join(f"  {each.name}:" for each in layout.replicas)
    config = config_of(layout.elsewhere([(each.name, _PORT) for each in layout.replicas])).replace("$", "$$")
    return f"""\
{_NOT_RUN}
# TOKEN=a-secret docker compose up: of a release that knows configs with content (2.23.1).
services:
{replicas}
  proxy:
    image: {layout.proxy}
    command: [{_COMMANDS[layout.proxy]}]
    ports: ["{layout.port}:{layout.port}"]
    configs: [{{source: proxy, target: {_TARGETS[layout.proxy]}}}]
    depends_on: [{", ".join(each.name for each in layout.replicas)}]
configs:
  proxy:
    content: |
{_indented(config, 6)}
volumes:
{volumes}
"""


def _kubernetes(layout: Layout, options: Sequence[str]) -> str:
    words = "".join(f"{json.dumps(each)}, ".replace("$(", "$$(") for each in options)
    serve = _SERVE.format(options=words)
    hosts = [f"octamem-fake-{number}.octamem-fake" for number in range(len(layout.replicas))]
    config = config_of(layout.elsewhere([(host, _PORT) for host in hosts]))
    return f"""\
{_NOT_RUN}
# kubectl create secret generic octamem-fake --from-literal=token=a-secret
# A replica of a StatefulSet keeps its name and its volume: octamem-fake-0.octamem-fake, and so on.
# The proxy looks their names up at its start: restart it if one has got another address.
# The base URL of clients is http://octamem-fake-proxy:{layout.port}
apiVersion: v1
kind: Service
metadata: {{name: octamem-fake}}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {{app: octamem-fake}}
  ports: [{{port: {_PORT}}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: octamem-fake}}
spec:
  serviceName: octamem-fake
  replicas: {len(layout.replicas)}
  podManagementPolicy: Parallel
  selector: {{matchLabels: {{app: octamem-fake}}}}
  template:
    metadata: {{labels: {{app: octamem-fake}}}}
    spec:
      containers:
        - name: fake
          image: octamem-fake  # of your own: Python, and pip install ".[server]" of a checkout
          command: [{serve}--allowed-host, octamem-fake-proxy, --control-token, $(TOKEN)]
          env: [{{name: TOKEN, valueFrom: {{secretKeyRef: {{name: octamem-fake, key: token}}}}}}]
          readinessProbe: {{httpGet: {{path: /_fake/health, port: {_PORT}}}}}
          volumeMounts: [{{name: data, mountPath: /data}}]
  volumeClaimTemplates:
    - metadata: {{name: data}}
      spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: octamem-fake-proxy}}
data:
  {NAMES[layout.proxy]}: |
{_indented(config, 4)}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: octamem-fake-proxy}}
spec:
  selector: {{matchLabels: {{app: octamem-fake-proxy}}}}
  template:
    metadata: {{labels: {{app: octamem-fake-proxy}}}}
    spec:
      containers:
        - name: proxy
          image: {layout.proxy}
          command: [{_COMMANDS[layout.proxy]}]
          volumeMounts:
            - {{name: config, mountPath: {_TARGETS[layout.proxy]}, subPath: {NAMES[layout.proxy]}}}
      volumes: [{{name: config, configMap: {{name: octamem-fake-proxy}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: octamem-fake-proxy}}
spec:
  selector: {{app: octamem-fake-proxy}}
  ports: [{{port: {layout.port}}}]
"""


def _config(layout: Layout, options: Sequence[str]) -> str:
    del options  # of the replicas alone
    return config_of(layout)


def _unit_word(text: str) -> str:
    """Return a word of a command as systemd reads it."""
    for each, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        text = text.replace(each, escaped)
    return f'"{text}"'


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line if line else "" for line in text.splitlines())


RECIPES: Mapping[str, Callable[[Layout, Sequence[str]], str]] = {
    "config": _config,
    "systemd": _systemd,
    "compose": _compose,
    "kubernetes": _kubernetes,
}
"""What `--print` shows, by its name, of a layout and options of `serve` for each replica."""
