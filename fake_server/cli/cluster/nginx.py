"""The configuration of nginx: a consistent hash of the key chooses the replica, and nothing is sent twice."""

from __future__ import annotations

from .layout import LOOPBACK, Layout
from .links import page_of_links
from .refusal import ESCAPED, NAME_A_KEY, PLAIN_KEY

__all__ = ["nginx_config"]

_CONFIG = r"""# Written by octamem-fake cluster. State belongs to a key, so the key alone chooses the replica.
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid nginx.pid;
error_log stderr {level};

events {{
    worker_connections 8192;
}}

http {{
    access_log off;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    # The replicas have bounds of their own, and answer in the service's words.
    client_max_body_size 0;
    large_client_header_buffers 8 64k;

    # The control API names the key in its query; a call of the service has it in its header. The query may write other
    # characters than these in two ways. So of each key only what stands before the first of them is hashed, and - if
    # that is nothing: nginx gives an empty key to each replica in turn.
    map $http_authorization $octamem_bearer {{
        default "";
        "~*^Bearer +(?<octamem_token>[A-Za-z0-9._~-]+)" $octamem_token;
        "~*^Bearer +[^ ]" -;
    }}
    map $arg_key $octamem_named {{
        default "";
        "~^(?<octamem_name>[A-Za-z0-9._~-]+)" $octamem_name;
        "~." -;
    }}
    map $uri $octamem_key {{
        default $octamem_bearer;
        "~^/_fake" $octamem_named;
    }}
    # Who asks for the page: a browser says that it takes HTML.
    map $http_accept $octamem_browser {{
        default 0;
        "~*text/html" 1;
    }}
    # These characters as %XX would be another hash.
    map $uri?$arg_key $octamem_escaped {{
        default 0;
        "~*^/_fake[^?]*\?.*{escaped}" 1;
    }}

    # The address if nginx has looked it up by a name.
    map $upstream_addr $octamem_replica {{
        default $upstream_addr;
{names}
    }}

    upstream octamem {{
        hash $octamem_key consistent;
        # A replica that is down keeps its keys: on another one they would have no memories.
{servers}
        keepalive 128;
        # Shorter than the idle timeout of a replica, which must not close a connection that is about to be used.
        keepalive_timeout 2s;
    }}

    upstream any {{
{servers}
        keepalive 16;
        keepalive_timeout 2s;
    }}

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    # A write that is sent again may be stored twice; a stream must not wait for a full buffer.
    proxy_next_upstream off;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_connect_timeout 5s;
    proxy_read_timeout 1h;
    proxy_send_timeout 1h;
    add_header X-OctaMem-Replica $octamem_replica always;

    server {{
        listen {host}:{port};
        default_type application/json;
        if ($octamem_escaped) {{
            return 400 '{refused}';
        }}

        location / {{
            proxy_pass http://octamem;
        }}

        # Of no key: any replica may answer, and one that is down is passed over.
        location = /_fake/health {{
            if ($arg_key != "") {{
                rewrite ^ /_fake/health_of_key last;
            }}
            proxy_next_upstream error timeout;
            proxy_pass http://any;
        }}
        location = /_fake/openapi.json {{
            proxy_next_upstream error timeout;
            proxy_pass http://any;
        }}
        location = /_fake/health_of_key {{
            internal;
            proxy_pass http://octamem/_fake/health;
        }}
        # Which replica has the key of the Authorization header: its answer names it.
        location = /_cluster/replica {{
            proxy_pass http://octamem/_fake/health;
        }}

        # The page works at a replica: a journal is one of its own. A browser is told where they are.
        location ~ ^/_fake/?$ {{
            if ($octamem_browser) {{
                rewrite ^ /_fake/pages_of_replicas last;
            }}
            if ($arg_key = "") {{
                return 400 '{unnamed}';
            }}
            proxy_pass http://octamem;
        }}
        location = /_fake/pages_of_replicas {{
            internal;
            default_type "text/html; charset=utf-8";
            add_header Cache-Control no-store;
            return 200 '{pages}';
        }}

        location /_fake {{
            if ($arg_key = "") {{
                return 400 '{unnamed}';
            }}
            proxy_pass http://octamem;
        }}
    }}
}}
"""


def nginx_config(layout: Layout) -> str:
    """Return the configuration of nginx for a layout."""
    return _CONFIG.format(
        servers="\n".join(f"        server {each.address} max_fails=0;" for each in layout.replicas),
        names="\n".join(f"        {each.address} {each.name};" for each in layout.replicas),
        host=layout.host,
        port=layout.port,
        escaped=ESCAPED,
        unnamed=NAME_A_KEY,
        pages=page_of_links(layout),
        # Of a replica on this machine, the supervisor says that it ended. A line of nginx for each request to it would
        # bury that.
        level="crit" if layout.host == LOOPBACK else "warn",
        refused=PLAIN_KEY,
    )
