"""The configuration of HAProxy: a consistent hash of the key chooses the replica, and nothing is sent twice."""

from __future__ import annotations

from .layout import LOOPBACK, Layout
from .links import page_of_links
from .refusal import ESCAPED, NAME_A_KEY, PLAIN_KEY

__all__ = ["haproxy_config"]

_CONFIG = """\
# Written by octamem-fake cluster. State belongs to a key, so the key alone chooses the replica.
global
    maxconn 8192
    # The replicas have bounds of their own, and answer in the service's words.
    tune.bufsize 131072

defaults
    mode http
    # A write that is sent again may be stored twice.
    retries 0
    option http-no-delay
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout http-request 1h
    timeout http-keep-alive 75s

frontend octamem
    bind {host}:{port}
    # 200 while every replica answers its health check, and else 503.
    monitor-uri /_cluster/health
    monitor fail if {{ nbsrv(health) lt {count} }}
    acl control path,url_dec -m beg /_fake
    acl of_no_key path,url_dec -m str /_fake/health /_fake/openapi.json
    # The page works at a replica: a journal is one of its own. A browser is told where they are.
    acl of_page path,url_dec -m str /_fake /_fake/
    acl browser req.hdr(accept) -m sub -i text/html
    http-request return status 200 content-type {html} hdr Cache-Control no-store string '{pages}' if of_page browser
    acl named url_param(key) -m len ge 1
    acl escaped url_param(key) -m reg -i {escaped}
    http-request return status 400 content-type application/json string '{unnamed}' if control !of_no_key !named
    http-request return status 400 content-type application/json string '{refused}' if control escaped
    # The control API names the key in its query; a call of the service has it in its header. The query may write other
    # characters than these in two ways. So of each key only what stands before the first of them is hashed.
    http-request set-var(txn.key) 'url_param(key),regsub("[^A-Za-z0-9._~-].*","")' if control
    http-request set-var(txn.key) 'req.fhdr(authorization),regsub("^bearer +","",i)' if !control
    http-request set-var(txn.key) 'var(txn.key),regsub("[^A-Za-z0-9._~-].*","")' if !control
    http-request set-var(txn.any) bool(true) if of_no_key !named
    # Which replica has the key of the Authorization header: its answer names it.
    http-request set-uri /_fake/health if {{ path /_cluster/replica }}
    use_backend any if {{ var(txn.any) -m bool }}
    default_backend replicas

backend replicas
    balance hash var(txn.key)
    hash-type consistent sdbm avalanche
    http-reuse safe
    http-response set-header X-OctaMem-Replica %s
    # 256 points of each in the ring instead of 16: keys spread more evenly.
    default-server weight 16
    # Without checks, so that a replica that is down keeps its keys: on another one they would have no memories.
{servers}

# Of no key: any replica may answer, and one that is down is passed over.
backend any
    balance roundrobin
    retries 3
    retry-on conn-failure empty-response
    option redispatch 1
    http-response set-header X-OctaMem-Replica %s
{servers}

backend health
    option httpchk
    http-check send meth GET uri /_fake/health ver HTTP/1.1 hdr Host {loopback}
    http-check expect status 200
{checked}
"""


def haproxy_config(layout: Layout) -> str:
    """Return the configuration of HAProxy for a layout."""
    servers = [f"    server {each.name} {each.address}" for each in layout.replicas]
    return _CONFIG.format(
        host=layout.host,
        loopback=LOOPBACK,
        port=layout.port,
        count=len(layout.replicas),
        escaped=ESCAPED,
        unnamed=NAME_A_KEY,
        html='"text/html; charset=utf-8"',
        pages=page_of_links(layout),
        refused=PLAIN_KEY,
        servers="\n".join(servers),
        checked="\n".join(f"{server} check inter 2s" for server in servers),
    )
