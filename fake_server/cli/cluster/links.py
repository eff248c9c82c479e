"""What a browser gets at the proxy: a journal belongs to a replica, so here are links to the pages of all of them."""

from __future__ import annotations

from .layout import Layout

__all__ = ["page_of_links"]

_MOST = 1200
"""Characters of links: a configuration takes no word of any length, as 4096 bytes at nginx."""
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>OctaMem fake, a cluster</title>'
    "<style>:root{{color-scheme:light dark}}body{{font:14px/22px system-ui,sans-serif;margin:32px;max-width:600px}}"
    "li,code{{overflow-wrap:anywhere}}</style></head><body><main><h1>A cluster of {count}</h1>"
    "<p>Each has a page of its own, with the calls and the memories of its keys:</p><ul>{links}</ul>"
    "<p>Which one has a key? The header <code>X-OctaMem-Replica</code> of each answer says so. To ask for it, send "
    "<code>GET /_cluster/replica</code> to this address with <code>Authorization: Bearer KEY</code>.</p>"
    "</main></body></html>"
)


def page_of_links(layout: Layout) -> str:
    """Return the page of a cluster in one line without an apostrophe: both configurations quote it with two."""
    links = ""
    for number, each in enumerate(layout.replicas):
        link = f'<li><a href="{each.url}/_fake/">{each.name}: {each.url}/_fake/</a></li>'
        if len(links) + len(link) > _MOST:
            links += f"<li>and {len(layout.replicas) - number} more</li>"
            break
        links += link
    count = "one replica" if len(layout.replicas) == 1 else f"{len(layout.replicas)} replicas"
    return _PAGE.format(count=count, links=links)
