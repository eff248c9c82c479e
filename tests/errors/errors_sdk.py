"""What a user of the SDK does wrong, and what the service and the network do to them."""

from __future__ import annotations

from errors_catalogue import Code, Group

PRIVATE = "the door code is 4711"

GROUPS = (
    Group(
        "octamem",
        "Options of a client",
        (
            Code("sdk.key.type", "OctaMem(api_key=17)"),
            Code("sdk.key.bearer", "OctaMem('Bearer ' + KEY)"),
            Code("sdk.key.space", "OctaMem(KEY[:9] + ' ' + KEY[9:])"),
            Code("sdk.key.env", "OctaMem()", env={"OCTAMEM_API_KEY": "sk-om-live-0001 é"}),
            Code("sdk.key.missing", "OctaMem().details()"),
            Code("sdk.pickled", "import pickle; pickle.dumps(OctaMem(KEY))"),
            Code("sdk.url.type", "OctaMem(KEY, base_url=8642)"),
            Code("sdk.url.scheme", "OctaMem(KEY, base_url='platform.octamem.com')"),
            Code("sdk.url.half-a-scheme", "OctaMem(KEY, base_url='https:platform.octamem.com')"),
            Code("sdk.url.host-and-path", "OctaMem(KEY, base_url='localhost:8642/api')"),
            Code("sdk.url.empty", "OctaMem(KEY, base_url=' ')"),
            Code("sdk.url.key", "OctaMem('https://platform.octamem.com', base_url=KEY)"),
            Code("sdk.url.query", "OctaMem(KEY, base_url='https://platform.octamem.com/?key=1')"),
            Code("sdk.url.password", "OctaMem(KEY, base_url='https://me:secret@platform.octamem.com')"),
            Code("sdk.url.port", "OctaMem(KEY, base_url='http://127.0.0.1:99999')"),
            Code("sdk.url.space", "OctaMem(KEY, base_url='http://my host/')"),
            Code("sdk.url.env", "OctaMem(KEY)", env={"OCTAMEM_BASE_URL": "ftp://platform.octamem.com"}),
            Code("sdk.timeout.zero", "OctaMem(KEY, timeout=0)"),
            Code("sdk.timeout.text", "OctaMem(KEY, timeout='30s')"),
            Code("sdk.timeout.step", "OctaMem(KEY, timeout={'total': 30})"),
            Code("sdk.timeout.step-value", "OctaMem(KEY, timeout={'read': -1})"),
            Code("sdk.max_retries.negative", "OctaMem(KEY, max_retries=-1)"),
            Code("sdk.max_retries.float", "OctaMem(KEY, max_retries=2.5)"),
            Code("sdk.max_retries.digits", "OctaMem(KEY, max_retries=-(10 ** 5000))"),
            Code("sdk.retry_delay.negative", "OctaMem(KEY, retry_delay=-1)"),
            Code("sdk.max_retry_delay.none", "OctaMem(KEY, max_retry_delay=None)"),
            Code("sdk.deadline.zero", "OctaMem(KEY, deadline=0)"),
            Code("sdk.max_response_bytes.zero", "OctaMem(KEY, max_response_bytes=0)"),
            Code("sdk.retry_unknown_writes.text", "OctaMem(KEY, retry_unknown_writes='no')"),
            Code("sdk.retry_budget.negative", "OctaMem(KEY, retry_budget=-1)"),
            Code("sdk.on_attempt.value", "OctaMem(KEY, on_attempt='print')"),
            Code("sdk.on_attempt.async", "async def seen(record): ...\nOctaMem(KEY, on_attempt=seen)"),
            Code("sdk.transport.kind", "OctaMem(KEY, transport=object())"),
            Code("sdk.transport.sync-for-async", "import httpx\nAsyncOctaMem(KEY, transport=httpx.HTTPTransport())"),
            Code("sdk.transport.library", "OctaMem(KEY, transport=transport_of_httpx2())"),
            Code("sdk.http_client.kind", "OctaMem(KEY, http_client=object())"),
            Code("sdk.http_client.async", "import httpx\nOctaMem(KEY, http_client=httpx.AsyncClient())"),
            Code("sdk.http_client.library", "OctaMem(KEY, http_client=transport_of_httpx2())"),
            Code(
                "sdk.http_client.closed",
                "import httpx\nhttp = httpx.Client(); http.close(); OctaMem(KEY, http_client=http)",
            ),
            Code(
                "sdk.http_client.beside",
                "import httpx\nOctaMem(KEY, http_client=httpx.Client(), transport=httpx.HTTPTransport())",
            ),
            Code("sdk.default_headers.kind", "OctaMem(KEY, default_headers=['X-Tenant'])"),
            Code("sdk.default_headers.name", "OctaMem(KEY, default_headers={'X Tenant': 'a'})"),
            Code("sdk.default_headers.ours", "OctaMem(KEY, default_headers={'Authorization': 'Basic YTpi'})"),
            Code("sdk.default_headers.twice", "OctaMem(KEY, default_headers={'X-Tenant': 'a', 'x-tenant': 'b'})"),
            Code("sdk.default_headers.type", "OctaMem(KEY, default_headers={'X-Tenant': 7})"),
            Code("sdk.default_headers.value", "OctaMem(KEY, default_headers={'X-Tenant': 'a\\nX-Admin: 1'})"),
            Code("sdk.clock.kind", "OctaMem(KEY, clock=object())"),
            Code("sdk.option.unknown", "OctaMem(KEY, retries=3)"),
            Code("sdk.with_options.value", "OctaMem(KEY).with_options(max_retries='many')"),
            Code("sdk.name.unknown", "import octamem; octamem.Octamem"),
            Code("sdk.copied", "import copy; copy.deepcopy(OctaMem(KEY))"),
        ),
    ),
    Group(
        "octamem",
        "Arguments of a call",
        (
            Code("sdk.add.nothing", "OctaMem(KEY).add()"),
            Code("sdk.add.blank", "OctaMem(KEY).add(content='  ')"),
            Code("sdk.add.type", "OctaMem(KEY).add(content=17)"),
            Code("sdk.add.positional", "OctaMem(KEY).add('Tea at four')"),
            Code("sdk.add.both", "OctaMem(KEY).add({'content': 'Tea'}, content='Tea')"),
            Code("sdk.add.snake", "OctaMem(KEY).add({'content': 'Tea', 'previous_context': 'home'})"),
            Code("sdk.add.unknown", "OctaMem(KEY).add({'content': 'Tea', 'label': 'home'})"),
            Code("sdk.add.private-key", f"OctaMem(KEY).add({{'content': 'Tea', {PRIVATE!r}: 'home'}})"),
            Code("sdk.add.context", "OctaMem(KEY).add(content='Tea', previous_context=17)"),
            Code("sdk.add.surrogate", f"OctaMem(KEY).add(content={PRIVATE!r} + chr(0xD800))"),
            Code("sdk.add.context-surrogate", "OctaMem(KEY).add(content='Tea', previous_context=chr(0xD800))"),
            Code("sdk.add.key-type", "import uuid\nOctaMem(KEY).add(content='Tea', idempotency_key=uuid.UUID(int=7))"),
            Code("sdk.add.key-long", "OctaMem(KEY).add(content='Tea', idempotency_key='k' * 300)"),
            Code("sdk.add.key-space", f"OctaMem(KEY).add(content='Tea', idempotency_key={PRIVATE!r} + ' ')"),
            Code("sdk.add_many.one", "OctaMem(KEY).add_many('Tea at four')"),
            Code("sdk.add_many.kind", "OctaMem(KEY).add_many(17)"),
            Code("sdk.add_many.async", "async def items(): yield 'Tea'\nOctaMem(KEY).add_many(items())"),
            Code("sdk.add_many.concurrency", "OctaMem(KEY).add_many(['Tea'], concurrency=1000)"),
            Code("sdk.add_many.on_progress", "OctaMem(KEY).add_many(['Tea'], on_progress='print')"),
            Code("sdk.add_many.item", "str(next(OctaMem(KEY).add_many([17])).error)"),
            Code(
                "sdk.add_many.key",
                "str([each.error for each in OctaMem().add_many(['Tea', 'Cake'], concurrency=1)][1])",
            ),
            Code("sdk.get.nothing", "OctaMem(KEY).get()"),
            Code("sdk.get.params", "OctaMem(KEY).get(['tea'])"),
            Code("sdk.closed", "client = OctaMem(KEY)\nclient.close()\nclient.details()"),
            Code(
                "sdk.closed.derived",
                "client = OctaMem(KEY)\nderived = client.with_options(timeout=1)\nclient.close()\nderived.details()",
            ),
            Code(
                "sdk.closed.async",
                "import asyncio\n"
                "async def main():\n"
                "    client = AsyncOctaMem(KEY)\n"
                "    await client.close()\n"
                "    await client.details()\n"
                "asyncio.run(main())",
            ),
        ),
    ),
    Group(
        "octamem",
        "Answers that refuse a call",
        (
            *(
                Code(f"sdk.status.{status}", f"answered({status}).get(query='tea')")
                for status in (400, 401, 402, 403, 404, 405, 408, 409, 415, 418, 425, 429, 500, 503, 999)
            ),
            Code("sdk.status.413", "answered(413, {'error': 'too long'}).add(content='Tea')"),
            Code("sdk.status.422", "answered(422, {'detail': [{'msg': 'Field required'}]}).add(content='Tea')"),
            Code("sdk.status.301", "answered(301, headers={'location': 'https://other.test/x'}).get(query='tea')"),
            Code("sdk.status.302-nowhere", "answered(302).get(query='tea')"),
            Code(
                "sdk.status.message",
                "answered(400, {'error': 'content: required', 'code': 'VALIDATION_ERROR'}).add(content='Tea')",
            ),
            Code(
                "sdk.status.echo",
                f"answered(400, {{'error': 'cannot store {PRIVATE} for ' + KEY}}).add(content={PRIVATE!r})",
            ),
            Code(
                "sdk.status.facts",
                "answered(429, {'error': 'slow down', 'code': 'RATE_LIMIT'}, "
                "headers={'retry-after': '7', 'x-request-id': 'r-1'}).details()",
            ),
            Code("sdk.status.again", "answered(409, headers={'x-should-retry': 'true'}).details()"),
            Code(
                "sdk.status.never-again", "answered(503, headers={'x-should-retry': 'false'}, max_retries=2).details()"
            ),
            Code("sdk.status.write-unknown", "answered(502).add(content='Tea')"),
        ),
    ),
    Group(
        "octamem",
        "Why a call was not repeated",
        (
            Code("sdk.retry.used-up", "answered(503, max_retries=2).get(query='tea')"),
            Code("sdk.retry.writes", "answered(503, max_retries=2, retry_unknown_writes=False).add(content='Tea')"),
            Code(
                "sdk.retry.cap",
                "answered(429, headers={'retry-after': '90'}, max_retries=2, max_retry_delay=60).get(query='tea')",
            ),
            Code(
                "sdk.retry.for-ever",
                "answered(502, headers={'retry-after': '9' * 400}, max_retries=2).get(query='tea')",
            ),
            Code(
                "sdk.retry.deadline",
                "answered(429, headers={'retry-after': '9'}, max_retries=2, deadline=5).get(query='tea')",
            ),
            Code("sdk.retry.budget", "answered(503, max_retries=2, retry_budget=0).get(query='tea')"),
            Code(
                "sdk.retry.closed",
                "client = answered(503, max_retries=2, on_attempt=lambda record: client.close())\n"
                "client.get(query='tea')",
            ),
            Code(
                "sdk.retry.closed-in-wait",
                "client = answered(503, max_retries=2, clock=ClosingClock(lambda: client.close()))\n"
                "client.get(query='tea')",
            ),
            Code(
                "sdk.on_attempt.raises",
                "logged(lambda: answered(200, {'success': True}, on_attempt=lambda record: 1 / 0).details())",
            ),
        ),
    ),
    Group(
        "octamem",
        "Answers that are not what is documented",
        (
            Code("sdk.body.empty", "answered(200).get(query='tea')"),
            Code(
                "sdk.body.html", "answered(200, b'<html>Log in</html>', {'content-type': 'text/html'}).get(query='tea')"
            ),
            Code("sdk.body.list", "answered(200, []).details()"),
            Code("sdk.body.not-utf8", "answered(200, b'\\xff\\xfe\\xfa').details()"),
            Code("sdk.body.deep", "answered(200, b'[' * 100 + b']' * 100).details()"),
            Code("sdk.body.deeper", "answered(200, b'[' * 200_000).details()"),
            Code("sdk.body.cut", f'answered(200, b\'{{"results": [{{"content": "{PRIVATE}\').get(query=\'tea\')'),
            Code("sdk.body.silent", "answered(200, {'message': 'Down for maintenance'}).get(query='tea')"),
            Code("sdk.body.not-stored", "answered(200, {'message': 'Down for maintenance'}).add(content='Tea')"),
            Code("sdk.body.contradicts", "answered(200, {'success': True, 'error': 'full'}).add(content='Tea')"),
            Code("sdk.body.nan", "logged(lambda: answered(200, b'{\"usage\": NaN}').details())"),
            Code("sdk.body.wrong-type", "logged(lambda: answered(200, {'results': 'none'}).get(query='tea'))"),
            Code(
                "sdk.body.odd",
                "logged(lambda: answered(200, {'results': [{'id': 5}], 'tokens': '7'}).get(query='tea'))",
            ),
            Code("sdk.body.unreadable", "logged(lambda: answered(200, {'usage': 0.42, 'limit': 'none'}).details())"),
            Code("sdk.body.record", "logged(lambda: answered(200, {'results': [3]}).get(query='tea'))"),
            Code(
                "sdk.body.overlooked", "logged(lambda: answered(200, {'hits': [{'content': 'Tea'}]}).get(query='tea'))"
            ),
            Code(
                "sdk.body.failed", "answered(200, {'success': False, 'error': 'index is rebuilding'}).get(query='tea')"
            ),
            Code("sdk.body.failed-wordless", "answered(200, {'success': False}).get(query='tea')"),
            Code("sdk.body.long", "answered(200, {'success': True}, max_response_bytes=4).details()"),
            Code("sdk.body.write-unknown", "answered(200, b'<html>').add(content='Tea')"),
        ),
    ),
    Group(
        "octamem",
        "No answer",
        (
            Code("sdk.lost.refused", "OctaMem(KEY, base_url='http://127.0.0.1:1', max_retries=0).details()"),
            Code(
                "sdk.lost.refused-env",
                "OctaMem(KEY, max_retries=0).details()",
                env={"OCTAMEM_BASE_URL": "http://127.0.0.1:1"},
            ),
            Code(
                "sdk.lost.proxy",
                "OctaMem(KEY, base_url='http://api.test', max_retries=0).details()",
                env={"HTTP_PROXY": "http://me:secret@127.0.0.1:1"},
            ),
            Code(
                "sdk.lost.proxy-kind",
                "OctaMem(KEY, base_url='http://api.test').details()",
                env={"HTTP_PROXY": "gopher://127.0.0.1:1"},
            ),
            Code(
                "sdk.lost.proxy-kind-async",
                "import asyncio\nasyncio.run(AsyncOctaMem(KEY, base_url='http://api.test').details())",
                env={"HTTP_PROXY": "gopher://127.0.0.1:1"},
            ),
            Code(
                "sdk.lost.name",
                "failing(httpx.ConnectError('failed'), socket.gaierror(-2, 'Name or service not known')).details()",
            ),
            Code(
                "sdk.lost.certificate",
                "failing(httpx.ConnectError('failed'), tls_error(ssl.SSLCertVerificationError, 'self-signed certificate')).details()",
            ),
            Code(
                "sdk.lost.no-tls",
                "failing(httpx.ConnectError('failed'), tls_error(ssl.SSLError, 'WRONG_VERSION_NUMBER')).details()",
            ),
            Code(
                "sdk.lost.tls",
                "failing(httpx.ConnectError('failed'), tls_error(ssl.SSLError, 'SSLV3_ALERT_HANDSHAKE_FAILURE')).details()",
            ),
            Code("sdk.lost.reset", "failing(httpx.ReadError(''), ConnectionResetError()).add(content='Tea')"),
            Code("sdk.lost.closed", "failing(httpx.RemoteProtocolError('Server disconnected')).details()"),
            Code("sdk.lost.proxy-error", "failing(httpx.ProxyError('407 Proxy Authentication Required')).details()"),
            Code("sdk.lost.connect", "failing(httpx.ConnectError('No route to host')).details()"),
            Code("sdk.lost.transport", "failing(KeyError('mistake')).details()"),
            Code("sdk.lost.blocked", "blocking().add(content='Tea')"),
            Code("sdk.lost.redirect", "redirected().add(content='Tea')"),
            Code("sdk.lost.hook", "hooked().add(content='Tea')"),
            Code("sdk.lost.certificate-file", "OctaMem(KEY).details()", env={"SSL_CERT_FILE": "/no/such.pem"}),
            Code("sdk.timeout.connect", "failing(httpx.ConnectTimeout('')).details()"),
            Code("sdk.timeout.read", "failing(httpx.ReadTimeout('')).details()"),
            Code("sdk.timeout.write", "failing(httpx.WriteTimeout('')).add(content='Tea')"),
            Code("sdk.timeout.pool", "failing(httpx.PoolTimeout('')).details()"),
            Code("sdk.timeout.other", "failing(TimeoutError('took too long')).details()"),
            Code("sdk.timeout.deadline", "late(deadline=5).details()"),
            Code("sdk.transport.async-stream", "answered_async_stream().details()"),
            Code(
                "sdk.transport.sync-stream",
                "import asyncio\nasyncio.run(answered_sync_stream().details())",
            ),
        ),
    ),
)
