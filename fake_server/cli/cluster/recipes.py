"""What others need to start a cluster: units of systemd, a file of compose, and manifests of Kubernetes."""

from __future__ import annotations

from typing import Callable, Mapping

from .layout import NAMES, Layout
from .proxies import config_of

__all__ = ["RECIPES"]

_NOT_RUN = "# Written by octamem-fake cluster; not run by its tests. Read it before you use it."


def _systemd(layout: Layout) -> str:
    return f"""\
{_NOT_RUN}
# /etc/systemd/system/octamem-fake@.service: replica %i keeps {layout.folder}/replica-%i.db
[Unit]
Description=OctaMem fake, replica %i

[Service]
WorkingDirectory={layout.folder}
ExecStart=/bin/sh -c 'exec octamem-fake serve --quiet --port $(({layout.port} + %i)) --persist replica-%i.db'
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target

# systemctl enable --now {" ".join(f"octamem-fake@{at}" for at in range(1, len(layout.replicas) + 1))}
# Then give {layout.config} to {layout.proxy}, as your distribution starts it (without "daemon off" for nginx).
"""


def _compose(layout: Layout) -> str:
    replicas = "\n".join(
        f"""\
  {each.name}:
    image: octamem-fake  # of your own: Python, and pip install "octamem[server]"
    command: octamem-fake serve --quiet --host 0.0.0.0 --port 8000 --persist /data/kept.db --allow-remote \\
      --allowed-host proxy --control-token "$TOKEN"
    volumes: ["{each.name}:/data"]
    restart: always"""
        for each in layout.replicas
    )
    volumes = "\n".join(f"  {each.name}:" for each in layout.replicas)
    target = "/etc/nginx/nginx.conf" if layout.proxy == "nginx" else "/usr/local/etc/haproxy/haproxy.cfg"
    return f"""\
{_NOT_RUN}
# In {NAMES[layout.proxy]}, let the proxy listen on 0.0.0.0.
# Write {layout.replicas[0].name}:8000 there for {layout.replicas[0].address}, and so on.
services:
{replicas}
  proxy:
    image: {layout.proxy}
    ports: ["{layout.port}:{layout.port}"]
    volumes: ["./{NAMES[layout.proxy]}:{target}:ro"]
    depends_on: [{", ".join(each.name for each in layout.replicas)}]
volumes:
{volumes}
"""


def _kubernetes(layout: Layout) -> str:
    config = "\n".join(f"    {line}".rstrip() for line in config_of(layout).splitlines())
    return f"""\
{_NOT_RUN}
# A replica of a StatefulSet keeps its name and its volume: octamem-fake-0.octamem-fake, and so on.
# In the ConfigMap, write octamem-fake-0.octamem-fake:8000 for {layout.replicas[0].address}, and so on.
apiVersion: v1
kind: Service
metadata: {{name: octamem-fake}}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {{app: octamem-fake}}
  ports: [{{port: 8000}}]
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
          image: octamem-fake  # of your own: Python, and pip install "octamem[server]"
          command: [octamem-fake, serve, --quiet, --host, 0.0.0.0, --port, "8000", --persist, /data/kept.db,
            --allow-remote, --control-token, $(TOKEN)]
          readinessProbe: {{httpGet: {{path: /_fake/health, port: 8000}}}}
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
{config}
"""


RECIPES: Mapping[str, Callable[[Layout], str]] = {
    "config": config_of,
    "systemd": _systemd,
    "compose": _compose,
    "kubernetes": _kubernetes,
}
"""What `--print` shows, by its name."""
