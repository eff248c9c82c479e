"""What a user of the fake in process does wrong: settings, memories, fault scripts, a search of their own."""

from __future__ import annotations

from errors_catalogue import Code, Group

_SEARCH = "def search(query, memories):\n    return {answer}\nfake = Fake(search=search)\nfake.remember(['Tea', 'Milk'], key=KEY)\n"


def _found(identity: str, answer: str) -> Code:
    code = _SEARCH.format(answer=answer) + "called(fake)"
    return Code(f"fake.search.{identity}", code)


GROUPS = (
    Group(
        "fake_server",
        "Settings of a fake",
        (
            Code("fake.setting.unknown", "Fake(topk=3)"),
            Code("fake.setting.of-key-unknown", "Fake(keys=[{'key': KEY, 'top': 3}])"),
            Code(
                "fake.setting.keys-many",
                "from fake_server.core import Bounds\nFake(bounds=Bounds(keys=1), keys=['a', 'b'])",
            ),
            Code("fake.bounds.kind", "from fake_server.core import Bounds\nBounds(keys=0)"),
            Code(
                "fake.bounds.full",
                "from fake_server.core import Bounds\nfake = Fake(bounds=Bounds(keys=1))\n"
                "fake.remember(['Tea'], key=KEY)\nfake.remember(['Tea'], key='another-key')",
            ),
            Code(
                "fake.bounds.restore",
                "from fake_server.core import Bounds\nsmall, large = Fake(bounds=Bounds(keys=1)), Fake()\n"
                "large.remember(['Tea'], key='a')\nlarge.remember(['Tea'], key='b')\nsmall.restore(large.snapshot())",
            ),
            Code("fake.key.long", "Fake().memories(key='k' * 513)"),
            Code("fake.setting.assigned", "fake = Fake()\nfake.limit = 10"),
            Code("fake.method.assigned", "fake = Fake()\nfake.faults = 'add: 503'"),
            Code("fake.setting.wire", "Fake(wire='xml')"),
            Code("fake.setting.top_k", "Fake(top_k=0)"),
            Code("fake.setting.top_k-text", "Fake(top_k='10')"),
            Code("fake.setting.pending_ids", "Fake(pending_ids='yes')"),
            Code("fake.setting.default_type", "Fake(default_type='fact')"),
            Code("fake.setting.context_match", "Fake(context_match='like')"),
            Code("fake.setting.language", "Fake(language='klingon')"),
            Code("fake.setting.indexing_delay", "Fake(indexing_delay='soon')"),
            Code("fake.setting.unit", "Fake(unit='tokens')"),
            Code("fake.setting.limit", "Fake(limit=-1)"),
            Code("fake.setting.over_limit_status", "Fake(over_limit_status=429.0)"),
            Code("fake.setting.rate", "Fake(rate=100)"),
            Code("fake.setting.rate-zero", "Fake(rate='0/60')"),
            Code("fake.setting.idempotency", "Fake(idempotency=1)"),
            Code("fake.setting.max_content", "Fake(max_content=2 ** 63)"),
            Code("fake.setting.max_body", "Fake(max_body=None)"),
            Code("fake.setting.seed", "Fake(seed='7')"),
            Code("fake.setting.keys-text", "Fake(keys=KEY)"),
            Code("fake.setting.keys-space", "Fake(keys=['a b'])"),
            Code("fake.setting.keys-twice", "Fake(keys=[KEY, KEY])"),
            Code("fake.setting.keys-own", "Fake(keys={KEY: 'active'})"),
            Code("fake.setting.keys-rate", "Fake(keys=[{'key': KEY, 'rate': 3}])"),
            Code("fake.setting.keys-rights", "Fake(keys=[{'key': KEY, 'rights': ['read']}])"),
            Code("fake.setting.keys-state", "Fake(keys=[{'key': KEY, 'state': 'closed'}])"),
            Code("fake.setting.keys-none", "Fake(keys=[{'rights': ['search']}])"),
            Code("fake.setting.api_key", "Fake(api_key='a b')"),
            Code("fake.setting.search", "Fake(search='bm25')"),
            Code("fake.setting.search-arguments", "Fake(search=lambda query: [])"),
            Code("fake.setting.search-async", "async def search(query, memories): ...\nFake(search=search)"),
            Code("fake.setting.change", "Fake().change({'top_k': -1})"),
            Code("fake.setting.change-key", "Fake().change({'keys': []}, key=KEY)"),
            Code("fake.name.unknown", "fake_server.Fakes"),
        ),
    ),
    Group(
        "fake_server",
        "Keys, memories and time of a fake",
        (
            Code("fake.key.unlisted", "Fake(keys=['sk-another-key-000000001']).memories(key=KEY)"),
            Code("fake.key.malformed", "Fake().memories(key='a b')"),
            Code("fake.seed.one", "Fake().remember('Tea at four')"),
            Code("fake.seed.kind", "Fake().remember([17])"),
            Code("fake.seed.pair", "Fake().remember([('Tea', 'home', 'semantic')])"),
            Code("fake.seed.field", "Fake().remember([{'text': 'Tea'}])"),
            Code("fake.seed.missing", "Fake().remember(['Tea', {'type': 'semantic'}])"),
            Code("fake.seed.blank", "Fake().remember([' '])"),
            Code("fake.seed.content", "Fake().remember([{'content': 17}])"),
            Code("fake.seed.bytes", "Fake().remember([{'content': b'Tea'}])"),
            Code("fake.seed.label", "Fake().remember([('Tea', 17)])"),
            Code("fake.seed.type", "Fake().remember([{'content': 'Tea', 'type': 'fact'}])"),
            Code("fake.seed.moment", "Fake().remember([{'content': 'Tea', 'created_at': 'yesterday'}])"),
            Code("fake.seed.file", "Fake().remember([{'content': 'Tea', 'file': 17}])"),
            Code("fake.seed.file.field", "Fake().remember([{'content': 'Tea', 'file': {'path': 'plan.pdf'}}])"),
            Code("fake.seed.file.name", "Fake().remember([{'content': 'Tea', 'file': {'id': 'file_1'}}])"),
            Code("fake.seed.file.surrogate", "Fake().remember([{'content': 'Tea', 'file': chr(0xD800)}])"),
            Code("fake.seed.surrogate", "Fake().remember([{'content': chr(0xD800)}])"),
            Code(
                "fake.seed.id-taken", "Fake().remember([{'content': 'Tea', 'id': 'a'}, {'content': 'Milk', 'id': 'a'}])"
            ),
            Code("fake.replace.id-missing", "Fake().replace(['Tea'])"),
            Code("fake.replace.id-unknown", "Fake().replace([{'id': 'mem_1', 'content': 'Tea'}])"),
            Code("fake.forget.unknown", "Fake().forget(memory='mem_1')"),
            Code("fake.explain.unknown", "Fake().explain('tea', memory='mem_1')"),
            Code("fake.clock.back", "Fake().advance(-1)"),
            Code("fake.clock.kind", "Fake().advance('1 s')"),
            Code("fake.clock.far", "fake = Fake()\nfake.advance(1000 * 365 * 86_400)\nfake.advance(1)"),
            Code("fake.faults.seed", "Fake().faults('add: 503', seed='7')"),
            Code(
                "fake.host",
                "from fake_server.server import serve_in_thread\nwith serve_in_thread(create_app(Fake()), host='0.0.0.0'): ...",
            ),
            Code(
                "fake.allowed-host",
                "from fake_server.server import serve_in_thread\n"
                "with serve_in_thread(create_app(Fake()), allowed_hosts=['http://fake.test']): ...",
            ),
            Code(
                "fake.control-token",
                "from fake_server.server import serve_in_thread\n"
                "with serve_in_thread(create_app(Fake()), control_token='a b'): ...",
            ),
            Code(
                "fake.cors",
                "from fake_server.server import serve_in_thread\n"
                "with serve_in_thread(create_app(Fake()), cors=['localhost:3000']): ...",
            ),
        ),
    ),
    Group(
        "fake_server",
        "Fault scripts",
        tuple(
            Code(f"fake.script.{identity}", f"Fake().faults({script})")
            for identity, script in (
                ("kind", "503"),
                ("long", "'add: ' + '503, ' * 50_000"),
                ("empty", "''"),
                ("quote", "'add: redirect(\"http://x)'"),
                ("endpoint", "'ad: 503'"),
                ("colon", "'add 503'"),
                ("line", "'add: 503\\nsearch: 5O3'"),
                ("step", "'add: 5O3'"),
                ("step.end", "'add:'"),
                ("status", "'add: 99'"),
                ("status.lie", "'search: twice'"),
                ("options.none", "'add: reset(1)'"),
                ("options.name", "'add: 503(after=3)'"),
                ("options.twice", "'add: 503(body=json, body=html)'"),
                ("options.equals", "'add: 503(body)'"),
                ("options.body", "'add: 503(body=xml)'"),
                ("options.value", "'add: 503(body=)'"),
                ("options.one", "'add: slow(1s, 2s)'"),
                ("options.close", "'add: slow(1s'"),
                ("options.seconds", "'add: slow(soon)'"),
                ("options.chunked", "'add: truncate(4)'"),
                ("options.url", "'add: redirect(,)'"),
                ("options.control", "'add: redirect(\"http://x\\t\")'"),
                ("options.memories", "'search: stale(0)'"),
                ("modifier", "'add: 503 twice'"),
                ("modifier.ok", "'add: ok @after'"),
                ("modifier.count", "'add: 503 x0'"),
                ("modifier.percent", "'add: 503 101%'"),
                ("modifier.seed", "'add: 503 20% seed=x'"),
                ("modifier.seed-equals", "'add: 503 20% seed 7'"),
                ("modifier.for", "'add: 503 for 0s'"),
                ("modifier.where", "'add: 503 @never'"),
                ("modifier.where-mid", "'add: hang @now'"),
                ("modifier.where-lie", "'add: twice @before'"),
                ("stays", "'add: 503 20%, 500'"),
                ("chances", "'add: ' + ', '.join(['503 1% x1'] * 101)"),
                ("steps", "'add: ' + ','.join(['503'] * 10_001)"),
                ("preset", "'outage(60s) x2'"),
                ("preset.close", "'outage(60s'"),
                ("preset.zero", "'outage(0s)'"),
            )
        ),
    ),
    Group(
        "fake_server",
        "A search of one's own",
        (
            _found("set", "{memory.id for memory in memories}"),
            _found("mapping", "{memory.id: 1.0 for memory in memories}"),
            _found("one", "memories[0]"),
            _found("none", "None"),
            _found("unknown", "['mem_of_another']"),
            _found("twice", "[memories[0], memories[0]]"),
            _found("order", "[(memories[0], 0.2), (memories[1], 0.9)]"),
            _found("triple", "[(memories[0], 0.2, 'why')]"),
            _found("score", "[(memories[0], 7)]"),
            _found("score-kind", "[(memories[0], memories[0].content)]"),
            _found("kind", "[17]"),
            _found("raises", "memories[9]"),
            Code(
                "fake.search.raises-elsewhere",
                "exec(compile('def away():\\n    return 1 / 0', 'helper.py', 'exec'))\n"
                + _SEARCH.format(answer="away()")
                + "called(fake)",
            ),
            Code(
                "fake.search.awaitable",
                "async def slow(query, memories): ...\nfake = Fake(search=lambda query, memories: slow(query, memories))\n"
                "called(fake)",
            ),
            Code(
                "fake.search.itself",
                "fake = Fake(search=lambda query, memories: called(fake))\ncalled(fake)",
            ),
            Code(
                "fake.search.http",
                "from fake_server.server import serve_in_thread\n"
                "with serve_in_thread(create_app(Fake(search=lambda query, memories: [17]))) as running:\n"
                "    client = OctaMem(KEY, base_url=running.url, max_retries=0)\n"
                "    client.get(query='tea')",
            ),
            Code("fake.search.explain", _SEARCH.format(answer="[17]") + "fake.explain('tea', key=KEY)"),
        ),
    ),
    Group(
        "fake_server",
        "Why a search did not find a memory",
        tuple(
            Code(
                f"fake.why.{identity}",
                f"fake = Fake({settings})\nfake.remember({memories})\n{more}"
                f"whose = fake.memories()[0].id\nwhy(fake.explain({query}, memory=whose))",
            )
            for identity, settings, memories, more, query in (
                ("words", "", "['Tea at four']", "", "'piano'"),
                ("rank", "top_k=1", "['Tea', 'Tea with milk and sugar', 'tea tea tea']", "", "'tea milk'"),
                ("label", "", "[('Tea', 'home')]", "", "'tea', previous_context='office'"),
                ("no-label", "", "['Tea']", "", "'tea', previous_context='office'"),
                ("own", "search=lambda query, memories: []", "['Tea']", "", "'tea'"),
                (
                    "seconds",
                    "indexing_delay=60",
                    "[]",
                    "called(fake, 'add', {'content': 'Tea'}, key=fake.api_key)\n",
                    "'tea'",
                ),
                (
                    "polls",
                    "indexing_delay='2 polls'",
                    "[]",
                    "called(fake, 'add', {'content': 'Tea'}, key=fake.api_key)\n",
                    "'tea'",
                ),
            )
        ),
    ),
    Group(
        "fake_server",
        "Packages that are not installed",
        (
            Code(
                "fake.missing.core",
                "with not_installed('rapidfuzz', loads='fake_server'):\n    from fake_server import Fake",
            ),
            Code(
                "fake.missing.app",
                "with not_installed('starlette', loads='fake_server starlette'):\n    from fake_server import create_app",
            ),
            Code(
                "fake.missing.command",
                "with not_installed('click', loads='fake_server'):\n    from fake_server.__main__ import main\n    main()",
            ),
        ),
    ),
    Group(
        "fake_server",
        "Faults that end the connection, where an ASGI client of one's own drives the app",
        tuple(
            Code(
                f"fake.asgi.{identity}",
                "import asyncio\nfake = Fake()\n"
                f"fake.faults({script!r})\n"
                "async def main():\n"
                "    transport = httpx.ASGITransport(create_app(fake))\n"
                "    async with httpx.AsyncClient(transport=transport, base_url='http://fake') as client:\n"
                "        await client.post('/api/memory/details', json={}, headers={'authorization': 'Bearer ' + KEY})\n"
                "asyncio.run(main())",
            )
            for identity, script in (
                ("hang", "details: hang"),
                ("reset", "details: reset"),
                ("close", "details: close"),
                ("truncate", "details: truncate"),
            )
        ),
    ),
)
