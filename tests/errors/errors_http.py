"""Requests that a served fake refuses: those of the service, those of the control API, and those of web pages."""

from __future__ import annotations

from errors_catalogue import Group, Http
from errors_helpers import KEY

_ADD, _SEARCH, _DETAILS = "POST /api/memory/add", "POST /api/memory/search", "POST /api/memory/details"
_SETTINGS, _MEMORIES = "PUT /_fake/settings", f"POST /_fake/memories?key={KEY}"

_RESET, _SNAPSHOTS = f"POST /_fake/reset?key={KEY}", "POST /_fake/snapshots"
_SNAPSHOT, _BEGIN = "POST /_fake/snapshot", '{"snapshot": 1, "settings": {}}'
_TEA = ((_MEMORIES, {"memories": [{"id": "a", "content": "Tea"}]}),)


def _set(**values: object) -> tuple:
    return ((_SETTINGS, values),)


GROUPS = (
    Group(
        "fake_server",
        "Answers of the service",
        (
            Http("http.none", "none", raw=b"\x00\x01\r\n\r\n"),
            Http(
                "http.transfer-coding",
                "POST /api/memory/add, with Transfer-Encoding: gzip, chunked",
                raw=b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            ),
            Http(
                "http.headers.bytes",
                "many bytes",
                raw=b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
            ),
            Http(
                "http.headers.number",
                "many headers",
                raw=b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"x: y\r\n" * 300 + b"\r\n",
            ),
            Http("http.path", "POST /api/memory/serch", "{}"),
            Http("http.method", "GET /api/memory/search"),
            Http("http.key.missing", _DETAILS, "{}", {"Authorization": ""}),
            Http("http.key.unlisted", _DETAILS, "{}", before=_set(keys=["sk-another-key-000000001"])),
            Http("http.key.revoked", _DETAILS, "{}", before=_set(keys=[{"key": KEY, "state": "revoked"}])),
            Http("http.key.deleted", _DETAILS, "{}", before=_set(keys=[{"key": KEY, "state": "deleted"}])),
            Http("http.key.rights", _ADD, '{"content": "Tea"}', before=_set(keys=[{"key": KEY, "rights": ["search"]}])),
            Http("http.rate", _SEARCH, '{"query": "tea"}', before=(*_set(rate="1/60"), (_SEARCH, {"query": "tea"}))),
            Http("http.limit", _ADD, '{"content": "Tea"}', before=_set(limit=0)),
            Http(
                "http.limit.402", _ADD, '{"content": "Tea"}', before=_set(limit=0, over_limit_status=402, unit="bytes")
            ),
            Http("http.body.large", _ADD, '{"content": "Tea at four"}', before=_set(max_body=8)),
            Http("http.content.large", _ADD, '{"content": "Tea at four"}', before=_set(max_content=8)),
            Http("http.type", _ADD, "content=Tea", {"Content-Type": "application/x-www-form-urlencoded"}),
            Http("http.type.empty", _ADD, "content=Tea", {"Content-Type": ";"}),
            Http("http.coding", _ADD, '{"content": "Tea"}', {"Content-Encoding": "gzip"}),
            Http("http.json.none", _ADD, ""),
            Http("http.json.syntax", _ADD, '{"content": Tea}'),
            Http("http.json.constant", _ADD, '{"content": NaN}'),
            Http("http.json.digits", _ADD, '{"content": ' + "1" * 5000 + "}"),
            Http("http.json.infinite", _ADD, '{"content": 1e999}'),
            Http("http.json.utf8", _ADD, b'{"content": "\xff"}'),
            Http("http.json.deep", _ADD, "[" * 65 + "]" * 65),
            Http("http.json.surrogate", _ADD, '{"content": "\\ud800"}'),
            Http("http.json.list", _ADD, '["Tea"]'),
            Http("http.json.null", _ADD, "null"),
            Http("http.content.missing", _ADD, "{}"),
            Http("http.content.type", _ADD, '{"content": 17}'),
            Http("http.content.empty", _ADD, '{"content": ""}'),
            Http("http.content.blank", _ADD, '{"content": " "}'),
            Http("http.query.missing", _SEARCH, "{}"),
            Http("http.context.type", _SEARCH, '{"query": "tea", "previousContext": true}'),
            *(
                Http(
                    f"http.fault.{status}",
                    _SEARCH,
                    '{"query": "tea"}',
                    before=(("POST /_fake/faults", {"script": f"search: {status}"}),),
                )
                for status in (400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504)
            ),
        ),
    ),
    Group(
        "fake_server",
        "Answers of the control API",
        (
            Http("control.path", "GET /_fake/journal"),
            Http("control.method", "POST /_fake/requests"),
            Http("control.page.method", "POST /_fake/index.html"),
            Http("control.json", "POST /_fake/faults", "{"),
            Http("control.list", "POST /_fake/faults", "[]"),
            Http("control.large", "POST /_fake/faults", b" " * ((64 << 20) + 1)),
            Http("control.key.empty", "GET /_fake/requests?key="),
            Http(
                "control.key.unlisted", f"GET /_fake/memories?key={KEY}", before=_set(keys=["sk-another-key-000000001"])
            ),
            Http("control.key-id.unknown", "GET /_fake/memories?key_id=k9"),
            Http("control.key-id.both", f"GET /_fake/memories?key_id=k1&key={KEY}"),
            Http("control.key.malformed", "GET /_fake/memories?key=a%20b"),
            Http("control.query.utf8", "GET /_fake/requests?key=%FF"),
            Http("control.query.twice", "GET /_fake/requests?key=a&key=b"),
            Http("control.events.topics", "GET /_fake/events?topics=cats"),
            Http("control.events.id", "GET /_fake/events", headers={"Last-Event-ID": "yesterday"}),
            Http("control.query.unknown", f"POST /_fake/reset?kye={KEY}"),
            Http("control.requests.limit", "GET /_fake/requests?limit=100000"),
            Http("control.memories.page", "GET /_fake/memories?limit=2"),
            Http("control.memories.before", f"GET /_fake/memories?key={KEY}&before=gone"),
            Http("control.stats.window", "GET /_fake/stats?window=0"),
            Http("control.stats.step", "GET /_fake/stats?window=3600&step=1"),
            Http("control.calls.copy", "GET /_fake/calls/00000000-1/copy?as=java"),
            Http("control.calls.copy.missing", "GET /_fake/calls/00000000-1/copy"),
            Http("control.explain.offset", f"GET /_fake/explain?key={KEY}&query=tea&offset=20000"),
            Http("control.calls.field", "GET /_fake/calls?colour=red"),
            Http("control.calls.choice", "GET /_fake/calls?outcome=lost"),
            Http("control.calls.flag", "GET /_fake/calls?flag=lost"),
            Http("control.calls.status", "GET /_fake/calls?status=5xx"),
            Http("control.calls.since", "GET /_fake/calls?since=yesterday"),
            Http("control.calls.limit", "GET /_fake/calls?limit=100000"),
            Http("control.calls.before", "GET /_fake/calls?before=00000000-1"),
            Http("control.calls.id", "GET /_fake/calls/00000000-1"),
            Http("control.faults.missing", "POST /_fake/faults", "{}"),
            Http("control.faults.field", "POST /_fake/faults", '{"script": "add: 503", "key": "a"}'),
            Http("control.faults.script", "POST /_fake/faults", '{"script": "add: 5O3"}'),
            Http("control.faults.kind", "POST /_fake/faults", '{"script": 503}'),
            Http("control.faults.seed", "POST /_fake/faults", '{"script": "add: 503", "seed": "7"}'),
            Http("control.faults.id", "DELETE /_fake/faults/f_9"),
            Http("control.settings.tag", _SETTINGS, '{"limit": 50}', {"If-Match": "1a2b"}),
            Http("control.settings.changed", _SETTINGS, '{"limit": 50}', {"If-Match": '"1a2b"'}),
            Http("control.settings.name", _SETTINGS, '{"topk": 3}'),
            Http("control.settings.value", _SETTINGS, '{"top_k": 0}'),
            Http("control.settings.of-key", f"{_SETTINGS}?key={KEY}", '{"keys": []}'),
            Http("control.memories.key", "POST /_fake/memories", '{"memories": ["Tea"]}'),
            Http("control.memories.missing", _MEMORIES, "{}"),
            Http("control.memories.kind", _MEMORIES, '{"memories": "Tea"}'),
            Http("control.memories.replace", _MEMORIES, '{"memories": ["Tea"], "replace": "yes"}'),
            Http("control.memories.seed", _MEMORIES, '{"memories": [{"text": "Tea"}]}'),
            Http("control.forget.key", "DELETE /_fake/memories"),
            Http("control.forget.field", f"DELETE /_fake/memories?key={KEY}&id=mem_1"),
            Http("control.forget.unknown", f"DELETE /_fake/memories?key={KEY}&memory=mem_1"),
            Http("control.explain.key", "GET /_fake/explain?query=tea"),
            Http("control.explain.query", f"GET /_fake/explain?key={KEY}"),
            Http("control.explain.memory", f"GET /_fake/explain?key={KEY}&query=tea&memory=mem_1"),
            Http("control.explain.blank", f"GET /_fake/explain?key={KEY}&query=%20"),
            Http("control.edit.id", f"PUT /_fake/memories/a?key={KEY}", '{"id": "b"}', before=_TEA),
            Http("control.edit.field", f"PUT /_fake/memories/a?key={KEY}", '{"text": "Tea"}', before=_TEA),
            Http(
                "control.lines.wrong", f"POST /_fake/memories.jsonl?key={KEY}", '"Tea"\n{"content": ""}\n{"text": "x"}'
            ),
            Http("control.lines.partial", f"POST /_fake/memories.jsonl?key={KEY}&partial=yes", '"Tea"'),
            Http("control.snapshot.version", _SNAPSHOT, '{"snapshot": 2}'),
            Http("control.snapshot.none", _SNAPSHOT, ""),
            Http("control.snapshot.of-key", _SNAPSHOT, '{"snapshot": 1, "settings": null}'),
            Http("control.snapshot.of-all", f"{_SNAPSHOT}?key={KEY}", '{"snapshot": 1, "settings": {}}'),
            Http("control.snapshot.large", _SNAPSHOT, b" " * ((16 << 20) + 1)),
            Http("control.snapshot.long", _SNAPSHOT, _BEGIN.encode() + b"\n" + b" " * (17 << 20) + b"\n"),
            Http("control.snapshot.key", _SNAPSHOT, '{"snapshot": 1, "settings": {}}\n{"own": {}}'),
            Http("control.snapshot.key-kind", _SNAPSHOT, '{"snapshot": 1, "settings": {}}\n{"key": true}'),
            Http("control.snapshot.key-id", _SNAPSHOT, '{"snapshot": 1, "settings": {}}\n{"key_id": "k9"}'),
            Http("control.snapshot.twice", _SNAPSHOT, f'{_BEGIN}\n{{"key": "{KEY}"}}\n{{"key": "{KEY}"}}'),
            Http("control.snapshot.own", _SNAPSHOT, f'{_BEGIN}\n{{"key": "{KEY}", "own": []}}'),
            Http("control.snapshot.count", _SNAPSHOT, f'{_BEGIN}\n{{"key": "{KEY}", "made": -1}}'),
            Http("control.snapshot.order", _SNAPSHOT, f'{_BEGIN}\n{{"memory": {{"id": "a", "content": "Tea"}}}}'),
            Http("control.snapshot.field", _SNAPSHOT, f'{_BEGIN}\n{{"key": "{KEY}"}}\n{{"memory": {{"text": "Tea"}}}}'),
            Http(
                "control.snapshot.no-id", _SNAPSHOT, f'{_BEGIN}\n{{"key": "{KEY}"}}\n{{"memory": {{"content": "Tea"}}}}'
            ),
            Http(
                "control.snapshot.id-twice",
                _SNAPSHOT,
                f'{_BEGIN}\n{{"key": "{KEY}"}}' + '\n{"memory": {"id": "a", "content": "Tea"}}' * 2,
            ),
            Http("control.snapshot.keys", "GET /_fake/snapshot?keys=yes"),
            Http("control.undo.id", "POST /_fake/undo/u_0", "{}"),
            Http("control.undo.force", "POST /_fake/undo/u_0?force=yes", "{}"),
            Http(
                "control.undo.since",
                "POST /_fake/undo/u_1",
                "{}",
                before=((_RESET, {}), (_ADD, {"content": "Tea"})),
            ),
            Http("control.snapshot.id", "POST /_fake/snapshots/s_0/restore", "{}"),
            Http("control.snapshot.name", _SNAPSHOTS, '{"name": "x"}', before=((_SNAPSHOTS, {"name": "x"}),)),
            Http("control.snapshot.dots", _SNAPSHOTS, '{"name": ".."}'),
            Http("control.snapshot.long-name", _SNAPSHOTS, f'{{"name": "{"x" * 201}"}}'),
            Http("control.snapshot.room", _SNAPSHOTS, "{}", before=((_SNAPSHOTS, {}),) * 20),
            Http("control.clock.missing", "POST /_fake/clock/advance", "{}"),
            Http("control.clock.kind", "POST /_fake/clock/advance", '{"seconds": "60"}'),
            Http("control.clock.back", "POST /_fake/clock/advance", '{"seconds": -60}'),
            Http("control.clock.far", "POST /_fake/clock/advance", '{"seconds": 1e11}'),
        ),
    ),
    Group(
        "fake_server",
        "Requests of web pages, which a served fake refuses",
        (
            Http("guard.host", "GET /_fake/health", headers={"Host": "evil.test"}),
            Http("guard.host.missing", "GET /_fake/health", raw=b"GET /_fake/health HTTP/1.0\r\n\r\n"),
            Http("guard.host.malformed", "GET /_fake/health", headers={"Host": "a b"}),
            Http("guard.host.password", "GET /_fake/health", headers={"Host": "me:secret@localhost"}),
            Http("guard.origin", _DETAILS, "{}", {"Origin": "https://evil.test"}),
            Http("guard.origin.malformed", _DETAILS, "{}", {"Origin": "evil.test"}),
            Http("guard.site", _DETAILS, "{}", {"Sec-Fetch-Site": "cross-site"}),
        ),
    ),
)
