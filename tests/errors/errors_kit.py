"""Tests that the kit fails, arguments that its names refuse, and options that a run cannot have."""

from __future__ import annotations

from errors_catalogue import Code, Command, Group, Test

_IMPORTS = "from octamem_testing import *\n"


def _marked(identity: str, arguments: str) -> Test:
    return Test(
        f"kit.mark.{identity}",
        f"@pytest.mark.octamem({arguments})\ndef test(octamem_client):\n    octamem_client.details()",
    )


def _hasty(faults: str, then: str, verdict: str = "off") -> str:
    return (
        f"def ask(client):\n    for _ in range(3):\n        try:\n            return client.get(query='tea')\n"
        "        except OctaMemError:\n            continue\n\n"
        f"@pytest.mark.octamem(faults='search: {faults}', verdict={verdict!r})\n"
        "def test(octamem_client, octamem_fake):\n    ask(octamem_client.with_options(max_retries=0))\n" + then
    )


_FAULTS = (
    "hang",
    "reset",
    "close",
    "truncate",
    "truncate(chunked)",
    "garbage",
    "wrong-type",
    "empty",
    "redirect",
    "503(body=html)",
)

GROUPS = (
    Group(
        "octamem_testing",
        "Marks of a test",
        (
            _marked("positional", "'add: 503'"),
            _marked("memories", "memories='Tea'"),
            _marked("memories.field", "memories=[{'text': 'Tea'}]"),
            _marked("memories.kind", "memories=[17]"),
            _marked("faults.kind", "faults=503"),
            _marked("faults.script", "faults='add 503'"),
            _marked("unused", "unused='ignore'"),
            _marked("unexpected", "unexpected=True"),
            _marked("verdict", "verdict='strict'"),
            _marked("setting", "topk=3"),
            _marked("setting.value", "top_k=0"),
            _marked("setting.keys", "keys=['a b']"),
            _marked("api_key", "api_key='sk-mine'"),
            _marked("clock", "clock=None"),
            _marked("aliases", "aliases=[]"),
            Test(
                "kit.mark.idle",
                "@pytest.mark.octamem(memories=['Tea'])\ndef test():\n    pass",
            ),
            Test("kit.mark.idle.nothing", "@pytest.mark.octamem\ndef test():\n    pass"),
            Test(
                "kit.mark.idle.class",
                "@pytest.mark.octamem(faults='add: 503')\nclass TestNotes:\n    def test(self):\n        pass",
            ),
            Test(
                "kit.mark.chaos",
                "@pytest.mark.octamem(faults='add: 503')\ndef test(octamem_chaos):\n    pass",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Virtual time of a test",
        (
            _marked("virtual_time", "virtual_time='yes'"),
            Test(
                "kit.virtual.late",
                "def test(octamem_client, request):\n    request.getfixturevalue('octamem_virtual_time')",
            ),
            Test("kit.chaos.part", "def test(octamem_chaos):\n    octamem_chaos(lambda client: None, part='1/2')"),
            Test("kit.virtual.chaos", "def test(octamem_virtual_time, octamem_chaos):\n    pass"),
            Test(
                "kit.virtual.running",
                "def test(request):\n    import asyncio\n    async def ask():\n"
                "        request.getfixturevalue('octamem_virtual_time')\n    asyncio.run(ask())",
            ),
            Test(
                "kit.virtual.backend",
                "@pytest.fixture\ndef anyio_backend():\n    return 'trio'\n\n"
                "def test(octamem_virtual_time, anyio_backend):\n    pass",
            ),
            Test(
                "kit.virtual.trio",
                "def test(octamem_virtual_time):\n    import trio\n    trio.run(trio.sleep, 1)",
            ),
            Test(
                "kit.virtual.standstill",
                "def test(octamem_virtual_time):\n    import queue\n    queue.Queue().get()",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Tests that pass, and fail for what their fake saw",
        (
            Test(
                "kit.unmet.none",
                "@pytest.mark.octamem(faults='add: 503 x2')\ndef test(octamem_client):\n    pass",
            ),
            Test(
                "kit.unmet.other",
                "@pytest.mark.octamem(faults='add: 503')\ndef test(octamem_client):\n    octamem_client.get(query='tea')",
            ),
            Test(
                "kit.unmet.early",
                "@pytest.mark.octamem(faults='add: 503 x9')\ndef test(octamem_client):\n"
                "    with pytest.raises(OctaMemError):\n        octamem_client.add(content='Tea')",
            ),
            Test(
                "kit.unmet.time",
                "@pytest.mark.octamem(faults='add: 503 for 1s')\ndef test(octamem_client, octamem_clock):\n"
                "    octamem_clock.advance(5)\n    octamem_client.add(content='Tea')",
            ),
            Test(
                "kit.unmet.late",
                "def test(octamem_client, octamem_fake):\n    octamem_client.add(content='Tea')\n"
                "    octamem_fake.faults('add: 503')",
            ),
            Test(
                "kit.unmet.key",
                "def test(octamem_client, octamem_fake):\n    octamem_client.details()\n"
                "    octamem_fake.faults('add: 503', key=octamem_fake.api_key)",
            ),
            Test(
                "kit.unexpected",
                "def test(octamem_mock):\n    httpx.get('https://platform.octamem.com/api/memory/serch')",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Faults, as the SDK tells of them",
        tuple(
            Test(
                f"kit.fault.{fault}",
                f"@pytest.mark.octamem(faults='search: {fault}')\ndef test(octamem_client):\n"
                "    octamem_client.with_options(max_retries=0).get(query='tea')",
            )
            for fault in _FAULTS
        ),
    ),
    Group(
        "octamem_testing",
        "Assertions",
        (
            Code("kit.assert.fake", _IMPORTS + "assert_stored_once(OctaMem(KEY), 'Tea')"),
            Code("kit.assert.clock", _IMPORTS + "assert_waited(Fake(), at_least=1)"),
            Code("kit.assert.bound", _IMPORTS + "fake = Fake()\nassert_waited(VirtualClock(fake))"),
            Code("kit.assert.seconds", _IMPORTS + "fake = Fake()\nassert_waited(VirtualClock(fake), at_least='1')"),
            Code("kit.assert.text", _IMPORTS + "assert_stored_once(Fake(), 17)"),
            Code("kit.assert.endpoint", _IMPORTS + "assert_attempts(Fake(), 1, 'get')"),
            Code("kit.assert.status", _IMPORTS + "assert_not_retried(Fake(), '401')"),
            Code("kit.assert.times", _IMPORTS + "assert_called(Fake(), 'add', times=-1)"),
            Code("kit.assert.argument", _IMPORTS + "assert_called(Fake(), 'search', content='Tea')"),
            Code("kit.assert.argument-none", _IMPORTS + "assert_called(Fake(), 'details', query='tea')"),
            Code("kit.assert.content", _IMPORTS + "assert_found(Fake(), 'tea', '')"),
            Code("kit.assert.within", _IMPORTS + "assert_found(Fake(), 'tea', 'tea', within=0)"),
            Code("kit.semantic.share", _IMPORTS + "SemanticFallback(below=2)"),
            Code("kit.semantic.embed", _IMPORTS + "SemanticFallback(embed=5)"),
            Code(
                "kit.semantic.vectors",
                _IMPORTS + "fake = Fake(search=SemanticFallback(embed=lambda texts: [[1.0]]))\n"
                "fake.remember(['Tea'])\nfake.explain('automobile')",
            ),
            Code(
                "kit.semantic.length",
                _IMPORTS
                + "fake = Fake(search=SemanticFallback(embed=lambda texts: [[1.0] * len(texts)] * len(texts)))\n"
                "fake.remember(['Tea'])\nfake.explain('automobile')\nfake.explain('car')",
            ),
            Code("kit.assert.silent", _IMPORTS + "assert_attempts(Fake(), 1)"),
            Test(
                "kit.stored.never",
                "def test(octamem_client, octamem_fake):\n    octamem_client.details()\n    assert_stored_once(octamem_fake, 'Tea')",
            ),
            Test(
                "kit.stored.near",
                "def test(octamem_client, octamem_fake):\n    octamem_client.add(content='Tea at four')\n    assert_stored_once(octamem_fake, 'Tea at five')",
            ),
            Test(
                "kit.stored.twice",
                "@pytest.mark.octamem(faults='add: reset @after')\ndef test(octamem_client, octamem_fake):\n"
                "    octamem_client.add(content='Tea')\n    assert_stored_once(octamem_fake, 'Tea')",
            ),
            Test(
                "kit.attempts",
                "def test(octamem_client, octamem_fake):\n    octamem_client.add(content='Tea')\n    assert_attempts(octamem_fake, 2, 'add')",
            ),
            Test(
                "kit.waited",
                "def test(octamem_client, octamem_clock):\n    octamem_client.details()\n    assert_waited(octamem_clock, at_least=1, at_most=9)",
            ),
            Test(
                "kit.waited.sum",
                "@pytest.mark.octamem(faults='details: 429(retry-after=7)')\ndef test(octamem_client, octamem_clock):\n"
                "    octamem_client.details()\n    assert_waited(octamem_clock, at_most=2)",
            ),
            Test(
                "kit.not_retried",
                "@pytest.mark.octamem(faults='details: 503')\ndef test(octamem_client, octamem_fake):\n"
                "    octamem_client.details()\n    assert_not_retried(octamem_fake, 503)",
            ),
            Test(
                "kit.retry_after",
                "@pytest.mark.octamem(faults='details: 429(retry-after=7)')\ndef test(octamem_mock):\n"
                "    headers = {'authorization': 'Bearer ' + octamem_mock.api_key, 'idempotency-key': 'a'}\n"
                "    with httpx.Client(base_url='https://platform.octamem.com', headers=headers) as client:\n"
                "        for _ in range(2):\n            client.post('/api/memory/details', json={})\n"
                "            octamem_mock.advance(2)\n"
                "    assert_retry_after_honoured(octamem_mock)",
            ),
            Test(
                "kit.not_retried.again",
                "@pytest.mark.octamem(faults='add: 401 x2', verdict='off')\n"
                "def test(octamem_client, octamem_fake):\n    for _ in range(2):\n"
                "        with pytest.raises(OctaMemError):\n            octamem_client.add(content='Tea')\n"
                "    assert_not_retried(octamem_fake, 401)",
            ),
            Test(
                "kit.found.low",
                "@pytest.mark.octamem(memories=['Ana drinks green tea.', 'Ben drives.'])\ndef test(octamem_fake):\n"
                "    assert_found(octamem_fake, 'Where did Ben park the gren van?', 'green tea')",
            ),
            Test(
                "kit.found.never",
                "@pytest.mark.octamem(memories=['Ana drinks green tea.'])\ndef test(octamem_fake):\n"
                "    assert_found(octamem_fake, 'beverage', 'green tea')",
            ),
            Test(
                "kit.not_found",
                "@pytest.mark.octamem(memories=['Ana drinks green tea.', 'Ben drives.'])\ndef test(octamem_fake):\n"
                "    assert_not_found(octamem_fake, 'What does Ana drink?')",
            ),
            Test("kit.invariants", _hasty("503, 404", "    assert_invariants(octamem_fake)")),
            Test("kit.verdict", _hasty("401", "", verdict="fail")),
            Test(
                "kit.called.never",
                "def test(octamem_client, octamem_fake):\n    octamem_client.details()\n    assert_called(octamem_fake, 'add')",
            ),
            Test(
                "kit.called.near",
                "def test(octamem_client, octamem_fake):\n    octamem_client.add(content='Tea at four')\n    assert_called(octamem_fake, 'add', content='Tea at five')",
            ),
            Test(
                "kit.called.often",
                "def test(octamem_client, octamem_fake):\n    octamem_client.add(content='Tea')\n    assert_called(octamem_fake, 'add', times=2)",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Calls that no fixture catches",
        (
            Test(
                "kit.escape",
                "def test(octamem_client):\n    try:\n        OctaMem('sk-some-key').details()\n"
                "    except OctaMemError:\n        pass",
            ),
            Test(
                "kit.escape.error",
                "def test(octamem_client):\n    OctaMem('sk-some-key').details()",
            ),
            Test(
                "kit.escape.socket",
                "def test(octamem_client):\n    import socket\n"
                "    with pytest.raises(RuntimeError):\n        socket.create_connection(('platform.octamem.com', 443))",
            ),
            Test(
                "kit.escape.host",
                "def test(octamem_mock):\n    OctaMem(base_url='https://platform.octamem.co').details()",
            ),
            Code(
                "kit.escape.mocked",
                "import socket\nfrom octamem_testing import mocked\nwith mocked():\n    try:\n"
                "        socket.create_connection(('platform.octamem.com', 443))\n    except RuntimeError:\n        pass",
            ),
            Code(
                "kit.escape.late",
                "from concurrent.futures import ThreadPoolExecutor\nfrom threading import Event\n"
                "from octamem_testing import mocked\ngo, pool = Event(), ThreadPoolExecutor(1)\nwith mocked():\n"
                "    late = pool.submit(lambda: (go.wait(), httpx.get('https://platform.octamem.com')))\n"
                "go.set()\nlate.result()",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Cases, clock and names",
        (
            Code("kit.matrix.endpoint", _IMPORTS + "fault_matrix(endpoints='get')"),
            Code("kit.matrix.how", _IMPORTS + "fault_matrix(kinds='explode')"),
            Code("kit.matrix.kind", _IMPORTS + "fault_matrix(attempts='first')"),
            Code("kit.matrix.attempt", _IMPORTS + "fault_matrix(attempts=9)"),
            Code("kit.matrix.satisfiable", _IMPORTS + "fault_matrix(satisfiable='all')"),
            Code("kit.matrix.nothing", _IMPORTS + "fault_matrix(endpoints='details', kinds='twice')"),
            Code("kit.clock.negative", _IMPORTS + "VirtualClock(Fake()).sleep(-1)"),
            Code("kit.clock.kind", _IMPORTS + "VirtualClock(Fake()).sleep('1 s')"),
            Code("kit.name.unknown", "import octamem_testing; octamem_testing.assert_stored"),
            Code("kit.chaos.name.unknown", "from octamem_testing import chaos; chaos.hunts"),
            Code(
                "kit.missing",
                "with not_installed('rapidfuzz', loads='octamem_testing fake_server'):\n    from octamem_testing import Fake",
            ),
            Code(
                "kit.missing.chaos",
                "with not_installed('rapidfuzz', loads='octamem_testing fake_server'):\n    from octamem_testing.chaos import run",
            ),
            Code(
                "kit.missing.other",
                "with not_installed('octamem.testing', loads='octamem_testing'):\n    from octamem_testing import Fake",
            ),
            Test(
                "kit.missing.server",
                "def test(request):\n    from errors_helpers import not_installed\n"
                "    with not_installed('starlette', loads='octamem_testing fake_server starlette'):\n"
                "        request.getfixturevalue('octamem_server')",
            ),
            Test(
                "kit.search",
                "def rank(query, memories):\n    return [17]\n\n@pytest.mark.octamem(memories=['Tea'], search=rank)\ndef test(octamem_client):\n    octamem_client.get(query='tea')",
            ),
        ),
    ),
    Group(
        "octamem_testing",
        "Options of a run",
        (
            Command("pytest.live", "pytest --octamem-live"),
            Command("pytest.seed", "pytest", {"more.ini": "octamem_seed = seven\n"}),
            Command("pytest.report", "pytest --octamem-report=."),
            Command("pytest.verdict", "pytest", {"more.ini": "octamem_verdict = strict\n"}),
            Command("pytest.escape", "pytest", {"more.ini": "octamem_escape = alow\n"}),
        ),
    ),
)
